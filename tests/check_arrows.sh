#!/bin/sh
# Fails on an include, or a linked library, against the arrows of docs/architecture.md (DESIGN.md,
# section 3), and on system headers that a part must not know. Before it trusts its own silence it
# plants every possible include in a tree of its own and wants exactly the forbidden ones found.
# usage: check_arrows.sh REPOSITORY
set -eu

# part: the parts that it may include, itself apart.
ARROWS='base:
wire: base
market: base
exchange: base market
broker: base market
sim: base market exchange broker
replay: base market broker
relay: base market broker sdk
refdata: base wire
store: base market broker
gateway: base wire market exchange broker sim replay relay refdata store sdk
sdk: base wire
cli: sdk'

# Headers of the system or of a library, and the only parts that may name them: the world reads no
# clock and no socket, the wire library does no I/O (DESIGN.md 2.1, STYLE.md "sans-I/O").
SYSTEM='protobuf-c/ wire refdata gateway relay sdk cli
uv.h gateway relay
uv/ gateway relay
sys/socket.h gateway relay sdk cli
netinet/ gateway relay sdk cli
arpa/ gateway relay sdk cli
netdb.h gateway relay sdk cli
poll.h gateway relay sdk cli
sys/epoll.h gateway sdk
unistd.h base gateway store replay relay sdk cli
fcntl.h base gateway store replay relay sdk cli
time.h base gateway store replay relay sdk cli
sys/time.h base gateway store replay relay sdk cli
pthread.h gateway store relay sdk cli
threads.h gateway store relay sdk cli
openssl/ wire gateway relay sdk
wslay/ gateway relay
http_parser.h gateway
jansson.h refdata gateway cli
sqlite3.h store
expat.h gateway
libpq-fe.h store'

# Lines "file:line: what" for everything wrong below $1/src.
faults() {
    find "$1/src" -mindepth 2 \( -name '*.[ch]' -o -name '*.def' -o -name '*.inc' \
        -o -name CMakeLists.txt \) -print | LC_ALL=C sort | tr '\n' '\0' |
        ARROWS=$ARROWS SYSTEM=$SYSTEM ROOT=$1/src/ xargs -0 awk '
        BEGIN {
            n = split(ENVIRON["ARROWS"], line, "\n")
            for (i = 1; i <= n; i++) {
                part = line[i]; sub(/:.*/, "", part)
                known[part] = 1
                may[part, part] = 1
                m = split(substr(line[i], length(part) + 2), word, " ")
                for (k = 1; k <= m; k++) may[part, word[k]] = 1
            }
            systems = split(ENVIRON["SYSTEM"], line, "\n")
            for (i = 1; i <= systems; i++) {
                m = split(line[i], word, " ")
                header[i] = word[1]
                for (k = 2; k <= m; k++) user[i, word[k]] = 1
            }
        }
        function fault(what) { print FILENAME ":" FNR ": " what }
        function check_system(name,    i, h) {
            for (i = 1; i <= systems; i++) {
                h = header[i]
                if ((name == h || (h ~ /\/$/ && index(name, h) == 1)) && !((i, part) in user))
                    fault(part " may not know <" name ">")
            }
        }
        FNR == 1 {
            part = substr(FILENAME, length(ENVIRON["ROOT"]) + 1)
            sub(/^\/*/, "", part)
            sub(/\/.*/, "", part)
            if (!(part in known)) fault("no arrows are known for the folder " part)
        }
        FILENAME ~ /CMakeLists\.txt$/ {
            rest = $0
            while (match(rest, /ft_[a-z]+/)) {
                to = substr(rest, RSTART + 3, RLENGTH - 3)
                rest = substr(rest, RSTART + RLENGTH)
                if ((to in known) && !((part, to) in may)) fault(part " may not link ft_" to)
                if (to == "proto" && !((part, "wire") in may)) fault(part " may not link ft_proto")
            }
            next
        }
        /^[ \t]*#[ \t]*include/ {
            if (!match($0, /[<"][^>"]+[>"]/)) next
            quoted = substr($0, RSTART, 1) == "\""
            name = substr($0, RSTART + 1, RLENGTH - 2)
            if (name ~ /(^|\/)\.\.?\//) { fault("includes are written from src/: " name); next }
            to = name; sub(/\/.*/, "", to)
            if (name ~ /\.pb-c\.h$/ && name !~ /^ftapi\//) { # the SDK has its own
                if (!((part, "wire") in may)) fault(part " may not know the wire (" name ")")
            } else if (name ~ /\// && (to in known)) {
                if (!((part, to) in may)) fault(part " may not include " name)
            } else if (name ~ /\// && to == "ftapi") {
                if (!((part, "sdk") in may)) fault(part " may not include " name)
            } else if (quoted && name !~ /^[a-z_]+\.def$/) { # a bare .def is made by the build
                fault("includes are written from src/: " name)
            } else if (!quoted) {
                check_system(name)
            }
        }'
}

# ---- The check itself must be able to fail: every arrow, planted ---------------------------------

probe=$(mktemp -d)
trap 'rm -rf "$probe"' EXIT

parts=$(printf '%s\n' "$ARROWS" | sed 's/:.*//')
for part in $parts; do
    mkdir -p "$probe/src/$part/inside"
    allowed=" $part $(printf '%s\n' "$ARROWS" | sed -n "s/^$part: *//p") "
    for to in $parts; do
        case $allowed in *" $to "*) fate=right ;; *) fate=wrong ;; esac
        # By name, below a folder, in pointed brackets, with a macro's spacing, and by a library.
        echo "#include \"$to/x.h\"" >"$probe/src/$part/${fate}_$to.c"
        echo "  #  include <$to/deep/x.h>" >"$probe/src/$part/inside/${fate}_$to.h"
        echo "ft_part($part ft_$to)" >>"$probe/src/$part/$fate.cmake"
    done
    case $allowed in *" wire "*) fate=right ;; *) fate=wrong ;; esac
    echo '#include "Qot_Common.pb-c.h"' >"$probe/src/$part/${fate}_proto.c"
