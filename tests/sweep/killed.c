/* tests/sweep/killed.c -- a command that is killed while it writes its first file. */
#include <signal.h>

int __wrap_fsync(int file);

int __wrap_fsync(int file)
{
    (void)file;
    return raise(SIGKILL);
}
