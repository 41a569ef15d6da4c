#!/bin/sh
# tests/export/run.sh DISTROSIM -- a packet capture opens in Wireshark: as many packets as messages, at
# the world's instants, none malformed. Needs tshark; says so and passes (77: skipped) without.
set -eu
if [ $# -ne 1 ] || [ ! -x "$1" ]; then
    echo "usage: tests/export/run.sh DISTROSIM" >&2
    exit 64
fi
if ! command -v tshark >/dev/null; then
    echo "skipped: tshark is not installed"
    exit 77
fi
distrosim=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

check() { # WHAT SEEN EXPECTED
    if [ "$2" != "$3" ]; then
        echo "FAIL  $1: saw $2, expected $3"
        failed=1
    fi
}

for name in beats-end-with-their-owner snapshot-brings-a-closed-client-back; do
    run=$work/explain/$name/3
    "$distrosim" run "$here/../explain/$name.lua" --seed 3 --out "$work" --quiet >/dev/null || true
    "$distrosim" trace "$run" --format pcapng -o "$work/capture.pcapng"
    "$distrosim" trace "$run" --format ndjson -o "$work/trace.ndjson"
    tshark -n -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -r "$work/capture.pcapng" \
        -T fields -e frame.time_epoch -e tcp.dstport -e udp.dstport \
        >"$work/packets" 2>"$work/noise" || { cat "$work/noise"; exit 1; }
    # From the story's time 0 on, where a frame stands that viewers count from.
    sent=$(grep '"event":"send"\|"event":"answered"' "$work/trace.ndjson" | grep -vc '"t_us":-')
    check "$name, packets" "$(wc -l <"$work/packets")" "$((sent + 1))"
    check "$name, time 0" "$(head -n 1 "$work/packets" | cut -f 1 | sed 's/0*$//')" 1735689600.
    bad=$(tshark -n -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -r "$work/capture.pcapng" \
        -Y '_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0' 2>/dev/null | wc -l)
    check "$name, malformed packets" "$bad" 0
    # The first message of the trace and the first packet stand at one instant: microseconds from
    # 2025-01-01, whole ones, so that nothing is rounded on the way.
    first=$(grep '"event":"send"' "$work/trace.ndjson" | grep -v '"t_us":-' | head -n 1 | sed 's/.*"t_us":\(-\{0,1\}[0-9]*\).*/\1/')
    seen=$(sed -n 2p "$work/packets" | cut -f 1 | sed 's/^\([0-9]*\)\.\([0-9]\{6\}\).*/\1\2/')
    check "$name, the first instant" "$seen" "$((1735689600000000 + first))"
    check "$name, cluster calls at 9849" "$(cut -f 2 "$work/packets" | grep -c '^9849$' | sed 's/^[1-9][0-9]*$/some/')" some
done
echo "captures read by $(tshark --version 2>/dev/null | head -n 1)"
exit $failed
