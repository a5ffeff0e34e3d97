/* Running mutants: each against the expectations of all selected prüffälle, on the vector machine, until one is not met.
 *
 * Expectations are sorted into buckets, one for each period that is asked for; the cases of a bucket are the components of one column set,
 * so that a mutant costs one run for each period and not one for each expectation. The columns are built once, from the original: a mutant changes
 * rules and parameters, never units, facts or questions about texts (where its program has other units all the same, it gets columns of its
 * own). The bucket that killed last is tried first, which changes no verdict.
 *
 * Workers are processes (fork), because planting a mutant edits the model in place: every process has its own copy of it, and what they
 * share is one table of verdicts and the number of the next mutant. The verdicts do not depend on the number of workers.
 * Memory: the buckets live as long as the hunt; the shared table is an anonymous mapping. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/error.h"
#include "testing.h"

typedef struct asked { const ans_tcase *c; const ans_texpect *e; int32_t period; uint32_t at, row; } asked; /* at: case in the bucket */
typedef struct bucket { int32_t period; asked *items; uint32_t n; const ans_tcase **cases; uint32_t case_count; ans_columns *cols; } bucket;
typedef struct shared { atomic_uint next; test_verdict verdicts[]; } shared;
typedef struct hunt {
  const tester *t;
  ans_mutants *mutants;
  asked *all; uint32_t all_count;
  bucket *buckets; uint32_t bucket_count;
  uint32_t *order;            /* of the buckets: the last killer first */
  uint32_t *results; uint32_t result_count; /* expected ones */
  uint32_t total, n;          /* mutants, and how many of them are examined */
  shared *shared; size_t size;
} hunt;

/* --- buckets --------------------------------------------------------------------------------------------------------------- */
static int asked__order(const void *a, const void *b) {
  const asked *x = a, *y = b;
  if (x->period != y->period) return x->period < y->period ? -1 : 1;
  if (x->c != y->c) return x->c < y->c ? -1 : 1; /* one array */
  return x->e < y->e ? -1 : x->e > y->e;
}

static bool hunt__collect(hunt *h) {
  const tester *t = h->t;
  size_t n = 0;
  for (uint32_t i = 0; i < t->m->case_count; i++)
    for (uint32_t k = 0; test_selected(t, &t->m->cases[i]) && k < t->m->cases[i].expect_count; k++)
      n += (size_t)(t->m->cases[i].expects[k].to_period - t->m->cases[i].expects[k].from_period) + 1;
  h->all = n < UINT32_MAX ? calloc(n + 1, sizeof *h->all) : NULL;
  h->buckets = calloc(n + 1, sizeof *h->buckets);
  h->order = calloc(n + 1, sizeof *h->order);
  h->results = calloc((size_t)t->m->result_count + 1, sizeof *h->results);
  if (!h->all || !h->buckets || !h->order || !h->results) return false;
  for (uint32_t i = 0; i < t->m->case_count; i++) {
    const ans_tcase *c = &t->m->cases[i];
    for (uint32_t k = 0; test_selected(t, c) && k < c->expect_count; k++) {
      h->results[c->expects[k].result] = 1; /* a mark first */
      for (int32_t p = c->expects[k].from_period; p <= c->expects[k].to_period; p++) h->all[h->all_count++] = (asked){c, &c->expects[k], p, 0, 0};
    }
  }
  for (uint32_t r = 0; r < t->m->result_count; r++)
    if (h->results[r]) h->results[h->result_count++] = r;
  qsort(h->all, h->all_count, sizeof *h->all, asked__order);
  return true;
}

static ans_status bucket__columns(const hunt *h, bucket *b, const ans_program *p, ans_columns **out, ans_error *err) {
  uint32_t *rows = NULL, first = 0, seen = 0;
  ans_status st = ans_testcases_columns(h->t->m, p, b->cases, b->case_count, out, &rows, err);
  for (uint32_t i = 0; i < b->n && st == ANS_OK; i++) {
    for (; seen < b->items[i].at; seen++) first += b->cases[seen]->row_count;
    b->items[i].row = test_row(b->items[i].c, rows + first, b->items[i].e->row);
  }
  free(rows);
  return st;
}

