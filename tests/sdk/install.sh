#!/bin/sh
# Installs libftapi (and ftcli) into a prefix of its own, and builds and runs a C and a C++ program against it:
# by pkg-config, shared and static, and by CMake's find_package.
# usage: install.sh BUILD-FOLDER SOURCES-OF-THE-PROGRAMS CC CXX
set -eu
build=$1 sources=$2 cc=$3 cxx=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for component in libftapi libftapi-dev; do
    cmake --install "$build" --prefix "$work/first" --component $component >/dev/null
done
mv "$work/first" "$work/prefix" # the files find each other wherever the tree is
lib=$(dirname "$(find "$work/prefix" -name libftapi.so)")
export PKG_CONFIG_PATH="$lib/pkgconfig" LD_LIBRARY_PATH="$lib"
warnings="-Wall -Wextra -Werror -pedantic"

# Every header that is installed, in both languages.
(cd "$work/prefix/include" && find ftapi -name '*.h' | LC_ALL=C sort) |
    sed 's/.*/#include <&>/' >"$work/all.c"
[ "$(wc -l <"$work/all.c")" -gt 150 ]
cp "$work/all.c" "$work/all.cc"
flags=$(pkg-config --cflags ftapi)
$cc -std=c99 $warnings $flags -fsyntax-only "$work/all.c"
$cxx -std=c++11 $warnings $flags -fsyntax-only "$work/all.cc"

echo "pkg-config, version $(pkg-config --modversion ftapi)"
$cc -std=c99 $warnings $flags "$sources/user.c" -o "$work/c" $(pkg-config --libs ftapi)
$cxx -std=c++11 $warnings $flags "$sources/user.cc" -o "$work/cc" $(pkg-config --libs ftapi)
# Static: the library by its file, since -l would take the shared one beside it.
$cc -std=c99 $warnings $flags "$sources/user.c" -o "$work/static" "$lib/libftapi.a" \
    $(pkg-config --libs --static libprotobuf-c libcrypto) -lm -pthread
"$work/c" && "$work/cc" && LD_LIBRARY_PATH= "$work/static"
! readelf -d "$work/static" | grep -q libftapi

echo "ftcli, its page and its completions"
cmake --install "$build" --prefix "$work/cli" --component ftcli >/dev/null
[ "$("$work/cli/bin/ftcli" --version)" = "ftcli $(pkg-config --modversion ftapi)" ]
grep -q '^\.TH FTCLI 1' "$work/cli/share/man/man1/ftcli.1"
bash -n "$work/cli/share/bash-completion/completions/ftcli"
grep -q '^#compdef ftcli$' "$work/cli/share/zsh/site-functions/_ftcli"

echo "CMake"
cmake -S "$sources" -B "$work/cmake" -DCMAKE_PREFIX_PATH="$work/prefix" \
    -DCMAKE_C_COMPILER="$cc" -DCMAKE_CXX_COMPILER="$cxx" >"$work/log" 2>&1 &&
    cmake --build "$work/cmake" >>"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
unset LD_LIBRARY_PATH # CMake gives what it builds the way to its libraries
"$work/cmake/user_c" && "$work/cmake/user_cc" && "$work/cmake/user_static"
