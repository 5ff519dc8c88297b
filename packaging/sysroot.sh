#!/bin/sh
# A folder with the libraries of another architecture, from the package lists of this machine: nothing is
# installed, no architecture is added to it, root is not needed. Finished folders carry a stamp.
# usage: sysroot.sh ARCHITECTURE DIR PACKAGE...
set -eu
arch=$1 dir=$2
shift 2
[ "$(cat "$dir/.stamp" 2>/dev/null)" = "$*" ] && exit 0
rm -rf "$dir" "$dir.apt"
mkdir -p "$dir" "$dir.apt/lists/partial" "$dir.apt/cache/archives/partial"
apt=$(cd "$dir.apt" && pwd)
: >"$apt/status"
options="-o APT::Architecture=$arch -o APT::Architectures=$arch -o Dir::State::status=$apt/status
    -o Dir::State::lists=$apt/lists -o Dir::Cache=$apt/cache -o APT::Sandbox::User=
    -o Debug::NoLocking=true -o APT::Get::AllowUnauthenticated=false -o Acquire::Languages=none"
# A list that cannot be fetched is not the end: what is wanted may be in the others.
# shellcheck disable=SC2086
apt-get $options update || echo "sysroot.sh: apt-get update failed" >&2
# shellcheck disable=SC2086
apt-get $options install -y --no-install-recommends --download-only "$@"
for deb in "$apt"/cache/archives/*.deb; do
    dpkg-deb -x "$deb" "$dir"
done
# Absolute links would lead out of the folder.
find "$dir" -type l -lname '/*' | while read -r link; do
    ln -snf "$(realpath -m --relative-to="$(dirname "$link")" "$dir$(readlink "$link")")" "$link"
done
rm -rf "$apt"
echo "$*" >"$dir/.stamp"
