/* Where values come from: the file, the environment, the command line, in rising order. */
#include "gateway/config/keys.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A configuration in the making. */
struct load {
    struct ft_config *c;
    struct ft_config_report *report; /* NULL: nobody wants to know where values are from */
};

static const struct key *find_exact(const char *name, size_t len)
{
    for (size_t i = 0; i < ft_config_key_count; i++)
        if (strlen(ft_config_keys[i].name) == len && memcmp(ft_config_keys[i].name, name, len) == 0)
            return &ft_config_keys[i];
    return NULL;
}

const struct key *ft_config_find(const char *name, size_t len)
{
    const struct key *k = find_exact(name, len);
    for (size_t i = 0; i < ft_config_alias_count && !k; i++) {
        const struct key_alias *a = &ft_config_aliases[i];
        if (strlen(a->alias) == len && memcmp(a->alias, name, len) == 0)
            k = find_exact(a->name, strlen(a->name));
    }
    return k;
}

__attribute__((format(printf, 2, 3))) static void note(struct load *l, const char *fmt, ...)
{
    struct ft_config_report *r = l->report;
    if (!r)
        return;
    if (r->note_count == FT_CONFIG_NOTES_MAX) {
        r->notes_lost++;
        return;
    }
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(r->note[r->note_count++], FT_CONFIG_NOTE_MAX, fmt, ap);
    va_end(ap);
}

static int apply(struct load *l, const struct key *k, const char *value,
                 const struct ft_config_origin *origin, struct ft_err *err)
{
    if (ft_config_set(l->c, k, value, err))
        return -1;
    if (l->report)
        l->report->origin[ft_config_index(k)] = *origin;
    if (k->flags & KEY_HOLLOW)
        note(l, SAY(l->c, "%s=%s: %s", "%s=%s：在此无意义（%s）"), k->name, value,
             l->c->lang == FT_LANG_EN ? k->help : k->help + strlen(HOLLOW_HELP));
    return 0;
}

/* ---- The command line ----------------------------------------------------------------------------- */

static int load_args(struct load *l, int argc, char **argv, struct ft_err *err)
{
    const struct ft_config_origin origin = {.source = FT_FROM_ARGS};
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i] + strspn(argv[i], "-");
        const char *eq = strchr(arg, '=');
        const struct key *k = ft_config_find(arg, eq ? (size_t)(eq - arg) : strlen(arg));
        if (!k || argv[i][0] != '-')
            return ft_err_set(err, FT_EINVAL,
                              SAY(l->c, "unknown parameter %.200s: -help lists them",
                                  "未知参数 %.200s：-help 列出所有参数"), argv[i]);
        if (!eq && k->type != KEY_FLAG)
            return ft_err_set(err, FT_EINVAL,
                              SAY(l->c, "%s needs a value: -%s=VALUE", "%s 需要取值：-%s=值"),
                              k->name, k->name);
        if (apply(l, k, eq ? eq + 1 : "1", &origin, err))
            return -1;
    }
    return 0;
}

/* ---- The environment ------------------------------------------------------------------------------ */

static const char *get_variable(const char *prefix, const char *name, const char *suffix,
                                char out[2 * FT_NAME_MAX])
{
    size_t n = 0;
    for (const char *part[] = {prefix, name, suffix}, **p = part; p < part + 3; p++)
        for (const char *s = *p; *s && n < 2 * FT_NAME_MAX - 1; s++)
            out[n++] = (char)(*s >= 'a' && *s <= 'z' ? *s - 'a' + 'A' : *s);
    out[n] = '\0';
    return getenv(out);
}

/* First line of the file that NAME_FILE names: how container platforms hand secrets over. */
static int read_secret(struct load *l, const char *variable, const char *path,
                       char out[FT_SECRET_MAX + 1], struct ft_err *err)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return ft_err_set(err, FT_EIO, "%s=%s: %s", variable, path, strerror(errno));
    size_t n = fread(out, 1, FT_SECRET_MAX, f);
    fclose(f);
    out[n] = '\0';
    size_t line = strcspn(out, "\r\n");
    if (n == FT_SECRET_MAX && line == n)
        return ft_err_set(err, FT_EINVAL,
                          SAY(l->c, "%s=%s: longer than %d bytes", "%s=%s：超过 %d 字节"), variable,
                          path, FT_SECRET_MAX - 1);
    out[line] = '\0';
    return 0;
}