static ans_status hunt__buckets(hunt *h, ans_error *err) {
  ans_status st = hunt__collect(h) ? ANS_OK : ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "mutate", NULL);
  for (uint32_t i = 0; i < h->all_count && st == ANS_OK;) {
    bucket *b = &h->buckets[h->bucket_count];
    *b = (bucket){.period = h->all[i].period, .items = &h->all[i]};
    for (; i < h->all_count && h->all[i].period == b->period; i++) b->n++;
    b->cases = calloc(b->n, sizeof *b->cases);
    h->order[h->bucket_count] = h->bucket_count;
    h->bucket_count++;
    if (!b->cases) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "mutate", NULL);
    for (uint32_t k = 0; k < b->n; k++) {
      if (!b->case_count || b->cases[b->case_count - 1] != b->items[k].c) b->cases[b->case_count++] = b->items[k].c;
      b->items[k].at = b->case_count - 1;
    }
    st = bucket__columns(h, b, h->t->p, &b->cols, err);
  }
  return st;
}

/* --- one mutant ------------------------------------------------------------------------------------------------------------- */
static bool fits(const ans_program *a, const ans_program *b) {
  return a->unit_count == b->unit_count && a->fact_count == b->fact_count && a->predicate_count == b->predicate_count && a->result_count == b->result_count;
}

/* Whether the relevant missing facts are those expected: asked of the case alone, because the answer is about its own component. */
static ans_status misses(const tester *mutated, const asked *q, bool *ok, ans_error *err) {
  ans_columns *cols = NULL;
  uint32_t *rows = NULL;
  ans_status st = ans_testcase_columns(mutated->m, mutated->p, q->c, &cols, &rows, err);
  if (st == ANS_OK) st = test_missing(mutated, cols, q->c, q->e, rows, q->period, ok, err);
  free(rows);
  ans_columns_free(cols);
  return st;
}

static ans_status notices(const hunt *h, const tester *mutated, bucket *b, bool *killed, ans_error *err) {
  ans_columns *own = NULL, *cols = b->cols;
  ans_status st = ANS_OK;
  if (!fits(h->t->p, mutated->p)) {
    st = bucket__columns(h, b, mutated->p, &own, err);
    cols = own;
  }
  if (st == ANS_OK) {
    cols->program = mutated->p;
    st = ans_vm_run(mutated->vm, cols, 0, cols->components, b->period, err);
  }
  for (uint32_t i = 0; i < b->n && st == ANS_OK && !*killed; i++)
    *killed = !test_same(ans_vm_get(mutated->vm, mutated->p->results[b->items[i].e->result].insn, b->items[i].row), b->items[i].e->value);
  b->cols->program = h->t->p;
  ans_columns_free(own);
  return st;
}

static ans_vm *hunt__vm(const hunt *h, const ans_program *p, uint32_t *insns) {
  for (uint32_t i = 0; i < h->result_count; i++) insns[i] = p->results[h->results[i]].insn;
  ans_vm *vm = ans_vm_new(p, insns, h->result_count, 0);
  if (vm) ans_vm_law_known(vm, h->t->law_known);
  return vm;
}

