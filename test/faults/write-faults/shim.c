/* Makes one system call that changes files fail, counted from the first: for LD_PRELOAD, on Linux with glibc.
 *
 *   WEFT_FAULT_DIR     only files below this folder
 *   WEFT_FAULT_MODE    eio: the call fails once. enospc: half of a write is written, then nothing more is, ever.
 *                      short: half of a write is written and said so, as the system may do.
 *   WEFT_FAULT_AT      number of the call, from 1; 0 only counts
 *   WEFT_FAULT_REPORT  gets "<calls> <fired> <call> <path>", when the fault is met, when the next one is set, and at the end
 *
 * To open /weft-fault/<mode>/<at> sets the next fault and begins to count anew, so that one process can meet many.
 *
 * LevelDB writes through stdio, whose own system calls cannot be replaced from outside: its streams are made of cookies
 * here, so that each flush of a buffer is one call that is counted.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long calls, fired, full;
/* The call that met the fault. */
static char met[4200] = "none -";
static const char *folder, *mode;
static long at;

static void setup(void) {
  if (folder) return;
  folder = getenv("WEFT_FAULT_DIR");
  if (!folder) folder = "/nowhere-at-all";
  mode = getenv("WEFT_FAULT_MODE");
  if (!mode) mode = "eio";
  at = getenv("WEFT_FAULT_AT") ? atol(getenv("WEFT_FAULT_AT")) : 0;
}

static void report(void) {
  const char *path = getenv("WEFT_FAULT_REPORT");
  char text[4300];
  if (!path) return;
  int length = snprintf(text, sizeof text, "%ld %ld %s\n", calls, fired, met);
  int fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (fd < 0) return;
  if (syscall(SYS_write, fd, text, length) < 0) { /* nothing to be done */ }
  syscall(SYS_close, fd);
}

__attribute__((destructor)) static void at_end(void) { report(); }

static int is_ours(const char *path) {
  setup();
  /* LOG is LevelDB's diary, which it never reads and whose loss it does not notice; LOG.old is the one before. */
  const char *name = strrchr(path, '/');
  if (name && (!strcmp(name, "/LOG") || !strcmp(name, "/LOG.old"))) return 0;
  return !strncmp(path, folder, strlen(folder));
}

/* Path of an open file, empty where it has none. The text is the thread's own, until its next call. */
static const char *path_of(int fd) {
  static __thread char path[4096];
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  path[length < 0 ? 0 : length] = 0;
  return path;
}

static int is_our_fd(int fd) { return is_ours(path_of(fd)); }

/* What becomes of this call: 0 goes on, 1 fails, 2 only half of it. Sets errno. */
static int decide(const char *call, const char *path, int is_write, int needs_room) {
  int verdict = 0;
  pthread_mutex_lock(&lock);
  calls++;
  if (full && needs_room) {
    errno = ENOSPC;
    verdict = 1;
  } else if (at && calls == at) {
    fired = 1;
    snprintf(met, sizeof met, "%s %s", call, path);
    if (!strcmp(mode, "eio")) {
      errno = EIO;
      verdict = 1;
    } else if (!strcmp(mode, "enospc")) {
      full = 1;
      errno = ENOSPC;
      verdict = is_write ? 2 : needs_room ? 1 : 0;
    } else if (is_write) verdict = 2;
    report();
  }
  pthread_mutex_unlock(&lock);
  return verdict;
}

/* One write as the system would do it; offset -1: where the file stands. */
static ssize_t one_write(int fd, const void *bytes, size_t size, off_t offset) {
  int verdict = decide("write", path_of(fd), 1, 1);
  if (verdict == 1) return -1;
  size_t part = verdict == 2 ? size / 2 : size;
  if (verdict == 2 && part == 0) part = size; /* a write of one byte is whole or not there */
  return offset < 0 ? syscall(SYS_write, fd, bytes, part) : syscall(SYS_pwrite64, fd, bytes, part, offset);
}

/* ---- streams of LevelDB ---- */

#define STREAMS 4096
static struct { FILE *stream; int fd; } streams[STREAMS];

static ssize_t stream_write(void *cookie, const char *bytes, size_t size) {
  int fd = (int)(long)cookie;
  size_t done = 0;
  /* stdio goes on after a short write, and so does this. */
  while (done < size) {
    ssize_t written = one_write(fd, bytes + done, size - done, -1);
    if (written < 0) return done;
    done += written;
  }
  return done;
}

