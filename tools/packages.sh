# tools/packages.sh -- sourced by run and test: installs what is missing, by Debian package name.
#   need PACKAGE...
need() {
    missing=
    for package in "$@"; do
        if ! dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$'; then
            missing="$missing $package"
        fi
    done
    [ -n "$missing" ] || return 0
    echo "installing$missing"
    sudo=
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || {
            echo "these Debian packages are missing and need root to install:$missing" >&2
            return 1
        }
        sudo=sudo
    fi
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086 # one word per package is meant
    if ! $sudo apt-get install -y -q --no-install-recommends $missing >"${log:=$(mktemp)}" 2>&1; then
        $sudo apt-get update -q >>"$log" 2>&1 &&
            $sudo apt-get install -y -q --no-install-recommends $missing >>"$log" 2>&1 || {
            tail -n 20 "$log" >&2
            echo "could not install$missing" >&2
            return 1
        }
    fi
    rm -f "$log"
}

build_packages="gcc libc6-dev cmake ninja-build pkg-config git libglib2.0-dev liblua5.4-dev libjansson-dev libcunit1-dev"
