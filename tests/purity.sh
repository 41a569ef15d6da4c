#!/bin/sh
# tests/purity.sh ARCHIVE... -- the core can reach nothing that a function may not have.
#
# A symbol that the archives import must stand in purity.allow: GLib's data structures and a handful
# of string and memory functions. No file, socket, clock, random number, environment, locale or
# thread can get in by an innocent call. Nor may there be a global variable that can change: what is
# constant but holds addresses (.data.rel.ro) cannot.
set -eu
export LC_ALL=C
: "${1:?usage: purity.sh ARCHIVE...}"
allow=$(dirname "$0")/purity.allow

# What compilers and sanitizers call on their own behalf.
compiler='^(_GLOBAL_OFFSET_TABLE_|__stack_chk_fail|__(asan|ubsan|lsan|sanitizer|gcov|llvm)_.*)$'

imported=$(nm "$@" 2>/dev/null | awk '
    NF == 2 && $1 == "U" { wanted[$2] = 1 }
    NF == 3 && $2 ~ /[A-TV-Z]/ { defined[$3] = 1 }
    END { for (name in wanted) if (!(name in defined)) print name }' |
    grep -Ev "$compiler" | sort)
forbidden=$(printf '%s\n' "$imported" | grep -vxF -f "$allow" || true)

writable=$(objdump -t "$@" | awk '
    NF >= 5 && / (O|\*COM\*)/ {
        section = ""
        for (i = 2; i <= NF; i++) if ($i ~ /^(\.t?data|\.t?bss|\*COM\*)/) section = $i
        if (section != "" && section !~ /^\.data\.rel\.ro/) print $NF
    }' | grep -Ev '^(\.L|__?odr_asan|__asan|__ubsan|__unnamed_[0-9])' | sort -u || true)

test -n "$imported" || { echo "purity: $* holds no symbols" >&2; exit 1; }
status=0
for name in $forbidden; do
    echo "purity: the core imports $name, which is not in $allow" >&2
    status=1
done
for name in $writable; do
    echo "purity: $name is a global variable that can change" >&2
    status=1
done
exit $status
