/* Directories listed the other way round for programs that use the C library (loaded by /etc/ld.so.preload): readdir(3) gives
   what the file system lists last first. Static programs, and what the C library itself reads (glob, nftw), see it as it is. */

#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

struct listing {
    DIR *stream;
    struct dirent **entries;
    size_t count, at;
    struct listing *next;
};

static struct listing *listings;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct listing *find(DIR *stream)
{
    struct listing *one = listings;
    while (one && one->stream != stream)
        one = one->next;
    return one;
}

static void forget(DIR *stream)
{
    struct listing **place = &listings, *one;
    while (*place && (*place)->stream != stream)
        place = &(*place)->next;
    if (!(one = *place))
        return;
    *place = one->next;
    while (one->count)
        free(one->entries[--one->count]);
    free(one->entries);
    free(one);
}

/* all that is left in a stream; what is out of memory is listed as it is */
static struct listing *read_all(DIR *stream)
{
    __typeof__(&readdir) next = NEXT(readdir);
    struct listing *one = calloc(1, sizeof *one);
    struct dirent *entry;
    if (!one)
        return NULL;
    while ((entry = next(stream))) {
        struct dirent *copy = calloc(1, sizeof *copy > entry->d_reclen ? sizeof *copy : entry->d_reclen);
        struct dirent **more = realloc(one->entries, (one->count + 1) * sizeof *more);
        if (more)
            one->entries = more;
        if (!more || !copy)
            abort();
        memcpy(copy, entry, entry->d_reclen);
        one->entries[one->count++] = copy;
    }
    one->stream = stream;
    one->next = listings;
    return listings = one;
}

struct dirent *readdir(DIR *stream)
{
    int before = errno;
    struct dirent *found = NULL;
    pthread_mutex_lock(&lock);
    struct listing *one = find(stream);
    if (!one)
        one = read_all(stream);
    if (one && one->at < one->count)
        found = one->entries[one->count - ++one->at];
    pthread_mutex_unlock(&lock);
    errno = before;
    return found;
}

struct dirent64 *readdir64(DIR *stream)
{
    return (struct dirent64 *)readdir(stream);
}

void rewinddir(DIR *stream)
{
    pthread_mutex_lock(&lock);
    forget(stream);
    pthread_mutex_unlock(&lock);
    NEXT(rewinddir)(stream);
}

long telldir(DIR *stream)
{
    pthread_mutex_lock(&lock);
    struct listing *one = find(stream);
    long at = one ? (long)one->at : 0;
    pthread_mutex_unlock(&lock);
    return at;
}

void seekdir(DIR *stream, long at)
{
    pthread_mutex_lock(&lock);
    struct listing *one = find(stream);
    if (!one)
        one = read_all(stream);
    if (one && at >= 0 && (size_t)at <= one->count)
        one->at = (size_t)at;
    pthread_mutex_unlock(&lock);
}

int closedir(DIR *stream)
{
    pthread_mutex_lock(&lock);
    forget(stream);
    pthread_mutex_unlock(&lock);
    return NEXT(closedir)(stream);
}
