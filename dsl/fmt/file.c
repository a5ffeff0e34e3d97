/* Replacing a file in one step. Written here and not shared with the package writer of engine/code, which sets a fixed mode and writes to
 * devices; a source file keeps its mode, and anything but a regular file is refused. */
#include "base/buffer.h"
#include "base/error.h"
#include "fmt/fmt.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool file__put(int fd, const char *s, size_t n) {
  while (n) {
    ssize_t put = write(fd, s, n);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    s += put;
    n -= (size_t)put;
  }
  return fsync(fd) == 0;
}

static ans_status file__error(const char *path, int code, ans_error *err) {
  return ans_error_set(err, ANS_IO, "E-IO-WRITE", path, strerrordesc_np(code ? code : EIO), NULL);
}

static ans_status file__replace(const char *target, mode_t mode, const char *text, size_t len, ans_error *err) {
  ans_buffer temp;
  ans_buffer_init(&temp, 1 << 16);
  ans_buffer_printf(&temp, "%s.XXXXXX", target);
  errno = ENAMETOOLONG;
  int fd = temp.failed ? -1 : mkostemp(temp.data, O_CLOEXEC), code = errno;
  bool ok = fd >= 0 && fchmod(fd, mode) == 0 && file__put(fd, text, len);
  if (fd >= 0 && !ok) code = errno;
  if (fd >= 0 && close(fd) != 0 && ok) {
    ok = false;
    code = errno;
  }
  if (ok && rename(temp.data, target) != 0) {
    ok = false;
    code = errno;
  }
  if (!ok && fd >= 0) unlink(temp.data);
  ans_buffer_dispose(&temp);
  return ok ? ANS_OK : file__error(target, code, err);
}

ans_status ans_fmt_write(const char *path, const char *text, size_t len, ans_error *err) {
  struct stat there;
  bool exists = stat(path, &there) == 0;
  if (exists && !S_ISREG(there.st_mode)) return file__error(path, S_ISDIR(there.st_mode) ? EISDIR : EINVAL, err);
  if (exists && access(path, W_OK) != 0) return file__error(path, errno, err); /* a rename would not mind that the file is read-only */
  char *target = exists ? realpath(path, NULL) : NULL;
  if (exists && !target) return file__error(path, errno, err);
  ans_status s = file__replace(target ? target : path, exists ? there.st_mode & 07777 : 0644, text, len, err);
  free(target);
  return s;
}
