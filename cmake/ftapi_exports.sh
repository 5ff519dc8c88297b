#!/bin/sh
# What libftapi exports: what its headers declare with FT_API, and the generated messages. Writes a list of names and, from it, the linker's version script.
# usage: ftapi_exports.sh NODE LIST SCRIPT PROTO-LIBRARY NM FOLDERS-OF-HEADERS...
set -eu
node=$1 list=$2 script=$3 proto=$4 nm=$5
shift 5
{
    for folder in "$@"; do
        sed -n 's/^FT_API [^(]*[ *]\(ft_[a-z0-9_]*\)(.*/\1/p
            s/^extern FT_API const struct ft_enum \([a-z0-9_]*\);/\1/p' "$folder"/*.h
    done
    # C names that protoc-c makes have a double underscore; a sanitizer's begin with one.
    "$nm" -g --defined-only "$proto" | awk '$3 ~ /^[a-z].*__/ { print $3 }'
} | LC_ALL=C sort -u >"$list.tmp"
{
    echo "$node {"
    echo "global:"
    sed 's/.*/    &;/' "$list.tmp"
    echo "local:"
    echo "    *;"
    echo "};"
} >"$script.tmp"
mv "$list.tmp" "$list"
mv "$script.tmp" "$script"
