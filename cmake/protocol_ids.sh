#!/bin/sh
# Writes <ftapi/protocol_ids.h>: the number of every protocol of wire/protocols.def by name.
# usage: protocol_ids.sh PROTOCOLS.DEF OUTPUT
set -eu
{
    cat <<'TEXT'
/* Numbers of the protocols, made from the table src/wire/protocols.def. */
#ifndef FTAPI_PROTOCOL_IDS_H
#define FTAPI_PROTOCOL_IDS_H

/* Number of each protocol: what goes with every frame. */
enum ft_protocol_id {
TEXT
    sed -n 's/^\(REQUEST\|LIMITED\|WRITE\|PUSH\|SKILL\|BARE\)(\([0-9]*\), \([A-Za-z_0-9]*\).*/    FT_ID_\3 = \2,/p' "$1"
    cat <<'TEXT'
};

#endif
TEXT
} >"$2.tmp"
mv "$2.tmp" "$2"
