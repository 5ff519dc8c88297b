#!/bin/sh
# Runs the interop suites: the gateway of BUILD_DIR against every client in CLIENTS_DIR (made by
# tests/clients.sh). Results go to BUILD_DIR/junit/.
#
# usage: run.sh BUILD_DIR CLIENTS_DIR [pytest arguments...]
set -u
[ $# -ge 2 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
build=$(cd "$1" && pwd) clients=$(cd "$2" && pwd)
shift 2
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$build/junit"
export OPEND_BIN="$build/bin/opend" FT_JAVA="$clients/java" FT_JS="$clients" PYTHONDONTWRITEBYTECODE=1
# Most of the time a scenario waits for a client's timers: many of them share a processor.
workers=${FT_WORKERS:-6}

# suite NAME ENVIRONMENT PACKAGE MARKS [arguments...]: one pytest session under one client, in the
# background. Its output is shown when it has ended.
pids=
suite() {
    name=$1 environment=$2 package=$3 marks=$4
    shift 4
    (
        log=$build/junit/interop-$name.log
        FT_CLIENT=$package "$clients/$environment/bin/python" -m pytest "$here" -c /dev/null --rootdir "$here" \
            -p no:cacheprovider -q -n "$workers" --dist worksteal -m "$marks" \
            -o junit_suite_name="interop-$name" --junitxml="$build/junit/interop-$name.xml" "$@" >"$log" 2>&1
        code=$?
        printf '%s\n' "--- interop: $name" "$(cat "$log")"
        [ $code = 0 ] || [ $code = 5 ] # 5: the arguments select nothing of this suite
    ) &
    pids="$pids $!"
}

failed=0
finish() {
    for pid in $pids; do
        wait "$pid" || failed=1
    done
    pids=
}

suite futu py-futu futu "raw or client" "$@"
finish
suite moomoo py-moomoo moomoo client "$@"
suite futu9 py-futu9 futu smoke "$@"
suite java py-futu futu java "$@"
suite js py-futu futu js "$@"
finish
exit $failed
