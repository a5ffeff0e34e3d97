/* Child processes and files of stores. See storage.h. */
#include "storage.h"
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- child processes ------------------------------------------------------------------------------------------------------------------------------------------- */
enum { SAMPLE_NS = 20000000 };
typedef struct sampler { pthread_t thread; pthread_mutex_t lock; bool stop; uint64_t peak_kib; } sampler;

static uint64_t private_kib(void) {
  char line[128];
  unsigned long long kib = 0;
  FILE *f = fopen("/proc/self/status", "re");
  while (f && fgets(line, sizeof line, f))
    if (sscanf(line, "RssAnon: %llu", &kib) == 1) break;
  if (f) fclose(f);
  return kib;
}

static void *sample(void *ctx) {
  sampler *s = ctx;
  for (bool stop = false; !stop;) {
    const uint64_t now = private_kib();
    pthread_mutex_lock(&s->lock);
    if (now > s->peak_kib) s->peak_kib = now;
    stop = s->stop;
    pthread_mutex_unlock(&s->lock);
    if (!stop) nanosleep(&(struct timespec){.tv_nsec = SAMPLE_NS}, NULL);
  }
  return NULL;
}

typedef struct sampled { uint64_t start_kib, peak_kib; } sampled;

static bool work_sampled(bench_work *work, const void *in, void *out, sampled *m) {
  sampler s = {.stop = false};
  pthread_mutex_init(&s.lock, NULL);
  m->start_kib = private_kib();
  const bool sampling = pthread_create(&s.thread, NULL, sample, &s) == 0;
  const bool ok = work(in, out);
  if (sampling) {
    pthread_mutex_lock(&s.lock);
    s.stop = true;
    pthread_mutex_unlock(&s.lock);
    pthread_join(s.thread, NULL);
  }
  m->peak_kib = s.peak_kib;
  return ok;
}

static bool get(int fd, void *to, size_t size) {
  size_t got = 0;
  for (ssize_t n = 1; n > 0 && got < size; got += (size_t)(n > 0 ? n : 0)) n = read(fd, (char *)to + got, size - got);
  return got == size;
}

/* What earlier parts of this program have freed is given back before, because a child begins with its parent's pages. */
bool bench_in_child(bench_work *work, const void *in, void *out, size_t out_size, bench_usage *usage) {
  int fds[2], status = 0;
  sampled m = {0};
  struct rusage used = {0};
  if (pipe(fds) != 0) return false;
  fflush(NULL);
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
  const pid_t pid = fork();
  if (pid == 0) {
    close(fds[0]);
    const bool ok = work_sampled(work, in, out, &m) && write(fds[1], &m, sizeof m) == (ssize_t)sizeof m && write(fds[1], out, out_size) == (ssize_t)out_size;
    fflush(NULL);
    _exit(ok ? 0 : 1);
  }
  close(fds[1]);
  const bool got = pid > 0 && get(fds[0], &m, sizeof m) && get(fds[0], out, out_size);
  close(fds[0]);
  while (pid > 0 && wait4(pid, &status, 0, &used) < 0 && errno == EINTR) {}
  *usage = (bench_usage){.cpu_ns = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e9 + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e3,
                         .peak_kib = (uint64_t)used.ru_maxrss, .private_kib = m.peak_kib, .start_kib = m.start_kib};
  return got && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* --- files --------------------------------------------------------------------------------------------------------------------------------------------------------- */
void bench_drop_store(const char *path) {
  static const char *const ends[] = {"", "-wal", "-shm"};
  char name[512];
  for (unsigned k = 0; k < 3; k++) {
    snprintf(name, sizeof name, "%s%s", path, ends[k]);
    unlink(name);
  }
}

bool bench_copy(const char *from, const char *to) {
  enum { BLOCK = 1 << 20 };
  char *block = malloc(BLOCK);
  const int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool ok = block && in >= 0 && out >= 0;
  for (ssize_t n = 1; ok && n > 0;) {
    n = read(in, block, BLOCK);
    ok = n >= 0;
    for (ssize_t done = 0; ok && done < n;) {
      const ssize_t k = write(out, block + done, (size_t)(n - done));
      ok = k > 0;
      done += ok ? k : 0;
    }
  }
  ok = ok && fsync(out) == 0;
  if (in >= 0) close(in);
  if (out >= 0) close(out);
  free(block);
  if (!ok) fprintf(stderr, "bench: %s cannot be copied to %s: %s\n", from, to, strerror(errno));
  return ok;
}

bool bench_directory(const char *path) {
  if (mkdir(path, 0700) == 0 || errno == EEXIST) return true;
  fprintf(stderr, "bench: directory %s: %s\n", path, strerror(errno));
  return false;
}

uint64_t bench_file_size(const char *path) {
  struct stat info;
  return stat(path, &info) == 0 ? (uint64_t)info.st_size : 0;
}

/* --- runs -------------------------------------------------------------------------------------------------------------------------------------------------------- */
bool bench_run_month(const void *in, void *out) {
  const bench_running *t = in;
  bench_ran *r = out;
  const ans_batch_options o = {.benefit = t->p->benefits[0].name, .first_period = BENCH_MONTH, .last_period = BENCH_MONTH, .current_period = BENCH_MONTH, .jobs = t->jobs, .brake_change_permille = ANS_BRAKE_OFF,
                               .brake_refer_permille = ANS_BRAKE_OFF, .store_unchanged = true, .rows_only = t->rows_only, .decision_chunks = t->decision_blocks};
  ans_error err = {0};
  const uint64_t t0 = bench_now();
  *r = (bench_ran){.wall_ns = 0};
  const ans_status status = ans_batch_run(t->path, t->p, &o, &r->report, &err);
  r->wall_ns = bench_now() - t0;
  return !bench_failed("batch", status, &err);
}
