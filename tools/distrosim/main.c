/* tools/distrosim/main.c -- the command: finds the subcommand, takes its words apart, calls it.
 *
 * The locale is never set, so numbers look the same wherever the command runs. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/cli/interrupt.h"
#include "tools/distrosim/cli/version.h"
#include "tools/distrosim/command/table.h"
#include "tools/distrosim/manual/manual.h"

/* About @command, or about all of them if it is NULL. */
static void print_help(const Command *command, FILE *out)
{
    size_t count = 0;
    const Command *const *commands = commands_all(&count);
    g_autoptr(GString) page = manual_page(MANUAL_TEXT, commands, count, command);
    fputs(page->str, out);
}

static bool operands_fit(const Command *command, const Arguments *arguments)
{
    unsigned count = arguments->operands->len;
    if (count < command->low) {
        complain("%s needs %s: distrosim %s %s", command->name, command->operands, command->name,
                 command->operands);
        return false;
    }
    if (count > command->high) {
        complain("%s takes %s, so '%s' is one word too many", command->name,
                 command->high == 0 ? "no words" : command->operands,
                 (const char *)g_ptr_array_index(arguments->operands, command->high));
        return false;
    }
    return true;
}

static ExitStatus run_subcommand(const Command *command, char *const *words)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Arguments) arguments =
        arguments_parse(command->name, command->options, words, &error);
    if (arguments == NULL) {
        complain("%s", error->message);
        return STATUS_USAGE;
    }
    if (arguments->help) {
        print_help(command, stdout);
        return STATUS_HELD;
    }
    if (!operands_fit(command, arguments)) {
        return STATUS_USAGE;
    }
    return command->run(arguments);
}

/* An assertion that failed has printed what it saw; this says whose fault that is. */
static void on_abort(int signal_number)
{
    static const char text[] =
        "distrosim: this is an error in distrosim itself; nothing of "
        "this run was written. Please report the lines above with the command\n";
    (void)signal_number;
    ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    (void)written;
    _exit(STATUS_INTERNAL);
}

/* Standard output may be a full disk or a closed pipe, and says so only when it is flushed. */
static ExitStatus flush_output(ExitStatus status)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) {
        return status;
    }
    complain("cannot write to standard output");
    return status_worse(status, STATUS_CANNOT_WRITE);
}

static ExitStatus run_words(char *const *words)
{
    const char *first = words[0];
    if (first == NULL) {
        print_help(NULL, stderr);
        return STATUS_USAGE;
    }
    if (g_str_equal(first, "--version")) {
        printf("distrosim %s\n", distrosim_version);
        return STATUS_HELD;
    }
    if (g_str_equal(first, "--help") || g_str_equal(first, "-h")) {
        print_help(NULL, stdout);
        return STATUS_HELD;
    }
    if (*first == '-') {
        complain("a command comes before '%s', such as distrosim run; distrosim --help lists them",
                 first);
        return STATUS_USAGE;
    }
    const Command *command = command_find(first);
    return command != NULL ? run_subcommand(command, words + 1) : STATUS_USAGE;
}

int main(int argc, char **argv)
{
    signal(SIGABRT, on_abort);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is a write that fails, like a full disk */
    interrupt_watch();
    return (int)flush_output(run_words(argc > 0 ? argv + 1 : argv));
}