/* 1: the variable gave the key its value; 0: it is not set, or empty. */
static int try_variable(struct load *l, const struct key *k, const char *prefix, const char *name,
                        struct ft_err *err)
{
    char variable[2 * FT_NAME_MAX], secret[FT_SECRET_MAX + 1] = "";
    const char *value = get_variable(prefix, name, "", variable);
    if ((!value || !*value) && (k->flags & KEY_SECRET)) {
        const char *path = get_variable(prefix, name, "_FILE", variable);
        if (path && *path && read_secret(l, variable, path, secret, err))
            return -1;
        value = secret;
    }
    if (!value || !*value)
        return 0;
    struct ft_config_origin origin = {.source = FT_FROM_ENV};
    snprintf(origin.variable, sizeof origin.variable, "%s", variable);
    if (apply(l, k, value, &origin, err))
        return ft_err_wrap(err, "%s", variable);
    return 1;
}

static int load_variable(struct load *l, const struct key *k, struct ft_err *err)
{
    int r = try_variable(l, k, "OPEND_", k->name, err);
    for (size_t i = 0; i < ft_config_alias_count && r == 0; i++)
        if (strcmp(ft_config_aliases[i].name, k->name) == 0)
            r = try_variable(l, k, "OPEND_", ft_config_aliases[i].alias, err);
    for (size_t i = 0; i < ft_config_variable_count && r == 0; i++)
        if (strcmp(ft_config_variables[i].name, k->name) == 0)
            r = try_variable(l, k, "", ft_config_variables[i].alias, err);
    return r < 0 ? -1 : 0;
}

static int load_environment(struct load *l, struct ft_err *err)
{
    for (size_t i = 0; i < ft_config_key_count; i++)
        if (!(ft_config_keys[i].flags & KEY_COMMAND) && load_variable(l, &ft_config_keys[i], err))
            return -1;
    return 0;
}

/* Told by -check_config only: container platforms make such names by themselves, for instance
 * OPEND_SERVICE_HOST for a Kubernetes service named opend. */
static void note_strange_variables(struct load *l)
{
    for (char **e = environ; *e; e++) {
        size_t len = strcspn(*e, "=");
        char name[FT_NAME_MAX];
        if (strncmp(*e, "OPEND_", 6) != 0 || len - 6 >= sizeof name)
            continue;
        for (size_t i = 6; i < len; i++)
            name[i - 6] = (char)((*e)[i] >= 'A' && (*e)[i] <= 'Z' ? (*e)[i] - 'A' + 'a' : (*e)[i]);
        size_t n = len - 6;
        const struct key *k = ft_config_find(name, n);
        if (!k && n > 5 && memcmp(name + n - 5, "_file", 5) == 0) {
            k = ft_config_find(name, n - 5);
            k = k && (k->flags & KEY_SECRET) ? k : NULL;
        }
        if (!k || (k->flags & KEY_COMMAND))
            note(l, SAY(l->c, "environment variable %.*s names no key that it could set",
                        "环境变量 %.*s 没有对应的配置项"), (int)len, *e);
    }
}

/* ---- The file ------------------------------------------------------------------------------------- */

