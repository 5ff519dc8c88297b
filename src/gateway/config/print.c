/* What -help and -check_config print. */
#include "gateway/config/keys.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void print_aliases(FILE *out, const struct key *k)
{
    for (size_t i = 0; i < ft_config_alias_count; i++)
        if (strcmp(ft_config_aliases[i].name, k->name) == 0)
            fprintf(out, "; also: %s", ft_config_aliases[i].alias);
}

void ft_config_print_help(FILE *out)
{
    struct ft_config c;
    ft_config_defaults(&c);
    fputs("opend: an open OpenD with simulated markets\n\n"
          "usage: opend [-key=value ...]\n\n"
          "A value is taken from the command line, else from the environment (OPEND_<KEY>), else from\n"
          "the configuration file, else it is the default. docs/configuration.md tells more.\n\n", out);
    for (size_t i = 0; i < ft_config_key_count; i++) {
        const struct key *k = &ft_config_keys[i];
        fprintf(out, "  -%-27s %s", k->name, k->help);
        print_aliases(out, k);
        if (k->flags & KEY_COMMAND) {
            fputc('\n', out);
            continue;
        }
        bool none = (k->type == KEY_TEXT || k->type == KEY_MD5) && !*((const char *)&c + k->offset);
        fputs(" (default ", out);
        if (none)
            fputs("none", out);
        else if (k->flags & KEY_SECRET) /* a default is no secret */
            fputs((const char *)&c + k->offset, out);
        else
            ft_config_print_value(out, &c, k);
        fputs(")\n", out);
    }
    fputs("\nEnvironment variables of container images that are understood besides OPEND_<KEY> (of a\n"
          "password also with _FILE behind the name, for a file that holds it):\n\n", out);
    for (size_t i = 0; i < ft_config_variable_count; i++)
        fprintf(out, "  %-34s %s\n", ft_config_variables[i].alias, ft_config_variables[i].name);
}

static void print_origin(FILE *out, const struct ft_config_report *r, size_t i)
{
    const struct ft_config_origin *o = &r->origin[i];
    switch (o->source) {
    case FT_FROM_DEFAULT: fputs("default", out); break;
    case FT_FROM_FILE: fprintf(out, "file, line %d", o->line); break;
    case FT_FROM_ENV: fprintf(out, "environment, %s", o->variable); break;
    case FT_FROM_ARGS: fputs("command line", out); break;
    }
}

void ft_config_print_effective(FILE *out, const struct ft_config *c,
                               const struct ft_config_report *r)
{
    fprintf(out, "# configuration file: %s\n", r->file[0] ? r->file : "none");
    for (size_t i = 0; i < ft_config_key_count; i++) {
        const struct key *k = &ft_config_keys[i];
        if (k->flags & KEY_COMMAND)
            continue;
        fprintf(out, "%s=", k->name);
        ft_config_print_value(out, c, k);
        fputs("\t# ", out);
        print_origin(out, r, i);
        fputc('\n', out);
    }
}

int ft_config_check_files(const struct ft_config *c, struct ft_err *err)
{
    for (size_t i = 0; i < ft_config_key_count; i++) {
        const struct key *k = &ft_config_keys[i];
        const char *path = (const char *)c + k->offset;
        struct stat st;
        if (!(k->flags & KEY_FILE) || !*path)
            continue;
        if (stat(path, &st) || access(path, R_OK))
            return ft_err_set(err, FT_EIO, "%s=%s: %s", k->name, path, strerror(errno));
        if (!S_ISREG(st.st_mode))
            return ft_err_set(err, FT_EINVAL,
                              SAY(c, "%s=%s: it must name a file itself", "%s=%s：须为文件本身"),
                              k->name, path);
    }
    return 0;
}
