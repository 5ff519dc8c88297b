#!/bin/sh
# Fails on an include against the arrows of docs/architecture.md (DESIGN.md, section 3).
# usage: check_arrows.sh REPOSITORY
set -eu

allowed() { # part -> the parts that it may include, itself apart
    case $1 in
    base) echo "" ;;
    wire | market) echo "base" ;;
    exchange | broker) echo "base market" ;;
    sim) echo "base market exchange broker" ;;
    refdata) echo "base wire" ;;
    store) echo "base market broker" ;;
    gateway) echo "base wire market exchange broker sim refdata store" ;;
    sdk) echo "base wire" ;;
    cli) echo "sdk" ;;
    *) echo "?" ;;
    esac
}

# Lines "file:line: what" for every wrong include below $1/src.
faults() {
    for dir in "$1"/src/*/; do
        part=$(basename "$dir")
        may=" $part $(allowed "$part") "
        case $may in *"?"*) echo "$dir: no arrows are known for this folder"; continue ;; esac
        grep -Hn '^ *# *include' "$dir"*.[ch] 2>/dev/null | while IFS= read -r line; do
            where=$(printf '%s' "$line" | cut -d: -f1,2)
            header=$(printf '%s' "$line" | sed -n 's/.*include *[<"]\([^>"]*\)[>"].*/\1/p')
            case $line in
            *'"'*/*'"'*)
                to=${header%%/*}
                case $may in *" $to "*) ;; *) echo "$where: $part may not include $header" ;; esac
                ;;
            *.pb-c.h* | *protobuf-c/*)
                case $may in *" wire "*) ;; *) echo "$where: $part may not know the wire ($header)" ;; esac
                ;;
            *'"'*) echo "$where: includes are written from src/: $header" ;;
            esac
        done
    done
}

# The check itself must be able to fail.
probe=$(mktemp -d)
trap 'rm -rf "$probe"' EXIT
mkdir -p "$probe/src/market" "$probe/src/base"
echo '#include "wire/frame.h"' >"$probe/src/market/a.c"
echo '#include "Qot_Common.pb-c.h"' >"$probe/src/market/b.c"
echo '#include "base/err.h"' >"$probe/src/market/c.c"
[ "$(faults "$probe" | wc -l)" = 2 ] || { echo "check_arrows.sh: the probe was not found out"; exit 1; }

found=$(faults "$1")
[ -z "$found" ] || { echo "$found"; exit 1; }
echo "arrows: $(cat "$1"/src/*/*.[ch] | grep -c '^ *# *include') includes, none against them"
