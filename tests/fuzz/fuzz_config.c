/* Configuration files: any bytes are read or refused with file and line, what was read is bounded and
 * trimmed, and a value that a key takes prints as one that it takes again. */
#include "fuzz.h"
#include "gateway/config/keys.h"

#include <string.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* What was set comes back the same through its own printed form. */
static void round_trip(const struct ft_config *c, const struct key *k)
{
    char text[FT_PATH_MAX + 1] = "";
    struct ft_config again;
    struct ft_err err = {0};
    FILE *f = fmemopen(text, sizeof text, "w");
    FUZZ_MUST(f, "no stream for %s", k->name);
    ft_config_print_value(f, c, k);
    fclose(f);
    if (k->flags & KEY_SECRET)
        return;
    ft_config_defaults(&again);
    again.lang = c->lang;
    FUZZ_MUST(ft_config_set(&again, k, text, &err) == 0 || !*text, "%s: %s", k->name, err.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ft_xml x;
    static struct ft_config c;
    struct ft_err err = {0};
    ft_config_defaults(&c);
    c.lang = size & 1 ? FT_LANG_EN : FT_LANG_CHS;
    if (ft_xml_read(&x, &c, "f.xml", (const char *)data, size, &err)) {
        FUZZ_MUST(strncmp(err.text, "f.xml", 5) == 0 && err.code, "%s", err.text);
        return 0;
    }
    FUZZ_MUST(x.count <= FT_XML_ELEMENTS_MAX, "%zu", x.count);
    for (size_t i = 0; i < x.count; i++) {
        const struct ft_xml_element *e = &x.element[i];
        size_t n = strlen(e->value);
        FUZZ_MUST(e->name[0] && e->line > 0, "%d", e->line);
        FUZZ_MUST(n == 0 || (!is_space(e->value[0]) && !is_space(e->value[n - 1])), "%s", e->value);
        const struct key *k = ft_config_find(e->name, strlen(e->name));
        if (!k)
            continue;
        if (ft_config_set(&c, k, e->value, &err) == 0)
            round_trip(&c, k);
        else
            FUZZ_MUST(strncmp(err.text, k->name, strlen(k->name)) == 0, "%s", err.text);
    }
    if (ft_config_check(&c, &err))
        FUZZ_MUST(err.text[0], "no reason%s", "");
    return 0;
}
