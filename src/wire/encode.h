/* Hand-written writers of the hottest pushes: Qot_UpdateBasicQot, Qot_UpdateKL, Qot_UpdateOrderBook,
 * Qot_UpdateRT and Qot_UpdateTicker.
 *
 * They write the bytes that protobuf-c would, without its walks over descriptors (one for what is
 * missing, one for each length, one for the bytes). ft_body_write uses them where there is one, so
 * that whoever builds a message needs to know nothing of them. */
#ifndef FT_WIRE_ENCODE_H
#define FT_WIRE_ENCODE_H

#include "base/buf.h"
#include "base/err.h"

#include <protobuf-c/protobuf-c.h>

/* As ft_pb_append, for messages without unknown fields. */
typedef int ft_encoder(const ProtobufCMessage *msg, struct ft_buf *out, struct ft_err *err);

/* The writer of messages of this kind, or NULL. */
ft_encoder *ft_encoder_of(const ProtobufCMessageDescriptor *desc);

#endif
