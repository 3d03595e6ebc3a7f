/* Another clock for programs that use the C library (loaded by /etc/ld.so.preload). Static programs see the machine's. */

#include "clock.h"
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/time.h>

static int is_wall(clockid_t clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int code = syscall(SYS_clock_gettime, clock, now);
    if (!code && is_wall(clock))
        *now = ours(*now);
    return code;
}

time_t time(time_t *now)
{
    time_t found = ours(real_now(CLOCK_REALTIME)).tv_sec;
    if (now)
        *now = found;
    return found;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec found = ours(real_now(CLOCK_REALTIME));
    (void)zone;
    now->tv_sec = found.tv_sec;
    now->tv_usec = found.tv_nsec / 1000;
    return 0;
}

int timespec_get(struct timespec *now, int base)
{
    if (base != TIME_UTC)
        return 0;
    *now = ours(real_now(CLOCK_REALTIME));
    return base;
}

/* who waits until a moment of this clock waits until that of the machine's */

static const struct timespec *machines(const struct timespec *until, struct timespec *changed)
{
    if (!until || !is_near(until->tv_sec))
        return until;
    *changed = *until;
    changed->tv_sec = back(until->tv_sec);
    return changed;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int pthread_cond_timedwait(pthread_cond_t *restrict one, pthread_mutex_t *restrict lock, const struct timespec *restrict until)
{
    struct timespec changed;
    return NEXT(pthread_cond_timedwait)(one, lock, machines(until, &changed));
}

int pthread_mutex_timedlock(pthread_mutex_t *restrict lock, const struct timespec *restrict until)
{
    struct timespec changed;
    return NEXT(pthread_mutex_timedlock)(lock, machines(until, &changed));
}

int sem_timedwait(sem_t *restrict one, const struct timespec *restrict until)
{
    struct timespec changed;
    return NEXT(sem_timedwait)(one, machines(until, &changed));
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *until, struct timespec *left)
{
    struct timespec changed;
    return NEXT(clock_nanosleep)(clock, flags, flags & TIMER_ABSTIME ? machines(until, &changed) : until, left);
}
