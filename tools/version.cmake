# Writes OUTPUT, a C file with the version BASE and, where git knows it, the commit of SOURCE. The file is left
# alone if it says so already, so nothing is built again.
cmake_minimum_required(VERSION 3.25)
set(version "${BASE}")
find_package(Git QUIET)
if(GIT_FOUND)
  execute_process(COMMAND ${GIT_EXECUTABLE} describe --always --dirty --abbrev=12 WORKING_DIRECTORY ${SOURCE}
                  OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE status)
  if(status EQUAL 0)
    string(APPEND version "+${commit}")
  endif()
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#include \"tools/distrosim/cli/version.h\"

const char distrosim_version[] = \"@version@\";
" @ONLY)
