#!/bin/sh
# The README's program in C builds without a warning against the library.
# usage: readme.sh README CC LIBFTAPI.SO COMPILER-FLAG...
set -eu
readme=$1 cc=$2 lib=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sed -n '/^```c$/,/^```$/{/^```/d;p;}' "$readme" >"$work/quote.c"
grep -q '^int main(void)$' "$work/quote.c" || { echo "readme.sh: no program found"; exit 1; }
"$cc" -std=c99 -Wall -Wextra -Werror "$@" "$work/quote.c" -o "$work/quote" "$lib"
