/*
 * A bad disk, for one process: built as a shared library and loaded before libc (LD_PRELOAD). It concerns files under the folder BAD_DISK.
 *
 *   BAD_DISK_KEEPS=1     Writes to a SQLite file, its -wal and its -journal stay in memory until that file is synced (fsync, fdatasync);
 *                        whoever reads in this process sees them. kill -9 is then a power cut: what was not synced is gone.
 *   BAD_DISK_LEAKS=seed  Beside that, every other sector of what is kept back reaches the disk at once, in no order: a power cut may
 *                        leave half of a write behind.
 *   BAD_DISK_NAMES=file  Names of new files and folders whose folder was not synced yet, one a line. A power cut takes these names away,
 *                        whatever was synced under them; whoever simulates one removes them after the kill.
 *   BAD_DISK_FAULT=file  While this file holds a number, every write, sync, growth and creation fails with that errno.
 *
 * The shared-memory file (-shm), the lock file and sockets are left alone. Linux with glibc 2.33 or newer.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define SECTOR 512
#define MOST_FDS 4096
#define MOST_NAMES 64

/* One file that is kept back, by its inode: several descriptors see the same. */
struct kept {
  dev_t device;
  ino_t inode;
  bool loaded; /* From here on `data` is the file as this process sees it. */
  unsigned char *data;
  size_t size, room;
  size_t from, to; /* The part that differs from the disk. */
  bool size_differs;
  struct kept *next;
};

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static struct kept *all_kept;
static struct kept *kept_by_fd[MOST_FDS];
static char names[MOST_NAMES][PATH_MAX];
static uint32_t chance;

static void *real(const char *name) {
  void *found = dlsym(RTLD_NEXT, name);
  if (found == NULL) abort();
  return found;
}

#define REAL(name) ((typeof(&name))real_##name())
#define DECLARE_REAL(name)                        \
  static void *real_##name(void) {                \
    static void *found;                           \
    return found == NULL ? found = real(#name) : found; \
  }

DECLARE_REAL(open)
DECLARE_REAL(openat)
DECLARE_REAL(close)
DECLARE_REAL(read)
DECLARE_REAL(pread)
DECLARE_REAL(write)
DECLARE_REAL(pwrite)
DECLARE_REAL(writev)
DECLARE_REAL(ftruncate)
DECLARE_REAL(fstat)
DECLARE_REAL(fsync)
DECLARE_REAL(fdatasync)
DECLARE_REAL(mkdir)
DECLARE_REAL(unlink)
DECLARE_REAL(access)

static const char *setting(const char *name) {
  const char *value = getenv(name);
  return value == NULL || *value == '\0' ? NULL : value;
}

static bool ends_with(const char *text, const char *end) {
  size_t length = strlen(text), tail = strlen(end);
  return length >= tail && strcmp(text + length - tail, end) == 0;
}

static bool is_on_the_disk(const char *path) {
  const char *folder = setting("BAD_DISK");
  if (folder == NULL || strncmp(path, folder, strlen(folder)) != 0) return false;
  return !ends_with(path, "-shm") && !ends_with(path, ".lock") && !ends_with(path, ".admin");
}

static bool is_kept_back(const char *path) {
  if (setting("BAD_DISK_KEEPS") == NULL || !is_on_the_disk(path)) return false;
  return ends_with(path, ".sqlite") || ends_with(path, "-wal") || ends_with(path, "-journal");
}

static bool path_of(int fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length < 0) return false;
  path[length] = '\0';
  return path[0] == '/';
}

/* ---- faults ---- */

