#!/bin/sh
# Installs the vendor's unmodified clients, which the conformance and interop suites run, into a
# folder: virtual environments, unpacked npm packages, the Java SDK with our driver compiled
# against it. Finished pieces carry a stamp and are left alone the next time.
#
# usage: clients.sh DIR          install what is missing (registries as this machine has them set)
#        clients.sh --packages   print the Debian/Ubuntu packages that this script needs
set -eu

PACKAGES="python3 python3-venv nodejs npm maven default-jdk-headless protobuf-compiler tar"

FUTU=10.11.7108   # newest on PyPI and npm
FUTU9=9.6.5608    # newest of the 9.x line
JAVA=9.6.5608     # newest on Maven Central
FUTU7=7.6.3808    # the older lines that are on npm
FUTU6=6.6.3108
WS=8.18.0         # the JavaScript clients want a browser's WebSocket: what their users put there
# protobuf: the newest line each client runs under. futu 10.11 reads FieldDescriptor.label in its
# JSON mode, which protobuf 7 dropped; the 9.x stubs need the 3.x runtime.
PROTOBUF=5.29.5
PROTOBUF9=3.20.3
TEST_TOOLS="pytest==8.3.5 pytest-xdist==3.6.1"

if [ "${1:-}" = --packages ]; then
    echo "$PACKAGES"
    exit 0
fi
[ $# = 1 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
root=$(cd "$1" && pwd)

# A python with venv and pip: pyenv's or a user's own first, Debian's when that one has no ensurepip.
find_python() {
    for p in "${PYTHON:-python3}" /usr/bin/python3; do
        if "$p" -c 'import sys, venv, ensurepip; assert sys.version_info >= (3, 9)' 2>/dev/null; then
            "$p" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    echo "clients.sh: no python3 >= 3.9 with venv and ensurepip (Debian: apt-get install python3-venv)" >&2
    exit 1
}

# install NAME SPEC COMMAND...: runs COMMAND in an emptied $root/NAME unless its stamp says SPEC.
install() {
    name=$1 spec=$2
    shift 2
    dir=$root/$name
    if [ "$(cat "$dir/.stamp" 2>/dev/null)" = "$spec" ]; then
        return 0
    fi
    echo "clients: $name ($spec)"
    rm -rf "$dir"
    mkdir -p "$dir"
    if ! (cd "$dir" && "$@") >"$root/$name.log" 2>&1; then
        echo "clients: $name failed, the end of $root/$name.log:" >&2
        tail -20 "$root/$name.log" >&2
        return 1
    fi
    echo "$spec" >"$dir/.stamp"
}

# The steps below are chained: `set -e` does not hold inside of the `if` that runs them.
python_client() {
    "$python" -m venv . &&
        # shellcheck disable=SC2086 # a list of requirements
        ./bin/pip --quiet --disable-pip-version-check install "$@" $TEST_TOOLS &&
        ./bin/pip --disable-pip-version-check freeze
}

# The client with what it depends on; the conformance test reads its package/proto.
npm_client() {
    echo '{"private": true}' >package.json &&
        npm install --silent --no-audit --no-fund --ignore-scripts "$1" "ws@$WS" &&
        ln -s "node_modules/${1%@*}" package && ls package/proto/Common.proto
}

java_client() {
    cp "$here"/interop/java/pom.xml . &&
        mvn -q -B -f pom.xml dependency:copy-dependencies -DincludeScope=runtime \
            -DoutputDirectory="$PWD/lib" &&
        mkdir classes && javac -nowarn -d classes -cp 'lib/*' "$here"/interop/java/*.java
}

python=$(find_python)
version=$("$python" -c 'import sys; print(*sys.version_info[:3], sep=".")')
grep -q "<version>$JAVA</version>" "$here/interop/java/pom.xml" ||
    { echo "clients.sh: interop/java/pom.xml does not ask for futu-api $JAVA" >&2; exit 1; }
java_sources=$(cat "$here"/interop/java/* | cksum | tr ' ' -)

pids=
install py-futu "futu-api $FUTU, protobuf $PROTOBUF, python $version, $TEST_TOOLS" \
    python_client "futu-api==$FUTU" "protobuf==$PROTOBUF" & pids="$pids $!"
install py-moomoo "moomoo-api $FUTU, protobuf $PROTOBUF, python $version, $TEST_TOOLS" \
    python_client "moomoo-api==$FUTU" "protobuf==$PROTOBUF" & pids="$pids $!"
install py-futu9 "futu-api $FUTU9, protobuf $PROTOBUF9, python $version, $TEST_TOOLS" \
    python_client "futu-api==$FUTU9" "protobuf==$PROTOBUF9" & pids="$pids $!"
install npm-futu "futu-api $FUTU, ws $WS" npm_client "futu-api@$FUTU" & pids="$pids $!"
install npm-futu7 "futu-api $FUTU7, ws $WS" npm_client "futu-api@$FUTU7" & pids="$pids $!"
install npm-futu6 "futu-api $FUTU6, ws $WS" npm_client "futu-api@$FUTU6" & pids="$pids $!"
install npm-moomoo "moomoo-api $FUTU9, ws $WS" npm_client "moomoo-api@$FUTU9" & pids="$pids $!"
install java "futu-api $JAVA, sources $java_sources" java_client & pids="$pids $!"

failed=0
for pid in $pids; do
    wait "$pid" || failed=1
done
exit $failed
