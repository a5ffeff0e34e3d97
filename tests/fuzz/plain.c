/* Runs a libFuzzer target without clang: first every file of the corpus, then a bounded number of seeded mutations of them. The same seed and
 * corpus give the same inputs on every machine. It finds less than coverage-guided fuzzing and costs seconds, so it is part of every check.
 *   fuzz_X_plain EXECUTIONS SEED FOLDER…
 * A crash or abort leaves the input in fuzz-finding.bin. An execution that takes more than ten seconds of processor time ends the program. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CORPUS_FILES = 512, INPUT_BYTES = 65536, MAX_SECONDS = 10 };
typedef struct seed_file { uint8_t *data; size_t size; char name[300]; } seed_file;
static seed_file files[CORPUS_FILES];
static unsigned file_count;
static uint8_t input[2 * INPUT_BYTES];
static size_t input_size;
static uint64_t state;

static uint32_t below(uint32_t n) { /* xorshift64* */
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return n ? (uint32_t)((state * 2685821657736338717u) >> 33) % n : 0;
}

/* Async-signal-safe: writes the input and dies of the signal. */
static void finding(int signal_number) {
  static const char text[] = "fuzz: finding in fuzz-finding.bin\n";
  int fd = open("fuzz-finding.bin", O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd >= 0 && write(fd, input, input_size) == (ssize_t)input_size) (void)close(fd);
  if (write(2, text, sizeof text - 1) > 0) signal(signal_number, SIG_DFL);
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

static void execute(void) {
  struct itimerval limit = {.it_value = {MAX_SECONDS, 0}};
  setitimer(ITIMER_VIRTUAL, &limit, NULL);
  uint8_t *exact = malloc(input_size ? input_size : 1); /* of exact size, so that sanitizers see the end */
  if (!exact) abort();
  memcpy(exact, input, input_size);
  (void)LLVMFuzzerTestOneInput(exact, input_size);
  free(exact);
}

static int by_name(const void *a, const void *b) { return strcmp(((const seed_file *)a)->name, ((const seed_file *)b)->name); }

static void load(const char *folder) {
  DIR *d = opendir(folder);
  if (!d) {
    fprintf(stderr, "fuzz: cannot open %s\n", folder);
    exit(2);
  }
  for (struct dirent *e = readdir(d); e; e = readdir(d)) {
    if (e->d_name[0] == '.' || file_count == CORPUS_FILES) continue;
    seed_file *f = &files[file_count];
    char path[700];
    snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
    FILE *in = fopen(path, "rb");
    if (!in) continue;
    f->data = malloc(INPUT_BYTES);
    f->size = f->data ? fread(f->data, 1, INPUT_BYTES, in) : 0;
    snprintf(f->name, sizeof f->name, "%s", e->d_name);
    fclose(in);
    if (f->data) file_count++;
  }
  closedir(d);
}

/* --- mutations ------------------------------------------------------------------------------------------------------------ */
static void replace(size_t at, size_t cut, const uint8_t *with, size_t n) {
  if (at > input_size || cut > input_size - at || input_size - cut + n > INPUT_BYTES) return;
  memmove(input + at + n, input + at + cut, input_size - at - cut);
  memcpy(input + at, with, n);
  input_size = input_size - cut + n;
}

static bool blank(uint8_t c) { return c == ' ' || c == '\n' || c == '\t' || c == ';' || c == '(' || c == ')' || c == ',' || c == ':' || c == '.'; }

/* A random word of a buffer: a run without blanks. */
static void word(const uint8_t *data, size_t size, size_t *at, size_t *n) {
  *at = below((uint32_t)size);
  while (*at > 0 && !blank(data[*at - 1])) --*at;
  *n = 0;
  while (*at + *n < size && !blank(data[*at + *n]) && *n < 64) ++*n;
}

static unsigned class_of(uint8_t c) { return c >= '0' && c <= '9' ? 0 : c >= 'A' && c <= 'Z' ? 1 : c >= 'a' && c <= 'z' ? 2 : 3; }

/* Another word of the same class, from the same or another file: changes that often still make sense get past the first reader. */
static void swap_word(void) {
  const seed_file *other = &files[below(file_count)];
  size_t at, n, from, m;
  bool here = below(2);
  const uint8_t *data = here ? input : other->data;
  size_t size = here ? input_size : other->size;
  uint8_t copy[64];
  if (!input_size || !size) return;
  word(input, input_size, &at, &n);
  if (!n) return;
  for (int tries = 0; tries < 8; tries++) {
    word(data, size, &from, &m);
    if (!m || class_of(data[from]) != class_of(input[at])) continue;
    memcpy(copy, data + from, m);
    replace(at, n, copy, m);
    return;
  }
}

static void change_digit(void) {
  for (int tries = 0; input_size && tries < 32; tries++) {
    size_t at = below((uint32_t)input_size);
    if (class_of(input[at]) != 0) continue;
    input[at] = (uint8_t)('0' + below(10));
    return;
  }
}

static void mutate_bytes(void) {
  size_t at = below((uint32_t)input_size), from = below((uint32_t)input_size);
  switch (below(4)) {
    case 0: input[at] = (uint8_t)(input[at] + (below(2) ? 1 : 255)); break;
    case 1: input[at] ^= (uint8_t)(1u << below(8)); break;
    case 2: input[at] = (uint8_t)(below(2) ? below(256) : below(2) * 255); break;
    default: /* one 32-bit field in place of another */
      if (at + 4 <= input_size && from + 4 <= input_size) memmove(input + at, input + from, 4);
      break;
  }
}

static void mutate_text(void) {
  const seed_file *other = &files[below(file_count)];
  uint8_t copy[4096] = {0};
  size_t at = below((uint32_t)input_size + 1), n, from;
  switch (below(12)) {
    case 0: /* a piece of some file */
      if (!other->size) return;
      from = below((uint32_t)other->size);
      n = 1 + below(200);
      if (n > other->size - from) n = other->size - from;
      replace(at, below(2) ? n : 0, other->data + from, n);
      break;
    case 1: replace(at, 1 + below(30), copy, 0); break; /* less */
    case 2: /* twice */
      n = 1 + below(sizeof copy);
      if (at + n > input_size) n = input_size - at;
      memcpy(copy, input + at, n);
      replace(at, 0, copy, n);
      break;
    case 3: /* a word less */
      if (!input_size) return;
      word(input, input_size, &at, &n);
      replace(at, n, copy, 0);
      break;
    case 4:
      if (input_size) mutate_bytes();
      break;
    case 5:
    case 6:
    case 7: change_digit(); break;
    default: swap_word(); break;
  }
}

/* Half of the inputs have one change, a quarter two, and so on. */
static void mutate(void) {
  bool binary = input_size && memchr(input, 0, input_size) != NULL;
  do {
    if (binary) mutate_bytes();
    else mutate_text();
  } while (below(2));
}

int main(int argc, char **argv) {
  if (argc < 4) {
    fprintf(stderr, "usage: %s EXECUTIONS SEED FOLDER...\n", argv[0]);
    return 2;
  }
  unsigned long executions = strtoul(argv[1], NULL, 10);
  state = strtoull(argv[2], NULL, 10) * 0x9E3779B97F4A7C15u + 1;
  for (int i = 3; i < argc; i++) load(argv[i]);
  if (!file_count) {
    fprintf(stderr, "fuzz: the corpus is empty\n");
    return 2;
  }
  qsort(files, file_count, sizeof *files, by_name); /* readdir's order differs between machines */
  static const int signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGVTALRM};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) signal(signals[i], finding);
  for (unsigned i = 0; i < file_count; i++) {
    memcpy(input, files[i].data, files[i].size);
    input_size = files[i].size;
    execute();
  }
  for (unsigned long i = 0; i < executions; i++) {
    const seed_file *f = &files[below(file_count)];
    memcpy(input, f->data, f->size);
    input_size = f->size;
    mutate();
    execute();
  }
  printf("fuzz: %u corpus files, %lu executions, seed %s: no finding\n", file_count, executions, argv[2]);
  for (unsigned i = 0; i < file_count; i++) free(files[i].data);
  return 0;
}