static int fault(void) {
  const char *file = setting("BAD_DISK_FAULT");
  if (file == NULL) return 0;
  int fd = REAL(open)(file, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  char text[16] = "";
  ssize_t length = REAL(read)(fd, text, sizeof text - 1);
  REAL(close)(fd);
  return length > 0 ? atoi(text) : 0;
}

static bool fails(const char *path) {
  int code = is_on_the_disk(path) ? fault() : 0;
  if (code != 0) errno = code;
  return code != 0;
}

static bool fails_fd(int fd) {
  char path[PATH_MAX];
  return setting("BAD_DISK_FAULT") != NULL && path_of(fd, path) && fails(path);
}

/* ---- names that are not safe yet ---- */

static void tell_names(void) {
  const char *file = setting("BAD_DISK_NAMES");
  if (file == NULL) return;
  int fd = REAL(open)(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) abort();
  for (int i = 0; i < MOST_NAMES; i++) {
    if (names[i][0] == '\0') continue;
    REAL(write)(fd, names[i], strlen(names[i]));
    REAL(write)(fd, "\n", 1);
  }
  REAL(close)(fd);
}

static void name_is_new(const char *path) {
  if (setting("BAD_DISK_NAMES") == NULL || !is_on_the_disk(path)) return;
  for (int i = 0; i < MOST_NAMES; i++) {
    if (names[i][0] != '\0') continue;
    snprintf(names[i], PATH_MAX, "%s", path);
    tell_names();
    return;
  }
  abort();
}

/* `folder`: every name directly in it is safe; else exactly this name is gone. */
static void names_end(const char *path, bool folder) {
  bool changed = false;
  for (int i = 0; i < MOST_NAMES; i++) {
    size_t length = strlen(path);
    bool inside = strncmp(names[i], path, length) == 0 && names[i][length] == '/' && strchr(names[i] + length + 1, '/') == NULL;
    if (names[i][0] == '\0' || !(folder ? inside : strcmp(names[i], path) == 0)) continue;
    names[i][0] = '\0';
    changed = true;
  }
  if (changed) tell_names();
}

/* ---- what is kept back ---- */

static struct kept *kept_of(int fd) {
  return fd >= 0 && fd < MOST_FDS ? kept_by_fd[fd] : NULL;
}

static void opened(int fd) {
  char path[PATH_MAX];
  struct stat found;
  if (fd < 0 || fd >= MOST_FDS) return;
  /* Not everybody closes through libc. */
  kept_by_fd[fd] = NULL;
  if (!path_of(fd, path) || !is_kept_back(path) || REAL(fstat)(fd, &found) != 0) return;
  struct kept *file = all_kept;
  while (file != NULL && !(file->device == found.st_dev && file->inode == found.st_ino)) file = file->next;
  if (file == NULL) {
    file = calloc(1, sizeof *file);
    if (file == NULL) abort();
    file->device = found.st_dev;
    file->inode = found.st_ino;
    file->next = all_kept;
    all_kept = file;
  }
  kept_by_fd[fd] = file;
}

static void make_room(struct kept *file, size_t size) {
  if (size <= file->room) return;
  size_t room = size * 2 + 65536;
  file->data = realloc(file->data, room);
  if (file->data == NULL) abort();
  memset(file->data + file->room, 0, room - file->room);
  file->room = room;
}

static void load(struct kept *file, int fd) {
  if (file->loaded) return;
  struct stat found;
  if (REAL(fstat)(fd, &found) != 0) abort();
  make_room(file, (size_t)found.st_size + 1);
  for (off_t at = 0; at < found.st_size;) {
    ssize_t count = REAL(pread)(fd, file->data + at, (size_t)(found.st_size - at), at);
    if (count <= 0) abort();
    at += count;
  }
  file->size = (size_t)found.st_size;
  file->from = SIZE_MAX;
  file->to = 0;
  file->loaded = true;
}

static void leak(struct kept *file, int fd, size_t from, size_t to) {
  const char *seed = setting("BAD_DISK_LEAKS");
  if (seed == NULL) return;
  if (chance == 0) chance = (uint32_t)atoi(seed) | 1u;
  for (size_t at = from - from % SECTOR; at < to; at += SECTOR) {
    chance = chance * 1664525u + 1013904223u;
    if ((chance >> 31) == 0) continue;
    size_t begin = at < from ? from : at;
    size_t end = at + SECTOR > to ? to : at + SECTOR;
    REAL(pwrite)(fd, file->data + begin, end - begin, (off_t)begin);
  }
}

static ssize_t keep(struct kept *file, int fd, const void *bytes, size_t count, off_t offset) {
  size_t from = (size_t)offset, to = from + count;
  load(file, fd);
  make_room(file, to);
  memcpy(file->data + from, bytes, count);
  if (to > file->size) {
    file->size = to;
    file->size_differs = true;
  }
  if (from < file->from) file->from = from;
  if (to > file->to) file->to = to;
  leak(file, fd, from, to);
  return (ssize_t)count;
}

static void write_back(struct kept *file, int fd) {
  if (!file->loaded) return;
  if (file->to > file->size) file->to = file->size;
  for (size_t at = file->from; at < file->to;) {
    ssize_t count = REAL(pwrite)(fd, file->data + at, file->to - at, (off_t)at);
    if (count <= 0) abort();
    at += (size_t)count;
  }
  if (file->size_differs && REAL(ftruncate)(fd, (off_t)file->size) != 0) abort();
  file->from = SIZE_MAX;
  file->to = 0;
  file->size_differs = false;
}

/* ---- in place of libc ---- */

static int open_here(int folder, const char *path, int flags, mode_t mode) {
  bool creates = (flags & O_CREAT) != 0 && folder == AT_FDCWD;
  bool is_new = creates && REAL(access)(path, F_OK) != 0;
  if (is_new && fails(path)) return -1;
  int fd = REAL(openat)(folder, path, flags, mode);
  if (fd < 0) return fd;
  pthread_mutex_lock(&turn);
  if (is_new) name_is_new(path);
  opened(fd);
  pthread_mutex_unlock(&turn);
  return fd;
}

#define MODE_OF(flags)                        \
  mode_t mode = 0;                            \
  if (((flags) & (O_CREAT | O_TMPFILE)) != 0) { \
    va_list rest;                             \
    va_start(rest, flags);                    \
    mode = va_arg(rest, mode_t);              \
    va_end(rest);                             \
  }

int open(const char *path, int flags, ...) {
  MODE_OF(flags)
  return open_here(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  MODE_OF(flags)
  return open_here(AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

int openat(int folder, const char *path, int flags, ...) {
  MODE_OF(flags)
  return open_here(folder, path, flags, mode);
}

int close(int fd) {
  pthread_mutex_lock(&turn);
  if (fd >= 0 && fd < MOST_FDS) kept_by_fd[fd] = NULL;
  pthread_mutex_unlock(&turn);
  return REAL(close)(fd);
}

static ssize_t read_here(int fd, void *bytes, size_t count, off_t offset) {
  pthread_mutex_lock(&turn);
  struct kept *file = kept_of(fd);
  ssize_t done;
  if (file == NULL || !file->loaded) {
    done = REAL(pread)(fd, bytes, count, offset);
  } else {
    size_t left = (size_t)offset >= file->size ? 0 : file->size - (size_t)offset;
    done = (ssize_t)(count < left ? count : left);
    memcpy(bytes, file->data + offset, (size_t)done);
  }
  pthread_mutex_unlock(&turn);
  return done;
}

ssize_t pread(int fd, void *bytes, size_t count, off_t offset) { return read_here(fd, bytes, count, offset); }
ssize_t pread64(int fd, void *bytes, size_t count, off_t offset) { return read_here(fd, bytes, count, offset); }

static ssize_t write_here(int fd, const void *bytes, size_t count, off_t offset) {
  if (fails_fd(fd)) return -1;
  pthread_mutex_lock(&turn);
  struct kept *file = kept_of(fd);
  ssize_t done = file == NULL ? REAL(pwrite)(fd, bytes, count, offset) : keep(file, fd, bytes, count, offset);
  pthread_mutex_unlock(&turn);
  return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) { return write_here(fd, bytes, count, offset); }
ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t offset) { return write_here(fd, bytes, count, offset); }

/* SQLite reads and writes at offsets. Whoever uses the position of a kept file would not be seen by the overlay. */
ssize_t read(int fd, void *bytes, size_t count) {
  struct kept *file = kept_of(fd);
  if (file != NULL && file->loaded) abort();
  return REAL(read)(fd, bytes, count);
}

ssize_t write(int fd, const void *bytes, size_t count) {
  if (fails_fd(fd)) return -1;
  if (kept_of(fd) != NULL) abort();
  return REAL(write)(fd, bytes, count);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  if (fails_fd(fd)) return -1;
  if (kept_of(fd) != NULL) abort();
  return REAL(writev)(fd, parts, count);
}

static int truncate_here(int fd, off_t size) {
  if (fails_fd(fd)) return -1;
  pthread_mutex_lock(&turn);
  struct kept *file = kept_of(fd);
  int result = 0;
  if (file == NULL) {
    result = REAL(ftruncate)(fd, size);
  } else {
    load(file, fd);
    make_room(file, (size_t)size);
    if ((size_t)size < file->size) {
      memset(file->data + size, 0, file->size - (size_t)size);
      if ((size_t)size < file->from) file->from = (size_t)size;
      if (file->size > file->to) file->to = file->size;
    }
    file->size = (size_t)size;
    file->size_differs = true;
  }
  pthread_mutex_unlock(&turn);
  return result;
}

int ftruncate(int fd, off_t size) { return truncate_here(fd, size); }
int ftruncate64(int fd, off_t size) { return truncate_here(fd, size); }

static int stat_here(int fd, struct stat *found) {
  int result = REAL(fstat)(fd, found);
  pthread_mutex_lock(&turn);
  struct kept *file = kept_of(fd);
  if (result == 0 && file != NULL && file->loaded) found->st_size = (off_t)file->size;
  pthread_mutex_unlock(&turn);
  return result;
}

int fstat(int fd, struct stat *found) { return stat_here(fd, found); }
int fstat64(int fd, struct stat64 *found) { return stat_here(fd, (struct stat *)found); }

static int sync_here(int fd, int (*really)(int)) {
  if (fails_fd(fd)) return -1;
  struct stat found;
  char path[PATH_MAX];
  pthread_mutex_lock(&turn);
  struct kept *file = kept_of(fd);
  if (file != NULL) write_back(file, fd);
  else if (REAL(fstat)(fd, &found) == 0 && S_ISDIR(found.st_mode) && path_of(fd, path)) names_end(path, true);
  pthread_mutex_unlock(&turn);
  /* For a power cut that is a kill the system's own cache is disk enough. */
  return setting("BAD_DISK_KEEPS") != NULL ? 0 : really(fd);
}

int fsync(int fd) { return sync_here(fd, REAL(fsync)); }
int fdatasync(int fd) { return sync_here(fd, REAL(fdatasync)); }

int mkdir(const char *path, mode_t mode) {
  if (fails(path)) return -1;
  int result = REAL(mkdir)(path, mode);
  if (result != 0) return result;
  pthread_mutex_lock(&turn);
  name_is_new(path);
  pthread_mutex_unlock(&turn);
  return result;
}

int unlink(const char *path) {
  int result = REAL(unlink)(path);
  if (result != 0) return result;
  pthread_mutex_lock(&turn);
  names_end(path, false);
  pthread_mutex_unlock(&turn);
  return result;
}

/* A read-only file system says so to whoever asks. */
int access(const char *path, int mode) {
  if ((mode & W_OK) != 0 && is_on_the_disk(path) && fault() == EROFS) {
    errno = EROFS;
    return -1;
  }
  return REAL(access)(path, mode);
}
