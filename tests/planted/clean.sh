#!/bin/sh
# tests/planted/clean.sh ARCHIVE... -- no planted bug is in the libraries that are shipped.
#
# The archives must hold no trace of one, be it code, symbol, string or debug information; and the
# names in core/ and sim/, in core/planted.h and in planted.tsv must be the same, so that every bug
# is measured.
set -eu
export LC_ALL=C
: "${1:?usage: clean.sh ARCHIVE...}"
here=$(cd "$(dirname "$0")" && pwd)
core=$here/../../core
sim=$here/../../sim
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
status=0

if strings -a "$@" | grep -i 'distro_\{0,1\}planted' >"$scratch/traces"; then
    echo "clean: $1 was built with a planted bug:" >&2
    sort -u "$scratch/traces" | head -n 5 >&2
    status=1
fi

grep -v '^#' "$here/planted.tsv" | cut -f 1 | sort >"$scratch/listed"
sed -n 's/^    DISTRO_PLANTED_\([A-Z_]*\),$/\1/p' "$core/planted.h" | sort >"$scratch/declared"
cat "$core"/*.c "$core"/*/*.c "$sim"/*.c "$sim"/*/*.c | grep -o 'DISTRO_PLANTED([A-Z_]*)' | sed 's/.*(\(.*\))/\1/' |
    sort -u >"$scratch/used"
test -s "$scratch/used" || { echo "clean: nothing is planted in $core" >&2; exit 1; }
for other in declared used; do
    if ! diff "$scratch/listed" "$scratch/$other" >"$scratch/difference"; then
        echo "clean: planted.tsv (<) differs from the names $other in the sources (>):" >&2
        cat "$scratch/difference" >&2
        status=1
    fi
done
exit $status
