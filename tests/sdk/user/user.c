/* A program of a user's, in plain C99: the names that everybody needs, without a gateway. */
#include <ftapi/ftapi.h>
#include <ftapi/proto/Qot_Sub.pb-c.h>

#include <stdio.h>
#include <string.h>

static int json(void)
{
    static const char text[] = "{\"c2s\":{\"securityList\":[{\"market\":1,\"code\":\"00700\"}],"
                               "\"subTypeList\":[4],\"isSubOrUnSub\":true}}";
    const struct ft_proto *p = ft_proto_named("Qot_Sub");
    struct ft_message *m = ft_message_new();
    const char *back = NULL;
    int ok = p && p->id == FT_ID_Qot_Sub && ft_proto_find(FT_ID_Qot_Sub) == p &&
             ft_message_from_json(m, p->request, text, strlen(text), 1) == FT_STATUS_OK &&
             strcmp(((const QotSub__Request *)ft_message_get(m))->c2s->securitylist[0]->code,
                    "00700") == 0 &&
             ft_message_to_json(m, ft_message_get(m), &back, NULL) == FT_STATUS_OK &&
             strcmp(back, text) == 0;
    if (!ok)
        printf("JSON: %s %s\n", ft_message_error(m), back ? back : "");
    ok = ok && ft_message_from_json(m, p->request, "{\"c3s\":1}", 9, 1) == FT_STATUS_NOT_FOUND;
    ft_message_free(m);
    return ok;
}

int main(void)
{
    struct ft_client_options o;
    struct ft_client *c = NULL;
    if (strcmp(ft_version(), FTAPI_VERSION) != 0 || !json())
        return 1;
    ft_client_options_init(&o, sizeof o);
    o.port = 1; /* nobody */
    if (ft_client_new(&o, &c) != FT_STATUS_OK || ft_client_connect(c, 2000) == FT_STATUS_OK)
        return 2;
    if (!strstr(ft_client_last_error(c), "127.0.0.1:1"))
        return 3;
    ft_client_free(c);
    printf("libftapi %s, %u protocols\n", ft_version(), (unsigned)ft_proto_count());
    return 0;
}
