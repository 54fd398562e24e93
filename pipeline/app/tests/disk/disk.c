/* A disk that forgets and fails, preloaded into the program: cc -shared -fPIC -o disk.so disk.c

   It notes what the program may rely on after the power has failed, one line each in DISK_NOTES,
   which is outside of the folder DISK_FOLDER that it watches. n counts the lines about entries.

     C n PATH        an entry for a file was made      K n PATH   for a folder
     R n OLD NEW N   renamed; what NEW was before is kept as DISK_UNDO/N
     U PATH          removed
     Z PATH          cut to nothing when it was opened
     S LENGTH PATH   a file was synced that had this length when the sync began
     D n PATH        a folder was synced after line n
     F PATH          a sync failed: the system has dropped the pages, later syncs promise nothing

   DISK_CONTROL is shared memory through which the test breaks the disk while the program runs.
   DISK_LIES names the end of paths whose syncs do nothing; "/" means folders.
   The system calls are made directly, so that nothing here allocates or is intercepted again. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct control {
    int64_t space;       /* bytes left on the disk; negative: enough */
    int32_t write_error; /* errno of every write */
    int32_t sync_error;  /* errno of every sync of a file */
    int32_t open_error;  /* errno of whatever makes or changes an entry */
    int32_t sync_millis; /* how long a sync takes */
    char only[32];       /* only files whose path has this in it */
};

static const char *folder, *undo, *lies;
static struct control *control;
static int notes = -1;
static int64_t entries;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("DISK_NOTES");
    if (!path) return;
    folder = getenv("DISK_FOLDER");
    undo = getenv("DISK_UNDO");
    lies = getenv("DISK_LIES");
    notes = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int shared = syscall(SYS_openat, AT_FDCWD, getenv("DISK_CONTROL"), O_RDWR | O_CLOEXEC);
    void *map = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, shared, 0);
    control = map == MAP_FAILED ? NULL : map;
    if (notes < 0 || !control || !folder || !undo) abort();
}

static int is_watched(const char *path) {
    size_t length = folder ? strlen(folder) : 0;
    if (!length || strncmp(path, folder, length)) return 0;
    return path[length] == '/' || !path[length];
}

/* The path of an open file, if it is one of ours. */
static int path_of(int fd, char *path) {
    char link[64];
    if (!folder) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
    path[length < 0 ? 0 : length] = 0;
    return is_watched(path);
}

static int is_broken(const char *path) { return !control->only[0] || strstr(path, control->only); }

static int64_t next(void) { return __atomic_add_fetch(&entries, 1, __ATOMIC_SEQ_CST); }

static void note(const char *form, ...) {
    char line[3 * PATH_MAX];
    int before = errno;
    va_list arguments;
    va_start(arguments, form);
    int length = vsnprintf(line, sizeof line, form, arguments);
    va_end(arguments);
    if (syscall(SYS_write, notes, line, length) != length) abort();
    errno = before;
}

static int fail(int error) {
    errno = error;
    return -1;
}

static int open_noted(int at, const char *path, int flags, mode_t mode) {
    int is_ours = is_watched(path);
    int is_new = 0;
    if (is_ours && flags & O_CREAT) {
        is_new = syscall(SYS_faccessat, AT_FDCWD, path, F_OK) != 0;
    }
    if (is_ours && control->open_error && is_broken(path) && (flags & O_ACCMODE) != O_RDONLY) {
        return fail(control->open_error);
    }
    int fd = syscall(SYS_openat, at, path, flags, mode);
    if (fd >= 0 && is_new) note("C\t%lld\t%s\n", (long long)next(), path);
    if (fd >= 0 && is_ours && !is_new && flags & O_TRUNC) note("Z\t%s\n", path);
    return fd;
}

#define OPEN(name, first, at)                                  \
    int name(first const char *path, int flags, ...) {         \
        va_list arguments;                                     \
        va_start(arguments, flags);                            \
        mode_t mode = va_arg(arguments, int);                  \
        va_end(arguments);                                     \
        return open_noted(at, path, flags, mode);              \
    }
#define NONE
#define AT int folder_fd,
OPEN(open, NONE, AT_FDCWD)
OPEN(open64, NONE, AT_FDCWD)
OPEN(openat, AT, folder_fd)
OPEN(openat64, AT, folder_fd)

