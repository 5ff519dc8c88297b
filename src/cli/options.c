/* Where the options come from: the command line, the environment, a file, in this order. */
#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct cli_option cli_globals[] = {
    {"host", "ADDRESS", "gateway's address (127.0.0.1)", NULL},
    {"port", "N", "its port (11111)", NULL},
    {"key", "FILE", "RSA key that the gateway has: the connection is encrypted", NULL},
    {"timeout", "SECONDS", "of a call (12)", NULL},
    {"json", NULL, "print JSON", NULL},
    {"csv", NULL, "print CSV", NULL},
    {"color", "WHEN", "auto, always or never", "auto always never"},
    {"yes", NULL, "ask nothing", NULL},
    {"help", NULL, "of the command", NULL},
    {"version", NULL, "print the version", NULL},
    {NULL, NULL, NULL, NULL},
};

enum { FILE_MAX = 64 * 1024, PATH_LEN_MAX = 4096 };

static const struct cli_option *find_option(const struct cli_option *list, const char *name, size_t len)
{
    for (; list && list->name; list++)
        if (strlen(list->name) == len && memcmp(list->name, name, len) == 0)
            return list;
    return NULL;
}

static bool word_allowed(const struct cli_option *o, const char *value)
{
    size_t n = strlen(value);
    for (const char *w = o->words; w && *w; w += strspn(w, " ")) {
        size_t len = strcspn(w, " ");
        if (len == n && strncasecmp(w, value, n) == 0)
            return true;
        w += len;
    }
    return !o->words;
}

static bool whole(const char *text, int64_t min, int64_t max, int64_t *out)
{
    char *end;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    if (errno || end == text || *end || v < min || v > max)
        return false;
    *out = v;
    return true;
}

/* One global option from `where` ("--port", "FTCLI_PORT", "file:3"). False after a printed error. */
static bool set_global(struct cli *cli, const struct cli_option *o, const char *value,
                       const char *where)
{
    int64_t n;
    double seconds;
    if (!word_allowed(o, value)) {
        cli_usage("%s: %s=%s: allowed are %s", where, o->name, value, o->words);
        return false;
    }
    if (strcmp(o->name, "host") == 0) {
        cli->host = value;
    } else if (strcmp(o->name, "port") == 0) {
        if (!whole(value, 1, 65535, &n)) {
            cli_usage("%s: port=%s: allowed are 1 to 65535", where, value);
            return false;
        }
        cli->port = (uint16_t)n;
    } else if (strcmp(o->name, "key") == 0) {
        cli->key = *value ? value : NULL;
    } else if (strcmp(o->name, "timeout") == 0) {
        if (!cli_double(value, where, &seconds))
            return false;
        if (seconds < 0.001 || seconds > 86400) {
            cli_usage("%s: timeout=%s: allowed are 0.001 to 86400 seconds", where, value);
            return false;
        }
        cli->timeout_ms = (uint32_t)(seconds * 1000);
    } else if (strcmp(o->name, "json") == 0) {
        cli->form = CLI_JSON;
    } else if (strcmp(o->name, "csv") == 0) {
        cli->form = CLI_CSV;
    } else if (strcmp(o->name, "color") == 0) {
        cli->colour = strcmp(value, "always") == 0 ||
                      (strcmp(value, "auto") == 0 && cli_wants_colour(stdout));
    } else if (strcmp(o->name, "yes") == 0) {
        cli->yes = true;
    }
    return true;
}

/* ---- File and environment ------------------------------------------------------------------------- */

/* Keys that may stand there: what describes a connection and an output, no questions skipped. */
static bool may_be_kept(const struct cli_option *o)
{
    return strcmp(o->name, "help") != 0 && strcmp(o->name, "version") != 0 && strcmp(o->name, "yes") != 0;
}

static bool read_lines(struct cli *cli, const char *path, char *text)
{
    char where[PATH_LEN_MAX + 16];
    int number = 0;
    for (char *line = text, *next; line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        snprintf(where, sizeof where, "%s:%d", path, ++number);
        line += strspn(line, " \t");
        if (!*line || *line == '#' || *line == '\r')
            continue;
        size_t len = strcspn(line, "= \t\r");
        const struct cli_option *o = find_option(cli_globals, line, len);
        char *value = line + len + strspn(line + len, " \t");
        if (!o || !may_be_kept(o) || *value != '=') {
            cli_usage("%s: a line is KEY=VALUE, with one of host, port, key, timeout, json, csv, color", where);
            return false;
        }
        value += 1 + strspn(value + 1, " \t");
        for (size_t n = strlen(value); n && strchr(" \t\r", value[n - 1]); n--)
            value[n - 1] = '\0';
        if (!o->value && strcmp(value, "0") == 0)
            continue; /* a flag that is off */
        if (!set_global(cli, o, value, where))
            return false;
    }
    return true;
}

/* The file's text stays for the life of the program: options point into it. */
static bool read_file(struct cli *cli)
{
    static char text[FILE_MAX];
    char path[PATH_LEN_MAX];
    const char *given = getenv("FTCLI_CONFIG"), *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    int n = given          ? snprintf(path, sizeof path, "%s", given)
            : base && *base ? snprintf(path, sizeof path, "%s/ftcli/config", base)
                            : snprintf(path, sizeof path, "%s/.config/ftcli/config", home ? home : "");
    FILE *in = n > 0 && n < (int)sizeof path ? fopen(path, "r") : NULL;
    if (!in) {
        if (given && *given)
            cli_usage("FTCLI_CONFIG=%s: %s", given, strerror(errno));
        return !given || !*given;
    }
    size_t len = fread(text, 1, sizeof text - 1, in);
    bool good = !ferror(in) && feof(in);
    fclose(in);
    if (!good || memchr(text, '\0', len)) {
        cli_usage("%s: not a text of less than %d bytes", path, FILE_MAX);
        return false;
    }
    text[len] = '\0';
    return read_lines(cli, path, text);
}

