/* A private directory per test process, removed at its end. Tests must not share files: Criterion runs them in parallel processes. */
#ifndef TESTS_UNIT_SCRATCH_H
#define TESTS_UNIT_SCRATCH_H
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char scratch_dir[256];

static int scratch_remove(const char *path, const struct stat *st, int type, struct FTW *ftw) {
  (void)st;
  (void)type;
  (void)ftw;
  return remove(path);
}
static void scratch_begin(void) {
  const char *base = getenv("TMPDIR");
  snprintf(scratch_dir, sizeof scratch_dir, "%s/anspruch-test-XXXXXX", base ? base : P_tmpdir);
  if (!mkdtemp(scratch_dir)) abort();
}
static void scratch_end(void) { nftw(scratch_dir, scratch_remove, 8, FTW_DEPTH | FTW_PHYS); }
/* Path of a file in the directory; static storage, four paths alive at a time. */
static const char *scratch_path(const char *name) {
  static char paths[4][400];
  static unsigned next;
  char *p = paths[next++ % 4];
  snprintf(p, sizeof paths[0], "%s/%s", scratch_dir, name);
  return p;
}
#endif
