// Stands between a process and its files: numbers every operation that changes a file below the given
// folders, records it with its bytes, and can end the process, or fail an operation, at a number.
//
// It is loaded with LD_PRELOAD and told what to do by the environment:
//   LETHE_SHIM_ROOTS   folders to watch, absolute and without links, separated by ':'
//   LETHE_SHIM_LOG     file that receives one record per operation (layout: struct record)
//   LETHE_SHIM_KILL    N: SIGKILL instead of operation N
//   LETHE_SHIM_HALF    1: with KILL, do the first half of the write first
//   LETHE_SHIM_FAULT   KIND:N or KIND:N+ (N and every later one), with KIND one of
//                      enospc eio eacces emfile eintr short readeio
//
// Three things are counted apart: operations that change something, openings of a file, and reads.
// EMFILE and EACCES count openings, readeio counts reads, the others count operations. One mutex is
// held over an operation and its record, so that the order of records is the order on disk.
//
// Not seen: writes through stdio's own buffers and through writable mappings. SQLite's -shm is such a
// mapping; it is rebuilt after a crash and left out. The driver proves that nothing else escapes: it
// rebuilds the folder from the records alone and compares it with the real one.

#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind {
    OP_OPEN = 1,    // not an operation: gives `handle` a meaning
    OP_CREATE,      // a new empty file
    OP_TRUNCATE,    // to `offset` bytes
    OP_WRITE,       // `data` at `offset`
    OP_SYNC,        // result 0: handle is durable
    OP_RENAME,
    OP_UNLINK,
    OP_LINK,
    OP_MKDIR,
    OP_RMDIR,
    OP_SYMLINK,
    OP_MAPPED,      // a writable shared mapping was made: its writes are not seen
    OP_PRINT,       // standard output
    OP_CHMOD,
};

// Little-endian, followed by path, second path and data.
struct record {
    uint32_t magic;
    uint32_t kind;
    uint64_t number;   // 0 where it is no operation
    uint64_t handle;
    int64_t offset;
    int64_t result;    // -errno if it failed
    uint32_t fault;    // 1: failed or shortened by the shim
    uint32_t pathLength;
    uint32_t otherLength;
    uint32_t dataLength;
};

enum { MAGIC = 0x4c455448, DESCRIPTORS = 1024, ROOTS = 8 };

struct opened {
    int tracked;
    int append;
    uint64_t handle;
    char *path;
};

static pthread_mutex_t mutex = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static struct opened table[DESCRIPTORS];
static char *roots[ROOTS];
static int rootCount;
static int logFile = -1;
static uint64_t operations, openings, reads, handles;
static uint64_t killAt;
static int killHalf;
static char faultKind[16];
static uint64_t faultAt;
static int faultStays;
static int ready;

