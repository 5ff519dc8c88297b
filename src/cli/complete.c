/* Completion scripts for shells, from the table of commands. */
#include "cli/cli.h"

#include <string.h>

/* The lowercase words that a command's first argument can be: "list|add|delete ..." has three. */
static void print_first_words(const struct cli_command *c, const char *before)
{
    for (const char *p = c->arguments; *p >= 'a' && *p <= 'z';) {
        size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyz");
        printf("%s%.*s", before, (int)n, p);
        before = " ";
        p += n + (p[n] == '|');
    }
}

static bool has_first_words(const struct cli_command *c)
{
    return c->arguments[0] >= 'a' && c->arguments[0] <= 'z';
}

static void print_options(const struct cli_option *o)
{
    for (; o && o->name; o++)
        printf(" --%s", o->name);
}

static void print_commands(void)
{
    for (const struct cli_command *c = cli_commands; c->name; c++)
        if (c->summary)
            printf(" %s", c->name);
}

/* ---- bash ----------------------------------------------------------------------------------------- */

/* Values behind an option: "COMMAND:--NAME) ..."; command "*": any. */
static void bash_values(const char *command, const struct cli_option *o)
{
    for (; o && o->name; o++) {
        if (!o->value)
            continue;
        printf("    %s:--%s) ", command, o->name);
        if (o->words)
            printf("COMPREPLY=($(compgen -W \"%s\" -- \"$word\"));", o->words);
        else if (strcmp(o->value, "FILE") == 0 || strcmp(o->value, "DIR") == 0)
            printf("COMPREPLY=($(compgen -%c -- \"$word\"));", o->value[0] == 'D' ? 'd' : 'f');
        fputs(" return ;;\n", stdout);
    }
}

static void bash_arguments(const struct cli_command *c)
{
    printf("    %s) words=\"", c->name);
    print_first_words(c, "");
    if (strcmp(c->name, "help") == 0)
        print_commands();
    print_options(c->options);
    fputs("\" ;;\n", stdout);
}

static void complete_bash(void)
{
    fputs("_ftcli() {\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command= "
          "words= k\n"
          "    if [ \"$word\" = = ]; then word=; fi\n"
          "    if [ \"$before\" = = ]; then before=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
          "    for ((k = 1; k < COMP_CWORD; k++)); do\n"
          "        case ${COMP_WORDS[k]} in\n"
          "        ",
          stdout);
    for (const struct cli_option *o = cli_globals; o->name; o++)
        if (o->value)
            printf("%s--%s", o == cli_globals ? "" : "|", o->name);
    fputs(") ((k++)) ;;\n"
          "        -*) ;;\n"
          "        *) command=${COMP_WORDS[k]}; break ;;\n"
          "        esac\n"
          "    done\n"
          "    case $command:$before in\n",
          stdout);
    for (const struct cli_command *c = cli_commands; c->name; c++)
        bash_values(c->name, c->options);
    bash_values("*", cli_globals);
    fputs("    esac\n    case $command in\n    '') words=\"", stdout);
    print_commands();
    fputs("\" ;;\n", stdout);
    for (const struct cli_command *c = cli_commands; c->name; c++)
        if (c->summary)
            bash_arguments(c);
    fputs("    esac\n    COMPREPLY=($(compgen -W \"$words", stdout);
    print_options(cli_globals);
    fputs("\" -- \"$word\"))\n}\ncomplete -F _ftcli ftcli\n", stdout);
}

/* ---- zsh ------------------------------------------------------------------------------------------ */

/* Between single quotes; what is in `special` has a meaning there. */
static void zsh_quoted(const char *text, const char *special)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\'", stdout);
        else if (strchr(special, *text))
            putchar('\\');
        putchar(*text);
    }
}

static void zsh_options(const struct cli_option *o)
{
    for (; o && o->name; o++) {
        printf(" '--%s%s[", o->name, o->value ? "=" : "");
        zsh_quoted(o->help, ":[]\\");
        putchar(']');
        if (o->value && o->words)
            printf(":%s:(%s)", o->value, o->words);
        else if (o->value)
            printf(":%s:%s", o->value,
                   strcmp(o->value, "FILE") == 0  ? "_files"
                   : strcmp(o->value, "DIR") == 0 ? "_files -/"
                                                  : "");
        putchar('\'');
    }
}

static void complete_zsh(void)
{
    fputs("#compdef ftcli\n_ftcli() {\n    local -a commands\n    commands=(\n", stdout);
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        if (!c->summary)
            continue;
        printf("        '%s:", c->name);
        zsh_quoted(c->summary, "\\");
        fputs("'\n", stdout);
    }
    fputs("    )\n    if (( CURRENT == 2 )); then\n        _describe command commands\n        "
          "return\n    fi\n"
          "    shift words\n    (( CURRENT-- ))\n    case $words[1] in\n",
          stdout);
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        if (!c->summary)
            continue;
        printf("    %s) _arguments", c->name);
        zsh_options(c->options);
        zsh_options(cli_globals);
        if (has_first_words(c) || strcmp(c->name, "help") == 0) {
            fputs(" '1:argument:(", stdout);
            print_first_words(c, "");
            if (strcmp(c->name, "help") == 0)
                print_commands();
            fputs(")'", stdout);
        }
        fputs(" '*:argument:' ;;\n", stdout);
    }
    fputs("    esac\n}\n"
          "if [ \"$funcstack[1]\" = _ftcli ]; then _ftcli \"$@\"; else compdef _ftcli ftcli; fi\n",
          stdout);
}

int cmd_completion(struct cli *cli, const struct cli_args *args)
{
    (void)cli;
    if (strcmp(args->positional[0], "bash") == 0)
        complete_bash();
    else if (strcmp(args->positional[0], "zsh") == 0)
        complete_zsh();
    else
        return cli_usage("completion: allowed are bash and zsh");
    return CLI_EXIT_OK;
}