/* 1: read into `text` (FT_XML_BYTES_MAX + 1 bytes), 0: there is no such file, -1: another fault. */
static int read_file(struct load *l, const char *path, char *text, size_t *len, struct stat *st,
                     struct ft_err *err)
{
    FILE *f = fopen(path, "rbe");
    if (!f && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (!f || fstat(fileno(f), st)) {
        if (f)
            fclose(f);
        return ft_err_set(err, FT_EIO, "%s: %s", path, strerror(errno));
    }
    *len = fread(text, 1, FT_XML_BYTES_MAX + 1, f);
    int bad = ferror(f) ? errno : 0;
    fclose(f);
    if (bad)
        return ft_err_set(err, FT_EIO, "%s: %s", path, strerror(bad));
    if (*len > FT_XML_BYTES_MAX)
        return ft_err_set(err, FT_ELIMIT,
                          SAY(l->c, "%s: longer than %d bytes", "%s：超过 %d 字节"), path,
                          FT_XML_BYTES_MAX);
    return 1;
}

static bool program_dir(char *out, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", out, size - 1);
    if (n <= 0)
        return false;
    out[n] = '\0';
    char *slash = strrchr(out, '/');
    if (slash)
        *slash = '\0';
    return slash != NULL;
}

/* The file that `early` names, or the first of the usual ones that is there (platform.md 2.1: beside
 * the program, under either name; and in data_dir, where a user without rights there can have one). */
static int find_file(struct load *l, const struct ft_config *early, char *text, size_t *len,
                     char path[FT_PATH_MAX], struct stat *st, struct ft_err *err)
{
    static const char *const names[] = {"OpenD.xml", "FutuOpenD.xml"};
    char dir[FT_PATH_MAX];
    if (early->cfg_file[0]) {
        snprintf(path, FT_PATH_MAX, "%s", early->cfg_file);
        int r = read_file(l, path, text, len, st, err);
        if (r < 0)
            return ft_err_wrap(err, "cfg_file");
        return r ? 1 : ft_err_set(err, FT_ENOTFOUND,
                                  SAY(l->c, "cfg_file=%s: no such file", "cfg_file=%s：文件不存在"),
                                  path);
    }
    for (int where = 0; where < 2; where++) {
        if (where == 0 && !program_dir(dir, sizeof dir))
            continue;
        if (where == 1)
            snprintf(dir, sizeof dir, "%s", early->data_dir);
        for (int k = 0; k < 2; k++) {
            if (snprintf(path, FT_PATH_MAX, "%s/%s", dir, names[k]) >= FT_PATH_MAX)
                continue;
            int r = read_file(l, path, text, len, st, err);
            if (r)
                return r;
        }
    }
    return 0;
}

static int apply_element(struct load *l, const char *file, const struct ft_xml *x, size_t at,
                         struct ft_err *err)
{
    const struct ft_xml_element *e = &x->element[at];
    const struct key *k = ft_config_find(e->name, strlen(e->name));
    if (!k) {
        note(l, SAY(l->c, "%s:%d: unknown key %s is left alone", "%s:%d：未知配置项 %s 已忽略"), file,
             e->line, e->name);
        return 0;
    }
    for (size_t i = 0; i < at; i++)
        if (ft_config_find(x->element[i].name, strlen(x->element[i].name)) == k) {
            ft_err_set(err, FT_EINVAL,
                       SAY(l->c, "%s is given twice, the first time in line %d",
                           "%s 重复设置，首次在第 %d 行"), k->name, x->element[i].line);
            return ft_err_wrap(err, "%s:%d", file, e->line);
        }
    if (k->flags & (KEY_COMMAND | KEY_NO_FILE)) {
        ft_err_set(err, FT_EINVAL,
                   SAY(l->c, "%s belongs on the command line, not into a file",
                       "%s 只能在命令行使用，不能写入配置文件"), k->name);
        return ft_err_wrap(err, "%s:%d", file, e->line);
    }
    if (!e->value[0]) /* as the vendor's settings page: empty is not set */
        return 0;
    const struct ft_config_origin origin = {.source = FT_FROM_FILE, .line = e->line};
    return apply(l, k, e->value, &origin, err) ? ft_err_wrap(err, "%s:%d", file, e->line) : 0;
}

static void note_open_secrets(struct load *l, const char *file, const struct ft_xml *x,
                              const struct stat *st)
{
    for (size_t i = 0; i < x->count && (st->st_mode & 077); i++) {
        const struct ft_xml_element *e = &x->element[i];
        const struct key *k = ft_config_find(e->name, strlen(e->name));
        if (!k || !(k->flags & KEY_SECRET) || !e->value[0])
            continue;
        note(l, SAY(l->c, "%s: holds %s, and others than its owner may read it: chmod 600",
                    "%s：含有 %s，且其他用户可读：请执行 chmod 600"), file, k->name);
        return;
    }
}

static int load_xml(struct load *l, const char *file, const char *text, size_t len,
                    const struct stat *st, struct ft_err *err)
{
    struct ft_xml *x = malloc(sizeof *x);
    if (!x)
        return ft_err_set(err, FT_ENOMEM, SAY(l->c, "%s: no memory to read it", "%s：内存不足"), file);
    int bad = ft_xml_read(x, l->c, file, text, len, err);
    for (size_t i = 0; i < x->count && !bad; i++)
        bad = apply_element(l, file, x, i, err);
    if (!bad)
        note_open_secrets(l, file, x, st);
    free(x);
    return bad;
}

static int load_file(struct load *l, const struct ft_config *early, struct ft_err *err)
{
    char path[FT_PATH_MAX], *text = malloc(FT_XML_BYTES_MAX + 1);
    if (!text)
        return ft_err_set(err, FT_ENOMEM, "no memory to start");
    struct stat st;
    size_t len = 0;
    int r = find_file(l, early, text, &len, path, &st, err);
    if (r > 0) {
        snprintf(l->report->file, sizeof l->report->file, "%s", path);
        r = load_xml(l, path, text, len, &st, err);
    }
    free(text);
    return r;
}

/* ---- All of them ---------------------------------------------------------------------------------- */

/* A password in clear text that is nearer to the command line than its MD5 form wins; otherwise the
 * MD5 form does (platform.md 2.3). */
static void order_passwords(struct load *l)
{
    struct {
        const char *clear, *md5;
        char *md5_field;
    } pairs[] = {{"login_pwd", "login_pwd_md5", l->c->login_pwd_md5},
                 {"trade_password", "trade_password_md5", l->c->trade_password_md5}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct ft_config_origin *clear, *md5;
        clear = &l->report->origin[ft_config_index(find_exact(pairs[i].clear, strlen(pairs[i].clear)))];
        md5 = &l->report->origin[ft_config_index(find_exact(pairs[i].md5, strlen(pairs[i].md5)))];
        if (clear->source <= md5->source || !pairs[i].md5_field[0])
            continue;
        pairs[i].md5_field[0] = '\0';
        *md5 = *clear;
    }
}

/* The language of the messages about everything else: wrong values of it are told later. */
static void learn_lang(struct ft_config *c, int argc, char **argv)
{
    const struct key *k = find_exact("lang", 4);
    struct load l = {.c = c};
    (void)load_variable(&l, k, NULL); /* load_environment tells */
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], "-lang=", 6) == 0)
            ft_config_set(c, k, argv[i] + 6, NULL);
}

int ft_config_parse_args(struct ft_config *c, int argc, char **argv, struct ft_err *err)
{
    struct load l = {.c = c};
    return load_args(&l, argc, argv, err) || ft_config_check(c, err) ? -1 : 0;
}

int ft_config_load(struct ft_config *c, struct ft_config_report *report, int argc, char **argv,
                   struct ft_err *err)
{
    *report = (struct ft_config_report){0};
    ft_config_defaults(c);
    learn_lang(c, argc, argv);
    struct ft_config early = *c; /* tells where the file is */
    struct load first = {.c = &early}, l = {.c = c, .report = report};
    for (int i = 1; i < argc && !early.help; i++)
        early.help = strcmp(argv[i], "-help") == 0 || strcmp(argv[i], "--help") == 0;
    if (early.help) { /* whatever else is wrong */
        c->help = true;
        return 0;
    }
    if (load_environment(&first, err) || load_args(&first, argc, argv, err))
        return -1;
    if (load_file(&l, &early, err) || load_environment(&l, err) || load_args(&l, argc, argv, err))
        return -1;
    order_passwords(&l);
    if (c->check_config)
        note_strange_variables(&l);
    return ft_config_check(c, err);
}
