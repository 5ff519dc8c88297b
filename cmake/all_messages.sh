#!/bin/sh
# Writes a C file with an array of every message and enum descriptor that protoc-c made.
# usage: all_messages.sh FOLDER-OF-HEADERS OUTPUT
set -eu
dir=$1 out=$2
{
    echo '#include "wire/all_messages.h"'
    for h in "$dir"/*.pb-c.h; do echo "#include \"${h##*/}\""; done
    echo 'const ProtobufCMessageDescriptor *const ft_all_messages[] = {'
    sed -n 's/^extern const ProtobufCMessageDescriptor \(.*\);/    \&\1,/p' "$dir"/*.pb-c.h
    echo '};'
    echo 'const size_t ft_all_messages_count = sizeof ft_all_messages / sizeof ft_all_messages[0];'
    echo 'const ProtobufCEnumDescriptor *const ft_all_enums[] = {'
    sed -n 's/^extern const ProtobufCEnumDescriptor *\(.*\);/    \&\1,/p' "$dir"/*.pb-c.h
    echo '};'
    echo 'const size_t ft_all_enums_count = sizeof ft_all_enums / sizeof ft_all_enums[0];'
} >"$out.tmp"
mv "$out.tmp" "$out"
