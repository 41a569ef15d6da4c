/* tools/distrosim/main.c -- the command: a table of subcommands, from which the help is printed
 * too.
 *
 * The locale is never set, so numbers look the same wherever the command runs. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/nearest.h"
#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/cli/interrupt.h"
#include "tools/distrosim/command/command.h"

static const Command *const commands[] = {
    &command_run,     &command_sweep,    &command_replay,  &command_shrink,
    &command_check,   &command_list,     &command_explain, &command_trace,
    &command_compare, &command_report,   &command_plot,    &command_bench,
    &command_merge,   &command_profiles, &command_advise,  &command_help,
};

/* --- help --------------------------------------------------------------------------------- */

static void print_commands(FILE *out)
{
    fputs("distrosim runs Nacos' Distro protocol in a simulated world and says whether\n"
          "the claims of a scenario hold. A run is a scenario and a seed, and repeatable.\n\n",
          out);
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        const Command *command = commands[i];
        g_autofree char *usage = g_strdup_printf("%s %s", command->name, command->operands);
        fprintf(out, "  %-24s %s\n", usage, command->about);
    }
    fputs("\ndistrosim help COMMAND lists a command's options; --version prints the version.\n\n"
          "Exit status: 0 all held, 1 unsafe, 2 did not converge, 3 proved nothing,\n"
          "4 not deterministic, 64 usage, 65 the scenario is wrong, 66 no such file,\n"
          "70 internal error, 74 cannot write.\n",
          out);
}

static void print_command(const Command *command, FILE *out)
{
    fprintf(out, "distrosim %s%s%s%s\n\n  %s\n", command->name,
            *command->operands != '\0' ? " " : "", command->operands,
            command->options != 0 ? " [options]" : "", command->about);
    if (command->more != NULL) {
        fprintf(out, "\n%s", command->more);
    }
    g_autofree char *options = arguments_help(command->options);
    if (*options != '\0') {
        fprintf(out, "\n%s", options);
    }
}

static const Command *find_command(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (strcmp(commands[i]->name, name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}

static ExitStatus no_such_command(const char *name)
{
    const char *names[G_N_ELEMENTS(commands)];
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        names[i] = commands[i]->name;
    }
    complain("there is no command '%s'; did you mean 'distrosim %s'?", name,
             sim_nearest_name(name, names, G_N_ELEMENTS(names)));
    return STATUS_USAGE;
}

static ExitStatus run_help(const Arguments *arguments)
{
    if (arguments->operands->len == 0) {
        print_commands(stdout);
        return STATUS_HELD;
    }
    const char *name = g_ptr_array_index(arguments->operands, 0);
    const Command *command = find_command(name);
    if (command == NULL) {
        return no_such_command(name);
    }
    print_command(command, stdout);
    return STATUS_HELD;
}

const Command command_help = {
    .name = "help",
    .operands = "[COMMAND]",
    .about = "explain a command and its options",
    .high = 1,
    .run = run_help,
};

/* --- dispatch ----------------------------------------------------------------------------- */

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
        print_command(command, stdout);
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
        print_commands(stderr);
        return STATUS_USAGE;
    }
    if (g_str_equal(first, "--version")) {
        puts("distrosim " DISTROSIM_VERSION);
        return STATUS_HELD;
    }
    if (g_str_equal(first, "--help") || g_str_equal(first, "-h")) {
        print_commands(stdout);
        return STATUS_HELD;
    }
    if (*first == '-') {
        complain("a command comes before '%s', such as distrosim run; distrosim --help lists them",
                 first);
        return STATUS_USAGE;
    }
    const Command *command = find_command(first);
    return command != NULL ? run_subcommand(command, words + 1) : no_such_command(first);
}

int main(int argc, char **argv)
{
    signal(SIGABRT, on_abort);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is a write that fails, like a full disk */
    interrupt_watch();
    return (int)flush_output(run_words(argc > 0 ? argv + 1 : argv));
}
