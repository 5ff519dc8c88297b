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

static const struct cli_option *find_option(const struct cli_option *list, const char *name,
                                            size_t len)
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

/* "0", of a file or the environment, takes back what a place before has set. */
static void set_form(struct cli *cli, enum cli_form form, const char *value)
{
    if (strcmp(value, "0") != 0)
        cli->form = form;
    else if (cli->form == form)
        cli->form = CLI_HUMAN;
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
        set_form(cli, CLI_JSON, value);
    } else if (strcmp(o->name, "csv") == 0) {
        set_form(cli, CLI_CSV, value);
    } else if (strcmp(o->name, "color") == 0) {
        cli->colour = strcasecmp(value, "always") == 0 ||
                      (strcasecmp(value, "auto") == 0 && cli_wants_colour(stdout));
    } else if (strcmp(o->name, "yes") == 0) {
        cli->yes = true;
    }
    return true;
}

/* ---- File and environment ------------------------------------------------------------------------- */

/* Keys that may stand there: what describes a connection and an output, no questions skipped. */
static bool may_be_kept(const struct cli_option *o)
{
    return strcmp(o->name, "help") != 0 && strcmp(o->name, "version") != 0 &&
           strcmp(o->name, "yes") != 0;
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
            cli_usage(
                "%s: a line is KEY=VALUE, with one of host, port, key, timeout, json, csv, color",
                where);
            return false;
        }
        value += 1 + strspn(value + 1, " \t");
        for (size_t n = strlen(value); n && strchr(" \t\r", value[n - 1]); n--)
            value[n - 1] = '\0';
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
    const char *given = getenv("FTCLI_CONFIG"), *base = getenv("XDG_CONFIG_HOME"),
               *home = getenv("HOME");
    int n = given ? snprintf(path, sizeof path, "%s", given)
            : base && *base
                ? snprintf(path, sizeof path, "%s/ftcli/config", base)
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
        if (!value || (!o->value && !*value))
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

/* What reading the command line has come to. */
struct line {
    struct cli *cli;
    struct cli_args *args;
    const struct cli_command *command; /* NULL: not named yet */
    int argc, at;                      /* the word under way */
    char **argv;
    bool help, version;
};

/* "--name=value", "--name value" or "--name"; l->at is moved on. False after a printed error. */
static bool take_option(struct line *l)
{
    const struct cli_command *command = l->command;
    const char *given = l->argv[l->at], *word = given + 2, *eq = strchr(word, '=');
    size_t len = eq ? (size_t)(eq - word) : strlen(word);
    const struct cli_option *own = command ? find_option(command->options, word, len) : NULL;
    const struct cli_option *o = own ? own : find_option(cli_globals, word, len);
    if (!o) {
        cli_usage("%s: unknown option; ftcli help%s%s lists them", given, command ? " " : "",
                  command ? command->name : "");
        return false;
    }
    const char *value = eq                    ? eq + 1
                        : !o->value           ? ""
                        : l->at + 1 < l->argc ? l->argv[++l->at]
                                              : NULL;
    if (!value || (eq && !o->value)) {
        cli_usage("--%s %s", o->name, o->value ? "needs a value" : "takes no value");
        return false;
    }
    l->help |= strcmp(o->name, "help") == 0;
    l->version |= strcmp(o->name, "version") == 0;
    char where[64];
    snprintf(where, sizeof where, "--%s", o->name);
    if (!own)
        return set_global(l->cli, o, value, where);
    if (!word_allowed(o, value)) {
        cli_usage("--%s=%s: allowed are %s", o->name, value, o->words);
        return false;
    }
    if (l->args->options == CLI_OPTIONS_MAX) {
        cli_usage("more than %d options", CLI_OPTIONS_MAX);
        return false;
    }
    l->args->given[l->args->options].option = o;
    l->args->given[l->args->options++].value = value;
    return true;
}

static bool number_of(const char *word)
{
    return word[0] == '-' && (word[1] == '.' || (word[1] >= '0' && word[1] <= '9'));
}

/* A word that is no option: the command, or one of its arguments. False likewise. */
static bool take_word(struct line *l)
{
    const char *word = l->argv[l->at];
    if (!l->command) {
        l->command = find_command(word);
        if (!l->command)
            cli_usage("%s is no command; ftcli help lists them", word);
        return l->command != NULL;
    }
    if (l->args->count == CLI_POSITIONALS_MAX) {
        cli_usage("more than %d arguments", CLI_POSITIONALS_MAX);
        return false;
    }
    l->args->positional[l->args->count++] = word;
    return true;
}

static bool read_line(struct line *l)
{
    bool words_only = false;
    for (l->at = 1; l->at < l->argc; l->at++) {
        const char *word = l->argv[l->at];
        if (words_only) {
            if (!take_word(l))
                return false;
        } else if (strcmp(word, "--") == 0) {
            words_only = true;
        } else if (word[0] == '-' && word[1] && word[1] != '-' && !number_of(word)) {
            cli_usage("%s: options begin with two dashes", word);
            return false;
        } else if (strncmp(word, "--", 2) == 0 ? !take_option(l) : !take_word(l)) {
            return false;
        }
    }
    return true;
}

/* --version and --help are served here. */
static int serve_help(struct line *l)
{
    if (l->version) {
        printf("ftcli %s\n", FTAPI_VERSION);
        return CLI_EXIT_OK;
    }
    l->args->count = l->command ? 1 : 0;
    l->args->positional[0] = l->command ? l->command->name : NULL;
    return cmd_help(l->cli, l->args);
}

const struct cli_command *cli_parse(struct cli *cli, int argc, char **argv, struct cli_args *args,
                                    int *code)
{
    *cli = (struct cli){.host = "127.0.0.1",
                        .port = 11111,
                        .timeout_ms = 12000,
                        .colour = cli_wants_colour(stdout),
                        .terminal = cli_is_terminal(stdout)};
    *args = (struct cli_args){0};
    *code = CLI_EXIT_USAGE;
    struct line l = {.cli = cli, .args = args, .argc = argc, .argv = argv};
    if (!read_file(cli) || !read_environment(cli) || !read_line(&l))
        return NULL;
    if (l.version || l.help) {
        *code = serve_help(&l);
        return NULL;
    }
    if (!l.command)
        cli_usage("usage: ftcli [options] COMMAND ...; ftcli help lists the commands");
    else if (args->count < l.command->least || args->count > l.command->most)
        cli_usage("usage: ftcli %s %s", l.command->name, l.command->arguments);
    else
        *code = CLI_EXIT_OK;
    return *code == CLI_EXIT_OK ? l.command : NULL;
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