static int stream_close(void *cookie) { return syscall(SYS_close, (int)(long)cookie); }

FILE *fopen64(const char *path, const char *how) {
  FILE *(*real)(const char *, const char *) = dlsym(RTLD_NEXT, "fopen64");
  if ((how[0] != 'w' && how[0] != 'a') || !is_ours(path)) return real(path, how);
  if (decide("open", path, 0, 1)) return NULL;
  int flags = O_WRONLY | O_CREAT | (how[0] == 'w' ? O_TRUNC : O_APPEND);
  int fd = syscall(SYS_openat, AT_FDCWD, path, flags, 0644);
  if (fd < 0) return NULL;
  cookie_io_functions_t functions = {.write = stream_write, .close = stream_close};
  FILE *stream = fopencookie((void *)(long)fd, how, functions);
  pthread_mutex_lock(&lock);
  for (int i = 0; i < STREAMS; i++)
    if (!streams[i].stream) {
      streams[i].stream = stream;
      streams[i].fd = fd;
      break;
    }
  pthread_mutex_unlock(&lock);
  return stream;
}
FILE *fopen(const char *path, const char *how) { return fopen64(path, how); }

int fileno(FILE *stream) {
  int (*real)(FILE *) = dlsym(RTLD_NEXT, "fileno");
  int fd = -1;
  pthread_mutex_lock(&lock);
  for (int i = 0; i < STREAMS; i++)
    if (streams[i].stream == stream) fd = streams[i].fd;
  pthread_mutex_unlock(&lock);
  return fd < 0 ? real(stream) : fd;
}

int fclose(FILE *stream) {
  int (*real)(FILE *) = dlsym(RTLD_NEXT, "fclose");
  pthread_mutex_lock(&lock);
  for (int i = 0; i < STREAMS; i++)
    if (streams[i].stream == stream) streams[i].stream = NULL;
  pthread_mutex_unlock(&lock);
  return real(stream);
}

/* ---- calls on descriptors and paths ---- */

ssize_t write(int fd, const void *bytes, size_t size) {
  if (fd <= 2 || !is_our_fd(fd)) return syscall(SYS_write, fd, bytes, size);
  return one_write(fd, bytes, size, -1);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset) {
  if (!is_our_fd(fd)) return syscall(SYS_pwrite64, fd, bytes, size, offset);
  return one_write(fd, bytes, size, offset);
}
ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset) { return pwrite64(fd, bytes, size, offset); }

int fdatasync(int fd) {
  if (is_our_fd(fd) && decide("sync", path_of(fd), 0, 1)) return -1;
  return syscall(SYS_fdatasync, fd);
}

int fsync(int fd) {
  if (is_our_fd(fd) && decide("sync", path_of(fd), 0, 1)) return -1;
  return syscall(SYS_fsync, fd);
}

static void set_next(const char *words) {
  static char name[16];
  report();
  pthread_mutex_lock(&lock);
  const char *slash = strchr(words, '/');
  snprintf(name, sizeof name, "%.*s", (int)(slash - words), words);
  mode = name;
  at = atol(slash + 1);
  calls = fired = full = 0;
  strcpy(met, "none -");
  pthread_mutex_unlock(&lock);
}

static int opened(int folder_fd, const char *path, int flags, unsigned permissions) {
  if (!strncmp(path, "/weft-fault/", 12) && strchr(path + 12, '/')) {
    setup();
    set_next(path + 12);
    errno = ENOENT;
    return -1;
  }
  if ((flags & O_CREAT) && is_ours(path) && decide("open", path, 0, 1)) return -1;
  return syscall(SYS_openat, folder_fd, path, flags, permissions);
}

#define PERMISSIONS(last)            \
  unsigned permissions = 0;          \
  if (flags & O_CREAT) {             \
    va_list rest;                    \
    va_start(rest, last);            \
    permissions = va_arg(rest, int); \
    va_end(rest);                    \
  }

int open64(const char *path, int flags, ...) {
  PERMISSIONS(flags)
  return opened(AT_FDCWD, path, flags, permissions);
}
int open(const char *path, int flags, ...) {
  PERMISSIONS(flags)
  return opened(AT_FDCWD, path, flags, permissions);
}

int rename(const char *from, const char *to) {
  if (is_ours(to) && decide("rename", to, 0, 1)) return -1;
  return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path) {
  if (is_ours(path) && decide("unlink", path, 0, 0)) return -1;
  return syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}
