/* A clock that is not the machine's: what clock.c and times.c share. */

#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NEAR (365L * 86400) /* seconds: a moment of this clock, not one of the machine's, or of one that counts from boot */

static inline struct timespec real_now(clockid_t clock)
{
    struct timespec now = {0};
    syscall(SYS_clock_gettime, clock, &now);
    return now;
}

/* AHEAD seconds from a moment of the machine's clock, or, with STILL, for ever that moment */
static inline struct timespec ours(struct timespec real)
{
#ifdef STILL
    real.tv_sec = STILL;
    real.tv_nsec = 0;
#else
    real.tv_sec += AHEAD;
#endif
    return real;
}

static inline int is_near(time_t moment)
{
    time_t now = ours(real_now(CLOCK_REALTIME)).tv_sec;
    return moment >= now - NEAR && moment <= now + NEAR;
}

/* the machine's moment for one of this clock */
static inline time_t back(time_t moment)
{
    struct timespec real = real_now(CLOCK_REALTIME);
    return moment - ours(real).tv_sec + real.tv_sec;
}