/* How many of so many bytes can be written, or an error. A full disk takes what it has room for. */
static ssize_t room(int fd, size_t count) {
    char path[PATH_MAX];
    if (!control || (!control->write_error && control->space < 0)) return count;
    if (!path_of(fd, path) || !is_broken(path)) return count;
    if (control->write_error) return fail(control->write_error);
    int64_t left = __atomic_load_n(&control->space, __ATOMIC_SEQ_CST);
    if (left == 0) return fail(ENOSPC);
    ssize_t taken = (int64_t)count < left ? (ssize_t)count : left;
    __atomic_sub_fetch(&control->space, taken, __ATOMIC_SEQ_CST);
    return taken;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    ssize_t taken = count ? room(fd, count) : 0;
    return taken < 0 ? -1 : syscall(SYS_write, fd, bytes, taken);
}

static ssize_t write_at(int fd, const void *bytes, size_t count, off64_t at) {
    ssize_t taken = count ? room(fd, count) : 0;
    return taken < 0 ? -1 : syscall(SYS_pwrite64, fd, bytes, taken, at);
}

ssize_t pwrite(int fd, const void *b, size_t n, off_t at) { return write_at(fd, b, n, at); }
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t at) { return write_at(fd, b, n, at); }

ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (count > 0 && room(fd, parts[0].iov_len) < 0) return -1;
    return syscall(SYS_writev, fd, parts, count);
}

static int reserve(int fd, int mode, off64_t offset, off64_t length) {
    char path[PATH_MAX];
    if (control && control->space >= 0 && path_of(fd, path) && is_broken(path) &&
        length > control->space) {
        return fail(ENOSPC);
    }
    return syscall(SYS_fallocate, fd, mode, offset, length);
}

int fallocate(int fd, int mode, off_t o, off_t n) { return reserve(fd, mode, o, n); }
int fallocate64(int fd, int mode, off64_t o, off64_t n) { return reserve(fd, mode, o, n); }

static int sync_noted(int fd, long call) {
    char path[PATH_MAX];
    struct stat before;
    if (!path_of(fd, path) || fstat(fd, &before)) return syscall(call, fd);
    int is_folder = S_ISDIR(before.st_mode);
    size_t length = strlen(path), end = lies ? strlen(lies) : 0;
    int is_lie = lies && (!strcmp(lies, "/") ? is_folder
                          : !is_folder && length >= end && !strcmp(path + length - end, lies));
    if (is_lie) return 0;
    int64_t seen = __atomic_load_n(&entries, __ATOMIC_SEQ_CST);
    if (is_broken(path) && !is_folder) {
        if (control->sync_millis) {
            struct timespec pause = {control->sync_millis / 1000,
                                     control->sync_millis % 1000 * 1000000L};
            nanosleep(&pause, NULL);
        }
        if (control->sync_error) {
            note("F\t%s\n", path);
            return fail(control->sync_error);
        }
    }
    /* The real sync is left out: the page cache survives a kill, and the notes are the disk. */
    if (is_folder) {
        note("D\t%lld\t%s\n", (long long)seen, path);
    } else {
        note("S\t%lld\t%s\n", (long long)before.st_size, path);
    }
    return 0;
}

int fsync(int fd) { return sync_noted(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_noted(fd, SYS_fdatasync); }

int rename(const char *old, const char *new) {
    char kept[PATH_MAX];
    int is_ours = is_watched(new);
    int64_t number = 0;
    if (is_ours) {
        if (control->open_error && is_broken(new)) return fail(control->open_error);
        number = next();
        snprintf(kept, sizeof kept, "%s/%lld", undo, (long long)number);
        syscall(SYS_linkat, AT_FDCWD, new, AT_FDCWD, kept, 0);
    }
    int done = syscall(SYS_renameat, AT_FDCWD, old, AT_FDCWD, new);
    if (!done && is_ours) {
        note("R\t%lld\t%s\t%s\t%lld\n", (long long)number, old, new, (long long)number);
    }
    return done;
}

int unlink(const char *path) {
    int done = syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (!done && is_watched(path)) note("U\t%s\n", path);
    return done;
}

int link(const char *old, const char *new) {
    int done = syscall(SYS_linkat, AT_FDCWD, old, AT_FDCWD, new, 0);
    if (!done && is_watched(new)) note("C\t%lld\t%s\n", (long long)next(), new);
    return done;
}

int mkdir(const char *path, mode_t mode) {
    int is_ours = is_watched(path);
    if (is_ours && control->open_error && is_broken(path)) return fail(control->open_error);
    int done = syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    if (!done && is_ours) note("K\t%lld\t%s\n", (long long)next(), path);
    return done;
}

/* How much room there is, as the program may ask. */
int statvfs64(const char *path, struct statvfs64 *answer) {
    int (*real)(const char *, struct statvfs64 *) = dlsym(RTLD_NEXT, "statvfs64");
    int done = real(path, answer);
    if (!done && control && control->space >= 0) {
        answer->f_bavail = control->space / answer->f_frsize;
    }
    return done;
}
