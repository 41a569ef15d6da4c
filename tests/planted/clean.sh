#!/bin/sh
# tests/planted/clean.sh LIBDISTRO_A -- no planted bug is in the library that is shipped.
#
# The archive must hold no trace of one, be it code, symbol, string or debug information; and the
# names in core/, in core/planted.h and in planted.tsv must be the same, so that every bug is
# measured.
set -eu
export LC_ALL=C
archive=${1:?usage: clean.sh LIBDISTRO_A}
here=$(cd "$(dirname "$0")" && pwd)
core=$here/../../core
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
status=0

if strings -a "$archive" | grep -i 'distro_\{0,1\}planted' >"$scratch/traces"; then
    echo "clean: $archive was built with a planted bug:" >&2
    sort -u "$scratch/traces" | head -n 5 >&2
    status=1
fi

grep -v '^#' "$here/planted.tsv" | cut -f 1 | sort >"$scratch/listed"
sed -n 's/^    DISTRO_PLANTED_\([A-Z_]*\),$/\1/p' "$core/planted.h" | sort >"$scratch/declared"
cat "$core"/*.c "$core"/*/*.c | grep -o 'DISTRO_PLANTED([A-Z_]*)' | sed 's/.*(\(.*\))/\1/' |
    sort -u >"$scratch/used"
test -s "$scratch/used" || { echo "clean: nothing is planted in $core" >&2; exit 1; }
for other in declared used; do
    if ! diff "$scratch/listed" "$scratch/$other" >"$scratch/difference"; then
        echo "clean: planted.tsv (<) differs from the names $other in core/ (>):" >&2
        cat "$scratch/difference" >&2
        status=1
    fi
done
exit $status
