/* OpenD.xml and FutuOpenD.xml (platform.md 2.1): a root, and one flat level of elements under it. */
#include "gateway/config/keys.h"

#include <expat.h>
#include <string.h>

struct reading {
    struct ft_xml *x;
    const struct ft_config *c;
    const char *file;
    struct ft_err *err;
    XML_Parser parser;
    int depth; /* of open elements */
    bool failed;
};

static int line_of(const struct reading *r)
{
    return (int)XML_GetCurrentLineNumber(r->parser);
}

/* The text is in r->err: puts file and line before it and ends the reading. */
static void stop(struct reading *r, int line)
{
    ft_err_wrap(r->err, "%s:%d", r->file, line);
    r->failed = true;
    XML_StopParser(r->parser, XML_FALSE);
}

static void on_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
    struct reading *r = user;
    struct ft_xml *x = r->x;
    r->depth++;
    if (r->depth == 1) {
        if (strcmp(name, "futu_opend") == 0 || strcmp(name, "moomoo_opend") == 0)
            return;
        ft_err_set(r->err, FT_EINVAL,
                   SAY(r->c, "the root is <%.64s>: allowed are <futu_opend> and <moomoo_opend>",
                       "根元素为 <%.64s>：可用 <futu_opend> 和 <moomoo_opend>"), name);
    } else if (r->depth > 2) {
        ft_err_set(r->err, FT_EINVAL,
                   SAY(r->c, "<%.64s> is inside <%s>: keys are one flat level under the root",
                       "<%.64s> 位于 <%s> 之内：各项须直接位于根元素之下"), name,
                   x->element[x->count - 1].name);
    } else if (strlen(name) >= FT_NAME_MAX) {
        ft_err_set(r->err, FT_EINVAL,
                   SAY(r->c, "<%.64s...>: a name has at most %d bytes",
                       "<%.64s...>：名称最长 %d 字节"), name, FT_NAME_MAX - 1);
    } else if (attributes[0]) {
        ft_err_set(r->err, FT_EINVAL,
                   SAY(r->c, "<%s> has attributes: a value stands between <%s> and </%s>",
                       "<%s> 带有属性：取值须写在 <%s> 与 </%s> 之间"), name, name, name);
    } else if (x->count == FT_XML_ELEMENTS_MAX) {
        ft_err_set(r->err, FT_ELIMIT,
                   SAY(r->c, "more than %d elements", "元素超过 %d 个"), FT_XML_ELEMENTS_MAX);
    } else {
        struct ft_xml_element *e = &x->element[x->count++];
        *e = (struct ft_xml_element){.line = line_of(r)};
        memcpy(e->name, name, strlen(name) + 1);
        return;
    }
    stop(r, line_of(r));
}

static bool is_space(char ch)
{
    return ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r';
}

static void on_end(void *user, const XML_Char *name)
{
    struct reading *r = user;
    (void)name;
    if (r->failed || r->depth-- != 2) /* of an empty element expat tells the end after a stop, too */
        return;
    char *value = r->x->element[r->x->count - 1].value;
    size_t n = strlen(value), from = 0;
    while (n > 0 && is_space(value[n - 1]))
        n--;
    while (from < n && is_space(value[from]))
        from++;
    memmove(value, value + from, n - from);
    value[n - from] = '\0';
}

static void on_text(void *user, const XML_Char *text, int len)
{
    struct reading *r = user;
    if (r->failed) /* what expat still had in hand when it was stopped */
        return;
    if (r->depth != 2) {
        for (int k = 0; k < len; k++)
            if (!is_space(text[k])) {
                ft_err_set(r->err, FT_EINVAL,
                           SAY(r->c, "text outside of an element", "元素之外有文字"));
                stop(r, line_of(r));
                return;
            }
        return;
    }
    struct ft_xml_element *e = &r->x->element[r->x->count - 1];
    size_t have = strlen(e->value);
    if (have + (size_t)len >= sizeof e->value) {
        ft_err_set(r->err, FT_EINVAL,
                   SAY(r->c, "%s: longer than %zu bytes", "%s：超过 %zu 字节"), e->name,
                   sizeof e->value - 1);
        stop(r, e->line);
        return;
    }
    memcpy(e->value + have, text, (size_t)len);
    e->value[have + (size_t)len] = '\0';
}

static void on_doctype(void *user, const XML_Char *name, const XML_Char *system_id,
                       const XML_Char *public_id, int has_internal)
{
    struct reading *r = user;
    (void)name, (void)system_id, (void)public_id, (void)has_internal;
    ft_err_set(r->err, FT_EINVAL,
               SAY(r->c, "a document type is not allowed", "不允许文档类型声明"));
    stop(r, line_of(r));
}

int ft_xml_read(struct ft_xml *x, const struct ft_config *c, const char *file, const char *text,
                size_t len, struct ft_err *err)
{
    x->count = 0;
    if (len > FT_XML_BYTES_MAX)
        return ft_err_set(err, FT_ELIMIT,
                          SAY(c, "%s: longer than %d bytes", "%s：超过 %d 字节"), file,
                          FT_XML_BYTES_MAX);
    struct ft_err own = {0}; /* the parser's words are needed even when the caller's are not */
    struct reading r = {.x = x, .c = c, .file = file, .err = err ? err : &own,
                        .parser = XML_ParserCreate(NULL)};
    if (!r.parser)
        return ft_err_set(err, FT_ENOMEM, SAY(c, "%s: no memory to read it", "%s：内存不足"), file);
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, on_start, on_end);
    XML_SetCharacterDataHandler(r.parser, on_text);
    XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
    int bad = 0;
    if (XML_Parse(r.parser, text, (int)len, XML_TRUE) != XML_STATUS_OK) {
        if (!r.failed)
            ft_err_set(r.err, FT_EINVAL,
                       SAY(c, "%s:%d: not well-formed XML: %s", "%s:%d：XML 格式错误：%s"), file,
                       line_of(&r), XML_ErrorString(XML_GetErrorCode(r.parser)));
        bad = -1;
    }
    XML_ParserFree(r.parser);
    return bad;
}
