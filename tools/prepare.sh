# tools/prepare.sh -- sourced by the scripts beside it, in the folder of the repository: packages, and a build.
# shellcheck shell=sh

# shellcheck disable=SC2034 # those that source this file read it
build_packages="gcc libc6-dev cmake ninja-build pkg-config git libglib2.0-dev liblua5.4-dev libjansson-dev libcunit1-dev libraft-dev"
# distrod, which is left out where these are not.
distrod_packages="libnghttp2-dev libprotobuf-c-dev protobuf-c-compiler libmicrohttpd-dev libcurl4-openssl-dev libssl-dev"

# Which of PACKAGE... (Debian's names) are not installed.
missing_packages() {
    for package in "$@"; do
        if ! dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$'; then
            printf ' %s' "$package"
        fi
    done
}

# Runs apt-get as root, by sudo if need be, which may ask for a password at a terminal only.
apt_get() { # LOG ARGS...
    log=$1
    shift
    sudo=
    if [ "$(id -u)" -ne 0 ]; then
        sudo="sudo -n"
        [ ! -t 0 ] || sudo=sudo
    fi
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get "$@" >>"$log" 2>&1
}

install_packages() { # LOG PACKAGE...
    log=$1
    shift
    apt_get "$log" install -y -q --no-install-recommends "$@" ||
        { apt_get "$log" update -q && apt_get "$log" install -y -q --no-install-recommends "$@"; }
}

# need PACKAGE... -- installs what is missing. False, and the line to paste, if that cannot be done.
need() {
    command -v dpkg-query >/dev/null || return 0 # not Debian: the build says what it lacks
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    echo "installing$missing"
    log=$(mktemp)
    # shellcheck disable=SC2086 # one word per package is meant
    if ! install_packages "$log" $missing; then
        tail -n 5 "$log" >&2
        rm -f "$log"
        echo "these packages are missing; as root:" >&2
        echo "    apt-get install --no-install-recommends$missing" >&2
        return 1
    fi
    rm -f "$log"
}

# build PRESET [TARGET] -- configures and builds. False, and the end of what was printed, if that fails.
build() {
    folder=build/$1
    home=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$folder/CMakeCache.txt" 2>/dev/null || true)
    fresh=
    if [ -n "$home" ] && [ "$home" != "$(pwd -P)" ]; then
        # A copy of a checkout brings build files that would build the original.
        echo "$folder was made for $home; it is made anew" >&2
        fresh=--fresh
    fi
    log=$(mktemp)
    if ! { cmake --preset "$1" $fresh && cmake --build --preset "$1" ${2:+--target "$2"}; } >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        rm -f "$log"
        echo "the build failed" >&2
        return 1
    fi
    tail -n 1 "$log"
    rm -f "$log"
}
