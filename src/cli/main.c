/* ftcli: the command line on top of libftapi. */
#include "cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

int main(int argc, char **argv)
{
    struct cli cli;
    struct cli_args args;
    int code;
    signal(SIGPIPE, SIG_DFL); /* `ftcli ... | head` ends quietly */
    const struct cli_command *command = cli_parse(&cli, argc, argv, &args, &code);
    if (command)
        code = command->run(&cli, &args);
    cli_disconnect(&cli);
    if (fflush(stdout) || ferror(stdout)) {
        fprintf(stderr, "ftcli: standard output: %s\n", strerror(errno));
        return CLI_EXIT_FAILED;
    }
    return code;
}
