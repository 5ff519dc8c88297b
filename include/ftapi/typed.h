/** @file
 * The typed layer: every protocol as one function and plain structs, made from the wire definitions
 * (ftapi/protocols.h has them all, a header a protocol). Beside the generated messages it drops what
 * the wire needs and a program does not: the envelope of requests and replies, packet IDs, pointers
 * to pointers.
 *
 *     struct ft_security_snapshot_get_request request = {.security_list = &hsbc, .security_list_count = 1};
 *     const struct ft_security_snapshot_get_reply *data;
 *     struct ft_reply *reply = NULL;
 *     if (ft_security_snapshot_get(client, &request, &reply, &data) == FT_STATUS_OK)
 *         printf("%g\n", data->snapshot_list[0].basic->cur_price);
 *     ft_reply_free(reply);
 *
 * In all structs: a list is a pointer and a count; a text is UTF-8; an optional number has a `has_`
 * member; an optional struct is NULL when absent, a text NULL, a security one whose code is NULL.
 * In requests a zeroed member is absent, except for required numbers, which are sent as they are.
 * Numbers are those of the wire: prices and money as double, units in the comments. */
#ifndef FTAPI_TYPED_H
#define FTAPI_TYPED_H

#include <ftapi/client.h>

FT_BEGIN_DECLS

/** A security: market (enum ft_qot_market) and the code within it, as "00700". The text belongs to
 * whoever made it. See ft_security_parse for "HK.00700". */
struct ft_security {
    int32_t market;   /**< enum ft_qot_market */
    const char *code; /**< "00700"; NULL: absent */
};

/** Bytes without meaning to the client, as the key of a next page. */
struct ft_bytes {
    size_t len;          /**< Bytes. */
    const uint8_t *data; /**< The first of them; NULL: absent. */
};

/** A name and a number of the wire. */
struct ft_enum_value {
    int32_t value;    /**< On the wire. */
    const char *name; /**< As the vendor spells it, without the enum's own name: "Level2". */
};

/** An enum of the wire, for texts. */
struct ft_enum {
    const char *name;                   /**< "SubType" is sub_type. */
    size_t count;                       /**< Of values. */
    const struct ft_enum_value *values; /**< In the order of their definition. */
};

/** Name of the value, or NULL when this version does not know it. Static. */
FT_API const char *ft_enum_text(const struct ft_enum *e, int32_t value);
/** The value of a name, letters' case apart, or of a decimal number that the enum has.
 * FT_STATUS_NOT_FOUND: neither; *value is left alone then. */
FT_API enum ft_status ft_enum_parse(const struct ft_enum *e, const char *text, int32_t *value);

/** How the typed calls end. They are ft_client_call with the client's own deadline, and what is said
 * there of `reply`, ownership and errors holds. *data, when the call returns FT_STATUS_OK, is the
 * answer, which lives as long as the reply's content; it is NULL otherwise, and when the gateway
 * answered success without data. `reply` may be NULL only if `data` is.
 * FT_STATUS_INVALID: a required member is missing, which ft_client_last_error names. FT_STATUS_LIMIT: also when
 * the answer exceeds max_decoded_bytes as structs. */
struct ft_typed_protocol;

/** Of an asynchronous typed call: as ft_client_reply_fn; `data` is NULL unless ft_reply_status(reply) is
 * FT_STATUS_OK, and both live until the return (ft_reply_keep keeps both). */
typedef void ft_typed_reply_fn(void *user, struct ft_reply *reply, const void *data);
/** A typed push: as ft_client_push_fn; `data` is never NULL and lives until the return. */
typedef void ft_typed_push_fn(void *user, const struct ft_push *push, const void *data);

/** One page of a walk; it lives until the return. False: enough. */
typedef bool ft_page_fn(void *user, const void *page);
enum { FT_PAGES_MAX = 100000 /**< Pages of one walk. */ };
/* The walks (..._all) are blocking calls, one a page, with their statuses. They end with FT_STATUS_OK after the
 * last page or when `fn` says so; with FT_STATUS_REFUSED when the gateway refuses a page, for instance because
 * pages came too often (ft_client_last_error has its words); with FT_STATUS_BAD_REPLY when a page has no data or
 * does not advance (the same cursor again, no rows), and FT_STATUS_LIMIT after FT_PAGES_MAX. Pages that were
 * handed over are good in any case. */

FT_END_DECLS

#endif