static ans_status examine(hunt *h, uint32_t i, uint32_t *insns, test_verdict *verdict, ans_error *err) {
  tester mutated = *h->t;
  ans_program *p = NULL;
  bool killed = false;
  ans_status st = ans_mutants_program(h->mutants, i, &p, err);
  *verdict = TEST_INVALID;
  if (st != ANS_OK || !p) return st;
  mutated.p = p;
  mutated.quiet = true;
  mutated.vm = hunt__vm(h, p, insns);
  if (!mutated.vm) st = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "mutate", NULL);
  for (uint32_t k = 0; k < h->bucket_count && st == ANS_OK && !killed; k++) {
    uint32_t which = h->order[k];
    st = notices(h, &mutated, &h->buckets[which], &killed, err);
    if (killed) {
      memmove(h->order + 1, h->order, k * sizeof *h->order);
      h->order[0] = which;
    }
  }
  for (uint32_t k = 0; k < h->all_count && st == ANS_OK && !killed; k++) { /* last, because it costs most */
    bool ok = true;
    if (h->all[k].e->missing_count) st = misses(&mutated, &h->all[k], &ok, err);
    killed = !ok;
  }
  *verdict = killed ? TEST_KILLED : TEST_SURVIVED;
  ans_vm_free(mutated.vm);
  ans_program_free(p);
  return st;
}

/* --- workers ---------------------------------------------------------------------------------------------------------------- */
/* Takes the next mutant until there is none. A limit takes every (total/n)-th one: the same ones each time, from all parts of the package. */
static ans_status work(hunt *h, bool bar, ans_error *err) {
  cli_args shown = *h->t->a;
  ans_status st = ANS_OK;
  uint32_t *insns = calloc((size_t)h->result_count + 1, sizeof *insns);
  if (!insns) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "mutate", NULL);
  while (st == ANS_OK) {
    uint32_t k = atomic_fetch_add(&h->shared->next, 1);
    if (k >= h->n) break;
    uint32_t i = (uint32_t)((uint64_t)k * h->total / h->n);
    test_verdict verdict = TEST_INVALID;
    st = examine(h, i, insns, &verdict, err);
    if (st == ANS_OK) h->shared->verdicts[i] = verdict;
    if (bar) cli_progress(&shown, (int64_t)k + 1, h->n);
  }
  free(insns);
  return st;
}

/* The parent works too. A helper that fails leaves its mutant without verdict; the parent then examines it again and meets the error itself. */
static ans_status hunt__all(hunt *h, unsigned jobs, ans_error *err) {
  pid_t helpers[64];
  unsigned n = 0;
  for (; n + 1 < jobs && n < 64; n++) {
    helpers[n] = fork();
    if (helpers[n] == 0) _exit(work(h, false, NULL) == ANS_OK ? 0 : 1);
    if (helpers[n] < 0) break; /* fewer helpers: slower, the same verdicts */
  }
  ans_status st = work(h, true, err);
  for (unsigned k = 0; k < n; k++) (void)waitpid(helpers[k], NULL, 0);
  uint32_t *insns = calloc((size_t)h->result_count + 1, sizeof *insns);
  if (!insns) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "mutate", NULL);
  for (uint32_t k = 0; k < h->n && st == ANS_OK; k++) {
    uint32_t i = (uint32_t)((uint64_t)k * h->total / h->n);
    if (h->shared->verdicts[i] == TEST_NOT_EXAMINED) st = examine(h, i, insns, &h->shared->verdicts[i], err);
  }
  free(insns);
  return st;
}

ans_status test_hunt(const tester *t, ans_mutants *mutants, uint32_t limit, unsigned jobs, test_verdict *verdicts, ans_error *err) {
  hunt h = {.t = t, .mutants = mutants, .total = ans_mutants_count(mutants)};
  h.n = limit && limit < h.total ? limit : h.total;
  h.size = sizeof(shared) + ((size_t)h.total + 1) * sizeof(test_verdict);
  void *map = mmap(NULL, h.size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "mutate", NULL);
  h.shared = map; /* zero: nothing examined */
  ans_status st = hunt__buckets(&h, err);
  if (st == ANS_OK) st = hunt__all(&h, jobs, err);
  if (st == ANS_OK) memcpy(verdicts, h.shared->verdicts, h.total * sizeof *verdicts);
  for (uint32_t i = 0; i < h.bucket_count; i++) {
    ans_columns_free(h.buckets[i].cols);
    free((void *)h.buckets[i].cases);
  }
  free(h.buckets);
  free(h.all);
  free(h.order);
  free(h.results);
  munmap(map, h.size);
  return st;
}
