#!/bin/sh
# Fills a man page in: @KEYS@ and @VARIABLES@ are what the program itself says with -help, so that
# the page cannot tell of other keys; @VERSION@ is the version. Writes OUTPUT, gzipped.
# usage: make_man.sh VERSION TEMPLATE OUTPUT.gz OPEND [arguments before -help]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
version=$1 template=$2 out=$3
shift 3
trap 'rm -f "$out".[hkv]' EXIT
# Defaults that hang on who builds are shown as the shell writes them.
env -u XDG_STATE_HOME HOME='~' "$@" -help >"$out.h"
awk -v table=keys -f "$here/keys.awk" "$out.h" >"$out.k"
awk -v table=variables -f "$here/keys.awk" "$out.h" >"$out.v"
sed -e "s/@VERSION@/$version/" -e "/^@KEYS@\$/{r $out.k
d
}" -e "/^@VARIABLES@\$/{r $out.v
d
}" "$template" | gzip -9n >"$out"
