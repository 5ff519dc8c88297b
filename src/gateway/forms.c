#include "gateway/forms.h"

void ft_forms_begin(struct ft_gateway *gw, struct ft_forms *f, uint32_t proto_id,
                    const ProtobufCMessage *msg)
{
    *f = (struct ft_forms){.msg = msg, .head = {proto_id, ++gw->push_serial, 0}, .at = {-1, -1}};
}

static bool make(struct ft_gateway *gw, struct ft_forms *f, uint8_t format)
{
    f->at[format] = -2;
    struct ft_buf *out = &gw->push_frames;
    struct ft_frame_head head = f->head;
    head.format = format;
    ptrdiff_t at = ft_frame_begin(out);
    if (at < 0)
        return false;
    if (ft_body_write(f->msg, format, out, NULL)) {
        ft_frame_cancel(out, at);
        return false;
    }
    ft_frame_end(out, at, gw->sha, &head);
    f->at[format] = at;
    f->len[format] = ft_buf_len(out) - (size_t)at;
    return true;
}

const uint8_t *ft_forms_get(struct ft_gateway *gw, struct ft_forms *f, uint8_t format, size_t *len)
{
    if (f->at[format] < 0 && (f->at[format] == -2 || !make(gw, f, format)))
        return NULL;
    *len = f->len[format];
    return ft_buf_head(&gw->push_frames) + f->at[format];
}

void ft_forms_swap_arenas(struct ft_gateway *gw)
{
    struct ft_arena a = gw->arena;
    gw->arena = gw->push_arena;
    gw->push_arena = a;
}
