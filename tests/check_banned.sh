#!/bin/sh
# Fails on functions that CONTRIBUTING.md bans. usage: check_banned.sh REPOSITORY
set -eu
banned='strcpy|strcat|sprintf|vsprintf|atoi|atol|gets|strtok|alloca'
find_banned() {
    grep -rnE "(^|[^a-zA-Z0-9_])($banned) *\(" "$@" --include='*.c' --include='*.h' || true
}
probe=$(mktemp -d)
trap 'rm -rf "$probe"' EXIT
echo 'int f(void) { return atoi("1"); }' >"$probe/a.c"
[ -n "$(find_banned "$probe")" ] || { echo "check_banned.sh: the probe was not found out"; exit 1; }
found=$(find_banned "$1/src" "$1/bench" "$1/tests")
[ -z "$found" ] || { echo "$found"; exit 1; }
echo "banned functions: none"
