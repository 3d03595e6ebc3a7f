/* Begins a build in a varied world: begin [-u] [-h NAME] [-c] [-p COUNT] [-m MARK] [-t] COMMAND...

   -u  as nobody (a user namespace that maps no one), -h on a host of another name (needs -u), -c on one processor,
   -p after so many processes, so that numbers of processes are others, -m writes a file whose time says when the build began,
   -t expects that the clock is another one.
   What can not be done is said on a line of its own (`headwater: not varied: ...`), and the build begins all the same. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void not_varied(const char *what, const char *why)
{
    printf("headwater: not varied: %s (%s)\n", what, why);
}

static void become_nobody(const char *host)
{
    if (unshare(CLONE_NEWUSER | CLONE_NEWUTS)) {
        not_varied("user", strerror(errno));
        if (host)
            not_varied("host name", strerror(errno));
        return;
    }
    if (host && sethostname(host, strlen(host)))
        not_varied("host name", strerror(errno));
    for (int capability = 0; capability < 64; capability++)
        prctl(PR_CAPBSET_DROP, capability, 0, 0, 0); /* the others are lost by exec */
}

static void use_one_processor(void)
{
    cpu_set_t mine, one;
    if (sched_getaffinity(0, sizeof mine, &mine)) {
        not_varied("number of processors", strerror(errno));
        return;
    }
    if (CPU_COUNT(&mine) < 2) {
        not_varied("number of processors", "this machine has one");
        return;
    }
    for (int number = CPU_SETSIZE - 1; number >= 0; number--) {
        if (!CPU_ISSET(number, &mine))
            continue;
        CPU_ZERO(&one);
        CPU_SET(number, &one);
        if (!sched_setaffinity(0, sizeof one, &one))
            return;
    }
    not_varied("number of processors", strerror(errno));
}

static void use_numbers_up(int count)
{
    for (; count > 0; count--) {
        pid_t child = fork();
        if (child == 0)
            _exit(0);
        if (child > 0)
            waitpid(child, NULL, 0);
    }
}

int main(int count, char **words)
{
    const char *host = NULL, *mark = NULL;
    int user = 0, processor = 0, processes = 0, clock = 0, option;

    setvbuf(stdout, NULL, _IONBF, 0);
    while ((option = getopt(count, words, "+uh:cp:m:t")) != -1) {
        switch (option) {
        case 'u': user = 1; break;
        case 'h': host = optarg; break;
        case 'c': processor = 1; break;
        case 'p': processes = atoi(optarg); break;
        case 'm': mark = optarg; break;
        case 't': clock = 1; break;
        default: return 125;
        }
    }
    if (clock) {
        struct timespec real = {0};
        syscall(SYS_clock_gettime, CLOCK_REALTIME, &real);
        if (labs((long)(time(NULL) - real.tv_sec)) < 2)
            not_varied("time", "/etc/ld.so.preload is not read here");
    }
    if (mark) {
        int file = open(mark, O_WRONLY | O_CREAT | O_TRUNC, 0444);
        if (file < 0)
            not_varied("times of files", strerror(errno));
        else
            close(file);
    }
    if (user)
        become_nobody(host);
    if (processor)
        use_one_processor();
    use_numbers_up(processes);
    execv(words[optind], words + optind);
    perror(words[optind]);
    return 126;
}
