#!/bin/sh
# libftapi exports what its headers declare and nothing else, and needs protobuf-c, libcrypto and the
# C library alone; what is global in the static one is the same.
# usage: exports.sh LIBFTAPI.SO LIBFTAPI.A LIST
set -eu
so=$1 a=$2 list=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

[ "$(grep -c '^ft_client_' "$list")" -ge 15 ] && [ "$(grep -c '__descriptor$' "$list")" -ge 900 ] ||
    { echo "exports.sh: the list of names is too short to be true"; exit 1; }
nm -D --defined-only "$so" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | LC_ALL=C sort >"$work/so"
nm -g --defined-only "$a" | awk 'NF == 3 { print $3 }' | LC_ALL=C sort >"$work/a"
for lib in so a; do
    diff "$list" "$work/$lib" >"$work/diff" ||
        { echo "exported ('>') and declared ('<') names differ, lib.$lib:"; head -20 "$work/diff"; exit 1; }
done

needed=$(readelf -d "$so" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
for lib in $needed; do
    case $lib in
    libprotobuf-c.so.* | libcrypto.so.* | libc.so.* | libm.so.* | ld-linux*) ;;
    *) echo "libftapi needs $lib"; exit 1 ;;
    esac
done
echo "$needed" | grep -q libprotobuf-c && echo "$needed" | grep -q libcrypto
echo "exports: $(wc -l <"$list") names; needed:" $needed