#define REAL(result, name, ...)                                    \
    static result (*real_##name)(__VA_ARGS__);                     \
    if (!real_##name) real_##name = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

#define LOCK() pthread_mutex_lock(&mutex)
#define UNLOCK() pthread_mutex_unlock(&mutex)

__attribute__((constructor)) static void start(void) {
    const char *value = getenv("LETHE_SHIM_ROOTS");
    if (!value) return;
    char *copy = strdup(value), *rest = NULL;
    for (char *part = strtok_r(copy, ":", &rest); part && rootCount < ROOTS;
         part = strtok_r(NULL, ":", &rest))
        roots[rootCount++] = part;
    if ((value = getenv("LETHE_SHIM_LOG"))) {
        int fd = (int)syscall(SYS_openat, AT_FDCWD, value, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (fd >= 0) {
            logFile = (int)syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 900);
            syscall(SYS_close, fd);
        }
    }
    if ((value = getenv("LETHE_SHIM_KILL"))) killAt = strtoull(value, NULL, 10);
    if ((value = getenv("LETHE_SHIM_HALF"))) killHalf = *value == '1';
    if ((value = getenv("LETHE_SHIM_FAULT"))) {
        const char *colon = strchr(value, ':');
        if (colon && (size_t)(colon - value) < sizeof faultKind) {
            memcpy(faultKind, value, (size_t)(colon - value));
            char *end;
            faultAt = strtoull(colon + 1, &end, 10);
            faultStays = *end == '+';
        }
    }
    ready = 1;
}

static int watched(const char *path) {
    for (int i = 0; i < rootCount; i++) {
        size_t length = strlen(roots[i]);
        if (!strncmp(path, roots[i], length) && (path[length] == '/' || !path[length])) {
            size_t size = strlen(path);
            return !(size > 4 && !strcmp(path + size - 4, "-shm"));
        }
    }
    return 0;
}

// Absolute, without . and .. ; links are not followed, the driver's folders have none.
static int absolute(int folder, const char *path, char *out) {
    char joined[PATH_MAX * 2];
    if (!path) return 0;
    if (*path == '/') {
        snprintf(joined, sizeof joined, "%s", path);
    } else {
        char base[PATH_MAX], place[64];
        if (folder == AT_FDCWD) snprintf(place, sizeof place, "/proc/self/cwd");
        else snprintf(place, sizeof place, "/proc/self/fd/%d", folder);
        ssize_t size = syscall(SYS_readlink, place, base, sizeof base - 1);
        if (size < 0) return 0;
        base[size] = 0;
        snprintf(joined, sizeof joined, "%s/%s", base, path);
    }
    size_t end = 0;
    char *rest = NULL;
    for (char *part = strtok_r(joined, "/", &rest); part; part = strtok_r(NULL, "/", &rest)) {
        if (!strcmp(part, ".")) continue;
        if (!strcmp(part, "..")) {
            while (end && out[--end] != '/') {}
            continue;
        }
        size_t length = strlen(part);
        if (end + length + 2 > PATH_MAX) return 0;
        out[end++] = '/';
        memcpy(out + end, part, length);
        end += length;
    }
    if (!end) out[end++] = '/';
    out[end] = 0;
    return 1;
}

static void note(
    enum kind kind, uint64_t number, uint64_t handle, int64_t offset, int64_t result, int fault,
    const char *path, const char *other, const void *data, size_t length) {
    if (logFile < 0) return;
    struct record record = {
        MAGIC, kind, number, handle, offset, result, (uint32_t)fault,
        path ? (uint32_t)strlen(path) : 0, other ? (uint32_t)strlen(other) : 0, (uint32_t)length,
    };
    struct iovec parts[4] = {
        {&record, sizeof record}, {(void *)path, record.pathLength},
        {(void *)other, record.otherLength}, {(void *)data, length},
    };
    syscall(SYS_writev, logFile, parts, 4);
}

static int faulty(const char *kind, uint64_t number) {
    return faultAt && !strcmp(kind, faultKind)
        && (number == faultAt || (faultStays && number > faultAt));
}

// Numbers an operation; ends the process if this is its moment.
static uint64_t next(void) {
    operations++;
    if (killAt == operations && !killHalf) syscall(SYS_kill, getpid(), SIGKILL);
    return operations;
}

static void endAfterHalf(void) { syscall(SYS_kill, getpid(), SIGKILL); }

// errno of a fault that strikes an operation which needs space or changes names; 0 for none.
static int faultOfChange(uint64_t number, int needsSpace) {
    if (needsSpace && faulty("enospc", number)) return ENOSPC;
    if (faulty("eio", number)) return EIO;
    return 0;
}

static struct opened *of(int fd) {
    return ready && fd >= 0 && fd < DESCRIPTORS && table[fd].tracked ? &table[fd] : NULL;
}

static void track(int fd, const char *path, int flags) {
    if (fd < 0 || fd >= DESCRIPTORS) return;
    table[fd].tracked = 1;
    table[fd].append = (flags & O_APPEND) != 0;
    table[fd].handle = ++handles;
    free(table[fd].path);
    table[fd].path = strdup(path);
    note(OP_OPEN, 0, handles, 0, 0, 0, path, NULL, NULL, 0);
}

static void forget(int fd) {
    if (fd >= 0 && fd < DESCRIPTORS) table[fd].tracked = 0;
}

// MARK: Opening

static int openAny(int folder, const char *path, int flags, mode_t mode) {
    char full[PATH_MAX];
    if (!ready || (flags & O_TMPFILE) == O_TMPFILE || !absolute(folder, path, full) || !watched(full)) {
        int fd = (int)syscall(SYS_openat, folder, path, flags, mode);
        if (fd >= 0 && ready) {
            LOCK();
            forget(fd);
            UNLOCK();
        }
        return fd;
    }
    LOCK();
    struct stat status;
    int exists = syscall(SYS_newfstatat, AT_FDCWD, full, &status, 0) == 0;
    openings++;
    int error = faulty("emfile", openings) ? EMFILE
        : faulty("eacces", openings) ? EACCES : 0;
    uint64_t number = 0;
    if (!error && !exists && (flags & O_CREAT)) {
        number = next();
        error = faultOfChange(number, 1);
        if (!error && faulty("eintr", number)) error = EINTR;
        if (error) note(OP_CREATE, number, 0, 0, -error, 1, full, NULL, NULL, 0);
    } else if (!error && exists && (flags & O_TRUNC) && S_ISREG(status.st_mode) && status.st_size) {
        number = next();
        error = faultOfChange(number, 0);
    }
    int fd = -1;
    if (!error) {
        fd = (int)syscall(SYS_openat, folder, path, flags, mode);
        error = errno;
        if (fd >= 0) {
            if (!exists && (flags & O_CREAT))
                note(OP_CREATE, number, 0, 0, (int64_t)(mode & 07777), 0, full, NULL, NULL, 0);
            track(fd, full, flags);
            if (exists && number) note(OP_TRUNCATE, number, handles, 0, 0, 0, full, NULL, NULL, 0);
        }
    }
    UNLOCK();
    if (fd < 0) errno = error;
    return fd;
}

#define MODE()                                        \
    mode_t mode = 0;                                  \
    if (flags & (O_CREAT | __O_TMPFILE)) {            \
        va_list list;                                 \
        va_start(list, flags);                        \
        mode = va_arg(list, mode_t);                  \
        va_end(list);                                 \
    }

int open(const char *path, int flags, ...) { MODE(); return openAny(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) {
    MODE();
    return openAny(AT_FDCWD, path, flags | O_LARGEFILE, mode);
}
int openat(int folder, const char *path, int flags, ...) { MODE(); return openAny(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) {
    MODE();
    return openAny(folder, path, flags | O_LARGEFILE, mode);
}
int __open_2(const char *path, int flags) { return openAny(AT_FDCWD, path, flags, 0); }
int __open64_2(const char *path, int flags) { return openAny(AT_FDCWD, path, flags | O_LARGEFILE, 0); }
int __openat_2(int folder, const char *path, int flags) { return openAny(folder, path, flags, 0); }
int __openat64_2(int folder, const char *path, int flags) {
    return openAny(folder, path, flags | O_LARGEFILE, 0);
}
int creat(const char *path, mode_t mode) {
    return openAny(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}
int creat64(const char *path, mode_t mode) { return creat(path, mode); }

static int temporary(char *pattern, int suffix, int flags) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    size_t end = strlen(pattern) - (size_t)suffix;
    for (int attempt = 0; attempt < 100; attempt++) {
        uint64_t random = 0;
        syscall(SYS_getrandom, &random, sizeof random, 0);
        for (int i = 1; i <= 6; i++, random /= 36) pattern[end - (size_t)i] = letters[random % 36];
        int fd = openAny(AT_FDCWD, pattern, O_RDWR | O_CREAT | O_EXCL | flags, 0600);
        if (fd >= 0 || errno != EEXIST) return fd;
    }
    return -1;
}
int mkstemp(char *pattern) { return temporary(pattern, 0, 0); }
int mkstemp64(char *pattern) { return temporary(pattern, 0, 0); }
int mkostemp(char *pattern, int flags) { return temporary(pattern, 0, flags); }
int mkostemp64(char *pattern, int flags) { return temporary(pattern, 0, flags); }
int mkstemps(char *pattern, int suffix) { return temporary(pattern, suffix, 0); }

int close(int fd) {
    if (ready) {
        LOCK();
        forget(fd);
        UNLOCK();
    }
    if (fd >= 0 && fd == logFile) return 0;
    return (int)syscall(SYS_close, fd);
}

static int copied(int from, int to) {
    if (to >= 0 && to < DESCRIPTORS && ready) {
        LOCK();
        if (of(from)) {
            table[to].tracked = 1;
            table[to].append = table[from].append;
            table[to].handle = table[from].handle;
            free(table[to].path);
            table[to].path = strdup(table[from].path);
        } else {
            forget(to);
        }
        UNLOCK();
    }
    return to;
}
int dup(int fd) { return copied(fd, (int)syscall(SYS_dup, fd)); }
int dup2(int fd, int other) {
    REAL(int, dup2, int, int);
    return copied(fd, real_dup2(fd, other));
}
int dup3(int fd, int other, int flags) { return copied(fd, (int)syscall(SYS_dup3, fd, other, flags)); }
static int control(int fd, int command, void *argument) {
    int result = (int)syscall(SYS_fcntl, fd, command, argument);
    return command == F_DUPFD || command == F_DUPFD_CLOEXEC ? copied(fd, result) : result;
}
int fcntl(int fd, int command, ...) {
    va_list list;
    va_start(list, command);
    void *argument = va_arg(list, void *);
    va_end(list);
    return control(fd, command, argument);
}
int fcntl64(int fd, int command, ...) {
    va_list list;
    va_start(list, command);
    void *argument = va_arg(list, void *);
    va_end(list);
    return control(fd, command, argument);
}

// MARK: Writing

// The place of -1 is where the descriptor stands.
static ssize_t writeAny(int fd, const void *data, size_t size, off_t place) {
    LOCK();
    struct opened *file = of(fd);
    if (!file || !size) {
        ssize_t result = place < 0 ? syscall(SYS_write, fd, data, size)
                                   : syscall(SYS_pwrite64, fd, data, size, place);
        int error = errno;
        if (ready && fd == 1 && result > 0) note(OP_PRINT, 0, 0, 0, result, 0, NULL, NULL, data, (size_t)result);
        UNLOCK();
        errno = error;
        return result;
    }
    uint64_t number = next();
    int error = faultOfChange(number, 1);
    if (!error && faulty("eintr", number)) error = EINTR;
    if (error) {
        note(OP_WRITE, number, file->handle, place, -error, 1, file->path, NULL, NULL, 0);
        UNLOCK();
        errno = error;
        return -1;
    }
    int half = killAt == number && killHalf;
    int shortened = faulty("short", number) && size > 1;
    size_t wanted = half || shortened ? size / 2 : size;
    off_t at = place;
    if (place < 0) {
        at = file->append ? syscall(SYS_lseek, fd, 0, SEEK_END) : syscall(SYS_lseek, fd, 0, SEEK_CUR);
    }
    ssize_t result = place < 0 ? syscall(SYS_write, fd, data, wanted)
                               : syscall(SYS_pwrite64, fd, data, wanted, place);
    error = errno;
    note(
        OP_WRITE, number, file->handle, at, result < 0 ? -error : result, half || shortened,
        file->path, NULL, data, result > 0 ? (size_t)result : 0);
    if (half) endAfterHalf();
    UNLOCK();
    errno = error;
    return result;
}

ssize_t write(int fd, const void *data, size_t size) { return writeAny(fd, data, size, -1); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t place) { return writeAny(fd, data, size, place); }
ssize_t pwrite64(int fd, const void *data, size_t size, off_t place) {
    return writeAny(fd, data, size, place);
}

static ssize_t writeParts(int fd, const struct iovec *parts, int count, off_t place) {
    if (!of(fd) && fd != 1) {
        return place < 0 ? syscall(SYS_writev, fd, parts, count)
                         : syscall(SYS_pwritev, fd, parts, count, place, 0);
    }
    size_t size = 0;
    for (int i = 0; i < count; i++) size += parts[i].iov_len;
    char *joined = malloc(size ? size : 1);
    size_t end = 0;
    for (int i = 0; i < count; i++) {
        memcpy(joined + end, parts[i].iov_base, parts[i].iov_len);
        end += parts[i].iov_len;
    }
    ssize_t result = writeAny(fd, joined, size, place);
    int error = errno;
    free(joined);
    errno = error;
    return result;
}
ssize_t writev(int fd, const struct iovec *parts, int count) { return writeParts(fd, parts, count, -1); }
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t place) {
    return writeParts(fd, parts, count, place);
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t place) {
    return writeParts(fd, parts, count, place);
}

// In-kernel copies become plain ones, so that they are seen.
static ssize_t copyBytes(int from, off_t *fromPlace, int to, off_t *toPlace, size_t size) {
    static __thread char buffer[1 << 16];
    if (size > sizeof buffer) size = sizeof buffer;
    ssize_t got = fromPlace ? syscall(SYS_pread64, from, buffer, size, *fromPlace)
                            : syscall(SYS_read, from, buffer, size);
    if (got <= 0) return got;
    ssize_t put = writeAny(to, buffer, (size_t)got, toPlace ? *toPlace : -1);
    if (put > 0 && fromPlace) *fromPlace += put;
    if (put > 0 && toPlace) *toPlace += put;
    if (put < got && !fromPlace) syscall(SYS_lseek, from, (off_t)(put > 0 ? put : 0) - got, SEEK_CUR);
    return put;
}
ssize_t copy_file_range(int from, off64_t *fromPlace, int to, off64_t *toPlace, size_t size, unsigned flags) {
    if (!of(to)) return syscall(SYS_copy_file_range, from, fromPlace, to, toPlace, size, flags);
    return copyBytes(from, fromPlace, to, toPlace, size);
}
ssize_t sendfile(int to, int from, off_t *place, size_t size) {
    if (!of(to)) return syscall(SYS_sendfile, to, from, place, size);
    return copyBytes(from, place, to, NULL, size);
}
ssize_t sendfile64(int to, int from, off64_t *place, size_t size) { return sendfile(to, from, place, size); }

static int truncateAny(int fd, off_t size) {
    LOCK();
    struct opened *file = of(fd);
    if (!file) {
        UNLOCK();
        return (int)syscall(SYS_ftruncate, fd, size);
    }
    uint64_t number = next();
    struct stat status;
    int grows = fstat(fd, &status) == 0 && size > status.st_size;
    int error = faultOfChange(number, grows);
    if (!error && faulty("eintr", number)) error = EINTR;
    int result = -1;
    if (!error) {
        result = (int)syscall(SYS_ftruncate, fd, size);
        error = errno;
    }
    note(OP_TRUNCATE, number, file->handle, size, result ? -error : 0, 0, file->path, NULL, NULL, 0);
    UNLOCK();
    if (result) errno = error;
    return result;
}
int ftruncate(int fd, off_t size) { return truncateAny(fd, size); }
int ftruncate64(int fd, off64_t size) { return truncateAny(fd, size); }

static int allocate(int fd, off_t place, off_t size) {
    struct stat status;
    if (fstat(fd, &status)) return -1;
    return place + size > status.st_size ? truncateAny(fd, place + size) : 0;
}
int fallocate(int fd, int mode, off_t place, off_t size) {
    if (!of(fd)) return (int)syscall(SYS_fallocate, fd, mode, place, size);
    if (mode) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return allocate(fd, place, size);
}
int fallocate64(int fd, int mode, off64_t place, off64_t size) { return fallocate(fd, mode, place, size); }
int posix_fallocate(int fd, off_t place, off_t size) {
    if (!of(fd)) return syscall(SYS_fallocate, fd, 0, place, size) ? errno : 0;
    return allocate(fd, place, size) ? errno : 0;
}
int posix_fallocate64(int fd, off64_t place, off64_t size) { return posix_fallocate(fd, place, size); }

static int syncAny(int fd, int call) {
    LOCK();
    struct opened *file = of(fd);
    if (!file) {
        UNLOCK();
        return (int)syscall(call, fd);
    }
    uint64_t number = next();
    int error = faulty("eio", number) ? EIO : faulty("eintr", number) ? EINTR : 0;
    int fault = error != 0;
    int result = -1;
    if (!error) {
        result = (int)syscall(call, fd);
        error = errno;
    }
    note(OP_SYNC, number, file->handle, 0, result ? -error : 0, fault, file->path, NULL, NULL, 0);
    UNLOCK();
    if (result) errno = error;
    return result;
}
int fsync(int fd) { return syncAny(fd, SYS_fsync); }
int fdatasync(int fd) { return syncAny(fd, SYS_fdatasync); }

void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t place) {
    LOCK();
    struct opened *file = flags & MAP_ANONYMOUS ? NULL : of(fd);
    if (file && (flags & MAP_SHARED) && (protection & PROT_WRITE))
        note(OP_MAPPED, 0, file->handle, place, 0, 0, file->path, NULL, NULL, 0);
    UNLOCK();
    return (void *)syscall(SYS_mmap, address, size, protection, flags, fd, place);
}
void *mmap64(void *address, size_t size, int protection, int flags, int fd, off64_t place) {
    return mmap(address, size, protection, flags, fd, place);
}

// MARK: Names

// Does what `act` does to one or two names as one numbered operation.
#define NAMED(kind, folder, name, otherFolder, otherName, needsSpace, offset, act)          \
    char full[PATH_MAX], other[PATH_MAX];                                                   \
    const char *second = otherName;                                                         \
    int seen = ready && absolute(folder, name, full);                                       \
    int otherSeen = ready && second && absolute(otherFolder, second, other);                \
    if (!(seen && watched(full)) && !(otherSeen && watched(other))) return (int)(act);      \
    LOCK();                                                                                 \
    uint64_t number = next();                                                               \
    int error = faultOfChange(number, needsSpace);                                          \
    if (!error && faulty("eaccesname", number)) error = EACCES;                             \
    int fault = error != 0, result = -1;                                                    \
    if (!error) {                                                                           \
        result = (int)(act);                                                                \
        error = errno;                                                                      \
    }                                                                                       \
    note(kind, number, 0, offset, result ? -error : 0, fault, seen ? full : NULL,           \
        otherSeen ? other : NULL, NULL, 0);                                                 \
    UNLOCK();                                                                               \
    if (result) errno = error;                                                              \
    return result

int renameat2(int folder, const char *name, int otherFolder, const char *otherName, unsigned flags) {
    NAMED(OP_RENAME, folder, name, otherFolder, otherName, 1, flags,
        syscall(SYS_renameat2, folder, name, otherFolder, otherName, flags));
}
int renameat(int folder, const char *name, int otherFolder, const char *otherName) {
    return renameat2(folder, name, otherFolder, otherName, 0);
}
int rename(const char *name, const char *otherName) {
    return renameat2(AT_FDCWD, name, AT_FDCWD, otherName, 0);
}
int linkat(int folder, const char *name, int otherFolder, const char *otherName, int flags) {
    NAMED(OP_LINK, folder, name, otherFolder, otherName, 1, flags,
        syscall(SYS_linkat, folder, name, otherFolder, otherName, flags));
}
int link(const char *name, const char *otherName) {
    return linkat(AT_FDCWD, name, AT_FDCWD, otherName, 0);
}
int symlinkat(const char *target, int folder, const char *name) {
    NAMED(OP_SYMLINK, folder, name, AT_FDCWD, (const char *)NULL, 1, 0,
        syscall(SYS_symlinkat, target, folder, name));
}
int symlink(const char *target, const char *name) { return symlinkat(target, AT_FDCWD, name); }
static int removeName(int folder, const char *name, int flags) {
    NAMED(flags & AT_REMOVEDIR ? OP_RMDIR : OP_UNLINK, folder, name, AT_FDCWD, (const char *)NULL, 0, 0,
        syscall(SYS_unlinkat, folder, name, flags));
}
int unlinkat(int folder, const char *name, int flags) { return removeName(folder, name, flags); }
int unlink(const char *name) { return removeName(AT_FDCWD, name, 0); }
int rmdir(const char *name) { return removeName(AT_FDCWD, name, AT_REMOVEDIR); }
int remove(const char *name) {
    struct stat status;
    int isFolder = lstat(name, &status) == 0 && S_ISDIR(status.st_mode);
    return removeName(AT_FDCWD, name, isFolder ? AT_REMOVEDIR : 0);
}
int mkdirat(int folder, const char *name, mode_t mode) {
    struct stat status;
    // Asking for a folder that is there changes nothing.
    if (syscall(SYS_newfstatat, folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        return -1;
    }
    NAMED(OP_MKDIR, folder, name, AT_FDCWD, (const char *)NULL, 1, mode,
        syscall(SYS_mkdirat, folder, name, mode));
}
int mkdir(const char *name, mode_t mode) { return mkdirat(AT_FDCWD, name, mode); }

// MARK: Reading

static int readFails(int fd) {
    if (!of(fd)) return 0;
    LOCK();
    int fails = faulty("readeio", ++reads);
    UNLOCK();
    return fails;
}
ssize_t read(int fd, void *data, size_t size) {
    if (readFails(fd)) {
        errno = EIO;
        return -1;
    }
    return syscall(SYS_read, fd, data, size);
}
ssize_t pread(int fd, void *data, size_t size, off_t place) {
    if (readFails(fd)) {
        errno = EIO;
        return -1;
    }
    return syscall(SYS_pread64, fd, data, size, place);
}
ssize_t pread64(int fd, void *data, size_t size, off64_t place) { return pread(fd, data, size, place); }

// How many there were, for the driver: openings and reads are not recorded one by one.
__attribute__((destructor)) static void finish(void) {
    if (ready) note(OP_PRINT, 0, openings, (int64_t)reads, -1, 0, NULL, NULL, NULL, 0);
}
