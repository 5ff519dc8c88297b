/* A push that goes to many: framed once per form, and the same bytes for everyone who wants that
 * form (DESIGN.md 2.3). Who gets it, and when, is the caller's matter. */
#ifndef FT_GATEWAY_FORMS_H
#define FT_GATEWAY_FORMS_H

#include "gateway/framing.h"
#include "gateway/gateway.h"

/* One push; its frames lie in gw->push_frames, behind what is there, until the caller takes them
 * out again (ft_frame_cancel to where it stood, or all of them at the end of a round). */
struct ft_forms {
    const ProtobufCMessage *msg;
    struct ft_frame_head head;
    size_t row; /* in gw->counters.pushes */
    /* In gw->push_frames, by enum ft_push_form; -1: not made, -2: cannot be. */
    ptrdiff_t at[FT_PUSH_FORMS];
    size_t len[FT_PUSH_FORMS];
};

/* Starts a push of this ID; `msg` must live until the last ft_forms_get. */
void ft_forms_begin(struct ft_gateway *gw, struct ft_forms *f, uint32_t proto_id,
                    const ProtobufCMessage *msg);
/* The plain frame in this form (enum ft_push_form), for one connection, which is counted; made when first
 * asked for; NULL when it cannot be. */
const uint8_t *ft_forms_get(struct ft_gateway *gw, struct ft_forms *f, uint8_t form, size_t *len);

/* Pushes have an arena of their own, since a request under way keeps its memory: exchanges it with
 * the requests'. Called in pairs. */
void ft_forms_swap_arenas(struct ft_gateway *gw);

#endif
