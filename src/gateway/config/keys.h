/* The key table's form, and what the files of this folder do with it. For config.c and this folder. */
#ifndef FT_GATEWAY_CONFIG_KEYS_H
#define FT_GATEWAY_CONFIG_KEYS_H

#include "gateway/config.h"

#include <stddef.h>

enum key_type {
    KEY_TEXT,
    KEY_INT,
    KEY_LANG,
    KEY_LEVEL,
    KEY_FLAG,
    KEY_CLOCK,
    KEY_CHOICE,
    KEY_MD5, /* text: empty, or 32 hex digits in either case; kept in lower case */
    KEY_IP,  /* text: an IPv4 or IPv6 address */
};

enum {
    KEY_SECRET = 1,  /* never printed; the environment may name a file that holds it */
    KEY_COMMAND = 2, /* says what to do in place of a gateway: command line only */
    KEY_NO_FILE = 4, /* command line and environment only */
    KEY_HOLLOW = 8,  /* of the vendor's program, without a meaning here: whoever sets it is told */
    KEY_FILE = 16,   /* text: a file that must be readable, or empty */
};

struct key {
    const char *name;
    enum key_type type;
    size_t offset;
    size_t size; /* of a text field */
    int64_t min, max;
    const char *help;
    const char *choices[2]; /* of KEY_CHOICE: the words of 0 and 1 */
    unsigned flags;
};

#define HOLLOW_HELP "no meaning here: " /* how the help of KEY_HOLLOW begins */

extern const struct key ft_config_keys[];
extern const size_t ft_config_key_count; /* <= FT_CONFIG_KEYS_MAX */

/* Other spellings of a key, allowed wherever it is. */
struct key_alias {
    const char *alias, *name;
};
extern const struct key_alias ft_config_aliases[];
extern const size_t ft_config_alias_count;

/* Variables of well-known container images; of several that are set the first one counts, after
 * OPEND_<KEY>. */
extern const struct key_alias ft_config_variables[];
extern const size_t ft_config_variable_count;

/* The key of this name or alias (not NUL-terminated); NULL: there is none. */
const struct key *ft_config_find(const char *name, size_t len);
static inline size_t ft_config_index(const struct key *k)
{
    return (size_t)(k - ft_config_keys);
}

/* Messages are in c->lang; both forms are checked against the arguments by the compiler. */
#define SAY(c, en, chs) ((c)->lang == FT_LANG_EN ? (en) : (chs))

/* values.c */

/* Sets one field. -1 with key, value (unless secret) and what is allowed; *c is unchanged then. */
int ft_config_set(struct ft_config *c, const struct key *k, const char *value, struct ft_err *err);
/* The value as ft_config_set takes it, secrets as "(hidden)"; "" for an empty text. */
void ft_config_print_value(FILE *out, const struct ft_config *c, const struct key *k);

/* check.c: what a single value cannot tell, and the fields that are derived. */
int ft_config_check(struct ft_config *c, struct ft_err *err);

/* xml.c */
enum { FT_XML_BYTES_MAX = 1 << 20, FT_XML_ELEMENTS_MAX = 256 };
struct ft_xml_element {
    char name[FT_NAME_MAX];
    char value[FT_PATH_MAX]; /* without white space around it */
    int line;
};
struct ft_xml {
    struct ft_xml_element element[FT_XML_ELEMENTS_MAX];
    size_t count;
};
/* Reads one flat level of elements under the root futu_opend or moomoo_opend. `file` and `c` (for the
 * language) are for messages, which begin with "file:line: ". A document type is refused, so that
 * no entity can unfold. -1 with the fault. */
int ft_xml_read(struct ft_xml *x, const struct ft_config *c, const char *file, const char *text,
                size_t len, struct ft_err *err);

#endif
