#include "gateway/forms.h"

#include "wire/relay_frame.h"

void ft_forms_begin(struct ft_gateway *gw, struct ft_forms *f, uint32_t proto_id,
                    const ProtobufCMessage *msg)
{
    *f = (struct ft_forms){.msg = msg, .head = {proto_id, ++gw->push_serial, 0}, .at = {-1, -1, -1},
                           .row = ft_counters_row(proto_id)};
}

/* A frame of the TCP API. */
static int append_frame(struct ft_gateway *gw, const struct ft_forms *f, uint8_t format)
{
    struct ft_buf *out = &gw->push_frames;
    struct ft_frame_head head = f->head;
    head.format = format;
    ptrdiff_t at = ft_frame_begin(out);
    if (at < 0)
        return -1;
    if (ft_body_write(f->msg, format, out, NULL)) {
        ft_frame_cancel(out, at);
        return -1;
    }
    ft_frame_end(out, at, gw->sha, &head);
    return 0;
}

/* The relay's push: section 0, which no request has (platform.md 9.4). */
static int append_relay(struct ft_gateway *gw, const struct ft_forms *f)
{
    struct ft_relay_head head = {.cmd = f->head.proto_id};
    return ft_relay_append(&gw->push_frames, &head, f->msg, NULL);
}

static bool make(struct ft_gateway *gw, struct ft_forms *f, uint8_t form)
{
    size_t before = ft_buf_len(&gw->push_frames);
    f->at[form] = -2;
    if (form == FT_FORM_RELAY ? append_relay(gw, f) : append_frame(gw, f, form))
        return false;
    f->at[form] = (ptrdiff_t)before;
    f->len[form] = ft_buf_len(&gw->push_frames) - before;
    return true;
}

const uint8_t *ft_forms_get(struct ft_gateway *gw, struct ft_forms *f, uint8_t form, size_t *len)
{
    if (f->at[form] < 0 && (f->at[form] == -2 || !make(gw, f, form)))
        return NULL;
    gw->counters.pushes[f->row]++;
    *len = f->len[form];
    return ft_buf_head(&gw->push_frames) + f->at[form];
}

void ft_forms_swap_arenas(struct ft_gateway *gw)
{
    struct ft_arena a = gw->arena;
    gw->arena = gw->push_arena;
    gw->push_arena = a;
}