done
wrongs=$(find "$probe/src" -name 'wrong_*' | wc -l)
found=$(faults "$probe")
[ "$(printf '%s\n' "$found" | grep -c '/wrong_')" = "$wrongs" ] ||
    { echo "check_arrows.sh: of $wrongs planted faults it found"; echo "$found"; exit 1; }
! printf '%s\n' "$found" | grep -q '/right_' ||
    { echo "check_arrows.sh: it complains of what is allowed"; echo "$found"; exit 1; }

find "$probe/src" -name '*.[ch]' -delete
for part in $parts; do
    for fate in right wrong; do
        [ -e "$probe/src/$part/$fate.cmake" ] || continue
        mkdir -p "$probe/src/$part/$fate"
        mv "$probe/src/$part/$fate.cmake" "$probe/src/$part/$fate/CMakeLists.txt"
    done
done
cat >"$probe/src/market/a.c" <<'TEXT'
#include "../wire/frame.h"
#include "bar.h"
#include <uv.h>
#include <time.h>
#include <protobuf-c/protobuf-c.h>
#include <stdint.h>
TEXT
mkdir "$probe/src/stranger"
echo '#include <stdint.h>' >"$probe/src/stranger/a.c"
links=$(cat "$probe"/src/*/wrong/CMakeLists.txt | wc -l)
found=$(faults "$probe")
[ "$(printf '%s\n' "$found" | grep -c '/wrong/CMakeLists.txt')" = "$links" ] &&
    [ "$(printf '%s\n' "$found" | grep -c 'market/a.c')" = 5 ] &&
    [ "$(printf '%s\n' "$found" | grep -c 'stranger/a.c')" = 1 ] &&
    ! printf '%s\n' "$found" | grep -q '/right/' ||
    { echo "check_arrows.sh: the second probe was not found out"; echo "$found"; exit 1; }

# ---- The repository -------------------------------------------------------------------------------

found=$(faults "$1")
[ -z "$found" ] || { echo "$found"; exit 1; }
echo "arrows: $(find "$1/src" -name '*.[ch]' -exec cat {} + | grep -c '^ *# *include') includes, none" \
    "against them; $wrongs planted ones and $links links found out"
