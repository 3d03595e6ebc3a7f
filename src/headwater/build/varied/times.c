/* Times of files by another clock. Those that were written since the build began (BEGAN is a file of that moment) have times of
   that clock, too; those that were given an earlier time keep it. */

#include "clock.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <utime.h>

static time_t began;

__attribute__((constructor)) static void look_up_begin(void)
{
    struct stat mark;
    if (!syscall(SYS_newfstatat, AT_FDCWD, BEGAN, &mark, 0))
        began = mark.st_mtim.tv_sec;
}


static void tell(struct timespec *moment)
{
    if (began && moment->tv_sec >= began)
        *moment = ours(*moment);
}

static int tell_all(int code, struct stat *found)
{
    if (!code) {
        tell(&found->st_atim);
        tell(&found->st_mtim);
        tell(&found->st_ctim);
    }
    return code;
}

static struct timespec *take(const struct timespec given[2], struct timespec taken[2])
{
    if (!given)
        return NULL;
    for (int which = 0; which < 2; which++) {
        taken[which] = given[which];
        if (given[which].tv_nsec != UTIME_NOW && given[which].tv_nsec != UTIME_OMIT && is_near(given[which].tv_sec))
            taken[which].tv_sec = back(given[which].tv_sec);
    }
    return taken;
}

static int set(int folder, const char *path, const struct timespec given[2], int flags)
{
    struct timespec taken[2];
    return syscall(SYS_utimensat, folder, path, take(given, taken), flags);
}

static int set_old(int folder, const char *path, const struct timeval given[2], int flags)
{
    struct timespec wanted[2];
    for (int which = 0; given && which < 2; which++) {
        wanted[which].tv_sec = given[which].tv_sec;
        wanted[which].tv_nsec = given[which].tv_usec * 1000;
    }
    return set(folder, path, given ? wanted : NULL, flags);
}

/* on machines of 64 bits both structures are one */
#define STAT(name, structure) \
    int name(const char *restrict path, struct structure *restrict found) \
    { return tell_all(syscall(SYS_newfstatat, AT_FDCWD, path, found, 0), (void *)found); }
#define LSTAT(name, structure) \
    int name(const char *restrict path, struct structure *restrict found) \
    { return tell_all(syscall(SYS_newfstatat, AT_FDCWD, path, found, AT_SYMLINK_NOFOLLOW), (void *)found); }
#define FSTAT(name, structure) \
    int name(int file, struct structure *found) { return tell_all(syscall(SYS_fstat, file, found), (void *)found); }
#define FSTATAT(name, structure) \
    int name(int folder, const char *restrict path, struct structure *restrict found, int flags) \
    { return tell_all(syscall(SYS_newfstatat, folder, path, found, flags), (void *)found); }
STAT(stat, stat)
STAT(stat64, stat64)
LSTAT(lstat, stat)
LSTAT(lstat64, stat64)
FSTAT(fstat, stat)
FSTAT(fstat64, stat64)
FSTATAT(fstatat, stat)
FSTATAT(fstatat64, stat64)

static void tell_x(struct statx_timestamp *moment)
{
    struct timespec plain = {moment->tv_sec, moment->tv_nsec};
    tell(&plain);
    moment->tv_sec = plain.tv_sec;
    moment->tv_nsec = plain.tv_nsec;
}

int statx(int folder, const char *restrict path, int flags, unsigned int mask, struct statx *restrict found)
{
    int code = syscall(SYS_statx, folder, path, flags, mask, found);
    if (!code) {
        tell_x(&found->stx_atime);
        tell_x(&found->stx_btime);
        tell_x(&found->stx_ctime);
        tell_x(&found->stx_mtime);
    }
    return code;
}

int utimensat(int folder, const char *path, const struct timespec given[2], int flags) { return set(folder, path, given, flags); }
int futimens(int file, const struct timespec given[2]) { return set(file, NULL, given, 0); }
int utimes(const char *path, const struct timeval given[2]) { return set_old(AT_FDCWD, path, given, 0); }
int lutimes(const char *path, const struct timeval given[2]) { return set_old(AT_FDCWD, path, given, AT_SYMLINK_NOFOLLOW); }
int futimes(int file, const struct timeval given[2]) { return set_old(file, NULL, given, 0); }
int futimesat(int folder, const char *path, const struct timeval given[2]) { return set_old(folder, path, given, 0); }

int utime(const char *path, const struct utimbuf *given)
{
    struct timespec wanted[2] = {{0}};
    if (given) {
        wanted[0].tv_sec = given->actime;
        wanted[1].tv_sec = given->modtime;
    }
    return set(AT_FDCWD, path, given ? wanted : NULL, 0);
}