static bool read_environment(struct cli *cli)
{
    for (const struct cli_option *o = cli_globals; o->name; o++) {
        char name[32] = "FTCLI_";
        for (size_t k = 0; o->name[k]; k++)
            name[6 + k] = (char)(o->name[k] - 'a' + 'A');
        const char *value = may_be_kept(o) ? getenv(name) : NULL;
        if (!value || (!o->value && (!*value || strcmp(value, "0") == 0)))
            continue;
        if (!set_global(cli, o, value, name))
            return false;
    }
    return true;
}

/* ---- Command line ------------------------------------------------------------------------------- */

static const struct cli_command *find_command(const char *name)
{
    for (const struct cli_command *c = cli_commands; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

/* "--name=value", "--name value" or "--name"; *at is moved on. False after a printed error. */
static bool take_option(struct cli *cli, const struct cli_command *command, int argc, char **argv,
                        int *at, struct cli_args *args, bool *help, bool *version)
{
    const char *word = argv[*at] + 2, *eq = strchr(word, '=');
    size_t len = eq ? (size_t)(eq - word) : strlen(word);
    const struct cli_option *own = command ? find_option(command->options, word, len) : NULL;
    const struct cli_option *o = own ? own : find_option(cli_globals, word, len);
    if (!o) {
        cli_usage("%s: unknown option; ftcli help%s%s lists them", argv[*at], command ? " " : "",
                  command ? command->name : "");
        return false;
    }
    const char *value = eq ? eq + 1 : o->value && *at + 1 < argc ? argv[++*at] : o->value ? NULL : "";
    if (!value || (eq && !o->value)) {
        cli_usage("--%s %s", o->name, o->value ? "needs a value" : "takes no value");
        return false;
    }
    *help |= strcmp(o->name, "help") == 0;
    *version |= strcmp(o->name, "version") == 0;
    char where[64];
    snprintf(where, sizeof where, "--%s", o->name);
    if (!own)
        return set_global(cli, o, value, where);
    if (!word_allowed(o, value)) {
        cli_usage("--%s=%s: allowed are %s", o->name, value, o->words);
        return false;
    }
    if (args->options == CLI_OPTIONS_MAX) {
        cli_usage("too many options");
        return false;
    }
    args->given[args->options].option = o;
    args->given[args->options++].value = value;
    return true;
}

static bool number_of(const char *word)
{
    return word[0] == '-' && (word[1] == '.' || (word[1] >= '0' && word[1] <= '9'));
}

const struct cli_command *cli_parse(struct cli *cli, int argc, char **argv, struct cli_args *args,
                                    int *code)
{
    *cli = (struct cli){.host = "127.0.0.1", .port = 11111, .timeout_ms = 12000,
                        .colour = cli_wants_colour(stdout)};
    *args = (struct cli_args){0};
    *code = CLI_EXIT_USAGE;
    if (!read_file(cli) || !read_environment(cli))
        return NULL;
    const struct cli_command *command = NULL;
    bool help = false, version = false, words_only = false;
    for (int k = 1; k < argc; k++) {
        if (!words_only && strcmp(argv[k], "--") == 0) {
            words_only = true;
        } else if (!words_only && strncmp(argv[k], "--", 2) == 0) {
            if (!take_option(cli, command, argc, argv, &k, args, &help, &version))
                return NULL;
        } else if (!words_only && argv[k][0] == '-' && argv[k][1] && !number_of(argv[k])) {
            cli_usage("%s: options begin with two dashes", argv[k]);
            return NULL;
        } else if (!command) {
            if (!(command = find_command(argv[k]))) {
                cli_usage("%s is no command; ftcli help lists them", argv[k]);
                return NULL;
            }
        } else if (args->count == CLI_POSITIONALS_MAX) {
            cli_usage("more than %d arguments", CLI_POSITIONALS_MAX);
            return NULL;
        } else {
            args->positional[args->count++] = argv[k];
        }
    }
    if (version) {
        printf("ftcli %s\n", FTAPI_VERSION);
        *code = CLI_EXIT_OK;
        return NULL;
    }
    if (!help && !command) {
        cli_usage("usage: ftcli [options] COMMAND ...; ftcli help lists the commands");
        return NULL;
    }
    if (help) {
        args->count = command ? 1 : 0;
        args->positional[0] = command ? command->name : NULL;
        *code = cmd_help(cli, args);
        return NULL;
    }
    if (args->count < command->least || args->count > command->most) {
        cli_usage("usage: ftcli %s %s", command->name, command->arguments);
        return NULL;
    }
    *code = CLI_EXIT_OK;
    return command;
}

const char *cli_arg(const struct cli_args *args, const char *name)
{
    for (size_t k = args->options; k-- > 0;) /* the last one counts */
        if (strcmp(args->given[k].option->name, name) == 0)
            return args->given[k].value;
    return NULL;
}

bool cli_int_arg(const struct cli_args *args, const char *name, int64_t min, int64_t max,
                 int64_t otherwise, int64_t *out)
{
    const char *value = cli_arg(args, name);
    *out = otherwise;
    if (!value || whole(value, min, max, out))
        return true;
    cli_usage("--%s=%s: allowed are whole numbers from %lld to %lld", name, value, (long long)min,
              (long long)max);
    return false;
}

bool cli_double(const char *text, const char *what, double *out)
{
    char *end;
    errno = 0;
    double v = strtod(text, &end);
    if (errno || end == text || *end || v != v || v > 1e15 || v < -1e15) {
        cli_usage("%s: %s is no number", what, text);
        return false;
    }
    *out = v;
    return true;
}
