# A Debian package: cpack, in the folder of the build.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME distrosim)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "the distrosim authors <distrosim@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "deterministic simulator of Nacos's Distro protocol")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Runs the replication of Nacos's service registry in a simulated world: servers
 that crash, links that lose and delay, regions that are cut off. A run is a
 scenario and a seed, and can be repeated; what goes wrong is explained.")
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS gnuplot-nox)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
    WORLD_READ WORLD_EXECUTE)
# dpkg-shlibdeps knows which versions of the libraries are needed; without it, those of Debian 12 are named.
find_program(DPKG_SHLIBDEPS dpkg-shlibdeps)
if(DPKG_SHLIBDEPS)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
else()
  set(CPACK_DEBIAN_PACKAGE_DEPENDS "libc6 (>= 2.36), libglib2.0-0 (>= 2.74), libjansson4 (>= 2.14), liblua5.4-0 (>= 5.4.4), libraft2 (>= 0.15)")
endif()
include(CPack)
