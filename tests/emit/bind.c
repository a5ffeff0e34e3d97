/* See bind.h. */
#include "bind.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/hash.h"
#include "emit/emit.h"
#include "exec/vm.h"
#include "replay/replay.h"

enum { MAX_WORDS = 64, PATH_SIZE = 256 };

struct emit_batch {
  char folder[PATH_SIZE];
  void *library;
  uint32_t count;
  emit_bound *bound;
};

static void *zeroed(size_t count, size_t size) {
  void *p = calloc(count + 1, size);
  if (!p) abort();
  return p;
}

/* --- writing, compiling, loading ------------------------------------------------------------------------------------------------------- */
static bool write_file(const char *folder, const ans_emitted *f) {
  char path[2 * PATH_SIZE];
  snprintf(path, sizeof path, "%s/%s", folder, f->name);
  FILE *out = fopen(path, "wb");
  bool ok = out && fwrite(f->text, 1, f->size, out) == f->size;
  if (out) ok = fclose(out) == 0 && ok;
  if (!ok) perror(path);
  return ok;
}

static bool write_all(const char *folder, const ans_program *p, uint32_t i) {
  char prefix[24], text[1024];
  ans_emission e;
  ans_error err = {0};
  snprintf(prefix, sizeof prefix, "p%" PRIu32, i);
  if (ans_emit_c(p, prefix, &e, &err) != ANS_OK) {
    printf("emission: %s\n", ans_error_render(&err, ANS_LANG_EN, text, sizeof text));
    return false;
  }
  bool ok = true;
  for (int k = 0; k < ANS_EMIT_FILES && ok; k++) ok = write_file(folder, &e.files[k]);
  ans_emission_dispose(&e);
  return ok;
}

/* Runs cc in the folder; its output goes to ours. */
static bool compile(const char *folder, const char *cc, uint32_t n) {
  char *words = strdup(cc), *save = NULL;
  char **argv = zeroed((size_t)n + MAX_WORDS, sizeof *argv), (*names)[24] = zeroed(n, sizeof *names);
  int argc = 0, status = 0;
  if (!words) abort();
  for (char *w = strtok_r(words, " ", &save); w && argc < MAX_WORDS - 16; w = strtok_r(NULL, " ", &save)) argv[argc++] = w;
  static char std[] = "-std=c17", wall[] = "-Wall", extra[] = "-Wextra", error[] = "-Werror", shared[] = "-shared", pic[] = "-fPIC", out[] = "-o", so[] = "all.so", here[] = "-I.";
  char *const rest[] = {std, wall, extra, error, shared, pic, here, out, so};
  for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) argv[argc++] = rest[i];
  for (uint32_t i = 0; i < n; i++) {
    snprintf(names[i], sizeof names[i], "p%" PRIu32 ".c", i);
    argv[argc++] = names[i];
  }
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    if (chdir(folder) == 0) execvp(argv[0], argv);
    perror(argv[0]);
    _exit(127);
  }
  bool ok = child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (!ok) printf("%s: the emitted C does not compile (folder %s)\n", cc, folder);
  free(words);
  free(argv);
  free(names);
  return ok;
}

/* ISO C has no conversion between object and function pointers; POSIX gives them one size. */
static bool symbol(void *library, uint32_t i, const char *end, void *out, size_t size) {
  char name[48];
  snprintf(name, sizeof name, "p%" PRIu32 "_%s", i, end);
  void *s = dlsym(library, name);
  if (s) memcpy(out, &s, size);
  else printf("no symbol %s\n", name);
  return s != NULL;
}

static bool load(emit_batch *b) {
  char path[2 * PATH_SIZE];
  snprintf(path, sizeof path, "%s/all.so", b->folder);
  b->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!b->library) printf("%s\n", dlerror());
  bool ok = b->library != NULL;
  for (uint32_t i = 0; i < b->count && ok; i++) {
    emit_bound *e = &b->bound[i];
    ok = symbol(b->library, i, "package", &e->package, sizeof e->package) && symbol(b->library, i, "memory", &e->memory, sizeof e->memory) &&
         symbol(b->library, i, "start", &e->start, sizeof e->start) && symbol(b->library, i, "evaluate", &e->evaluate, sizeof e->evaluate);
  }
  return ok;
}

emit_batch *emit_batch_new(const ans_program *const *programs, uint32_t n, const char *cc) {
  emit_batch *b = zeroed(1, sizeof *b);
  b->count = n;
  b->bound = zeroed(n, sizeof *b->bound);
  snprintf(b->folder, sizeof b->folder, "emit-XXXXXX");
  bool ok = mkdtemp(b->folder) != NULL;
  for (uint32_t i = 0; i < n && ok; i++) ok = write_all(b->folder, programs[i], i);
  if (ok && compile(b->folder, cc, n) && load(b)) return b;
  b->count = 0; /* keeps the folder for a look */
  emit_batch_free(b);
  return NULL;
}

const emit_bound *emit_batch_get(const emit_batch *b, uint32_t i) { return &b->bound[i]; }

static void remove_file(const char *folder, const char *name) {
  char path[2 * PATH_SIZE];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  unlink(path);
}

void emit_batch_free(emit_batch *b) {
  static const char *const shared[] = {"anspruch_embed.h", "anspruch_embed_ops.h", "anspruch_embed_run.h", "all.so"};
  if (!b) return;
  if (b->library) dlclose(b->library);
  for (uint32_t i = 0; i < b->count; i++) {
    char name[24];
    snprintf(name, sizeof name, "p%" PRIu32 ".c", i);
    remove_file(b->folder, name);
    name[strlen(name) - 1] = 'h';
    remove_file(b->folder, name);
  }
  for (size_t i = 0; b->count && i < sizeof shared / sizeof *shared; i++) remove_file(b->folder, shared[i]);
  if (b->count) rmdir(b->folder);
  free(b->bound);
  free(b);
}

/* --- comparing ---------------------------------------------------------------------------------------------------------------------------- */
typedef struct watch { const ans_trace *t; const ans_columns *c; uint32_t k, next_reg, next_row; emit_counts *n; bool ok; } watch;

/* Moves to the next cell that a trace has. */
static bool watch_next(watch *w) {
  const ans_program *p = w->c->program;
  while (w->next_reg < p->insn_count && w->next_row >= ans_trace_rows(w->t, w->next_reg)) w->next_reg++, w->next_row = 0;
  return w->next_reg < p->insn_count;
}

static void watch_cell(void *ctx, const an_step *s) {
  watch *w = ctx;
  const ans_program *p = w->c->program;
  if (!w->ok) return;
  if (!watch_next(w) || s->reg != w->next_reg || s->row != w->next_row++) {
    printf("component %u: cell r%u row %u is not the next one of the replay\n", w->k, s->reg, s->row);
    w->ok = false;
    return;
  }
  const ans_type type = p->insns[s->reg].type;
  ans_scalar v = ans_trace_get(w->t, s->reg, s->row);
  if (type.tag == ANS_T_REF && v.state == ANS_VALUE) v.v -= ans_trace_first_row(w->t, type.ref);
  const uint32_t param_row = ans_trace_param_row(w->t, s->reg, s->row);
  const bool given = ans_trace_overridden(w->t, s->reg, s->row);
  w->n->cells++;
  w->n->states[s->cell.state]++;
  w->n->given += given;
  w->n->params += param_row != ANS_NONE;
  w->ok = v.v == s->cell.v && v.state == s->cell.state && (given || param_row == s->param_row) && given == s->given && s->unit == p->insns[s->reg].unit;
  if (w->ok) return;
  printf("component %u r%u (%s) row %u: replay state %u value %" PRId64 " parameter row %d given %d; emitted state %u value %" PRId64 " parameter row %d given %d\n", w->k, s->reg,
         ans_opcode_mnemonic((ans_opcode)p->insns[s->reg].op), s->row, v.state, v.v, (int)param_row, given, s->cell.state, s->cell.v, (int)s->param_row, s->given);
}

static void watch_node(void *ctx, const an_step *s) {
  watch *w = ctx;
  const ans_program *p = w->c->program;
  const ans_scalar v = ans_trace_get(w->t, p->nodes[s->node].insn, s->row);
  const int64_t first = p->insns[s->reg].type.tag == ANS_T_REF && v.state == ANS_VALUE ? ans_trace_first_row(w->t, p->insns[s->reg].type.ref) : 0;
  if (w->ok && (s->reg != p->nodes[s->node].insn || v.state != s->cell.state || v.v - first != s->cell.v)) {
    printf("component %u node %u row %u: not the replay's cell\n", w->k, s->node, s->row);
    w->ok = false;
  }
  w->next_row++;
}

static bool same_segments(const an_run *run, watch *w) {
  const ans_program *p = w->c->program;
  for (uint32_t u = 1; u < p->unit_count; u++) {
    if (an_rows(run, u) != ans_trace_unit_rows(w->t, u)) {
      printf("component %u: unit %u has %u rows, in the replay %u\n", w->k, u, an_rows(run, u), ans_trace_unit_rows(w->t, u));
      return false;
    }
    for (uint32_t i = 0; p->units[u].parent != ANS_NONE && i < an_rows(run, u); i++) {
      const an_segment a = an_segment_of(run, u, i);
      const ans_segment b = ans_trace_segment(w->t, u, i);
      w->n->segments++;
      if (a.parent == b.parent && a.from == b.from && a.to == b.to) continue;
      printf("component %u: unit %u segment %u differs\n", w->k, u, i);
      return false;
    }
  }
  return true;
}

static bool same_nodes(const an_run *run, watch *w) {
  uint64_t cells = 0;
  for (uint32_t i = 0; i < w->c->program->node_count; i++) cells += ans_trace_rows(w->t, w->c->program->nodes[i].insn);
  w->next_row = 0;
  an_trace_nodes(run, watch_node, w);
  return w->ok && w->next_row == cells;
}

static bool same_as_vm(const an_run *run, const ans_columns *c, uint32_t k, const ans_vm *vm) {
  const ans_program *p = c->program;
  for (uint32_t i = 0; i < p->result_count; i++) {
    const ans_result *r = &p->results[i];
    if (p->units[r->unit].parent != ANS_NONE || r->unit == 0) continue;
    const uint32_t first = c->units[r->unit].component_first[k];
    for (uint32_t row = 0; row < an_rows(run, r->unit); row++) {
      const ans_scalar v = ans_vm_get(vm, r->insn, first + row);
      const an_cell x = an_result(run, i, row);
      if (v.state == x.state && embed_relative(c, r->type, v, k) == x.v) continue;
      printf("component %u result %s row %u: VM state %u value %" PRId64 ", emitted state %u value %" PRId64 "\n", k, r->name, row, v.state, v.v, x.state, x.v);
      return false;
    }
  }
  return true;
}

/* With every smaller block the evaluation must stop with AN_MEMORY, name a need that the sufficient size covers, and show no cell. */
static bool starve(const emit_bound *e, const embed_input *in, size_t enough, int32_t period, int32_t law_known, emit_counts *n) {
  for (size_t size = 0; size < enough; size += enough / 13 + 16) {
    unsigned char *block = malloc(size ? size : 1);
    an_run run;
    if (!block) abort();
    an_status s = e->start(&run, block, size, period, law_known);
    if (s == AN_OK) s = e->evaluate(&run, in->bytes);
    bool ok = s == AN_OK || (s == AN_MEMORY && run.fault.status == AN_MEMORY && run.fault.need > 0 && run.fault.need <= enough && an_get(&run, 0, 0).state == AN_ERROR);
    free(block);
    n->starved += s == AN_MEMORY;
    if (ok) continue;
    printf("a block of %zu of %zu bytes: status %d, need %zu\n", size, enough, (int)s, run.fault.need);
    return false;
  }
  return true;
}

/* Literals answered by the emission are what loading the facts found. */
static bool same_answers(const emit_bound *e, const ans_columns *c) {
  for (uint32_t i = 0; i < c->text_count; i++) {
    an_text t = {c->texts[i].text, c->texts[i].fact, c->texts[i].holds, c->texts[i].failed};
    an_answer_literals(e->package, &t);
    if (t.holds != c->texts[i].holds) return printf("text %u: other answers\n", i), false;
  }
  return true;
}

static bool compare_component(const emit_bound *e, const ans_columns *c, uint32_t k, const ans_vm *vm, int32_t period, int32_t law_known, emit_counts *n) {
  ans_error err = {0};
  ans_trace *t = NULL;
  if (ans_replay_run_known(c, k, period, law_known, &t, &err) != ANS_OK) return printf("replay refused\n"), false;
  embed_input in = embed_input_new(e->package, c, k);
  const size_t enough = e->memory(in.bytes);
  unsigned char *block = malloc(enough);
  an_run run;
  if (!block) abort();
  memset(block, 0xA5, enough); /* nothing may rely on cleared memory */
  an_status s = e->start(&run, block, enough, period, law_known);
  for (int again = 0; again < 2 && s == AN_OK; again++) s = e->evaluate(&run, in.bytes); /* a second time from what start kept */
  watch w = {t, c, k, 0, 0, n, s == AN_OK};
  if (s != AN_OK) printf("component %u: status %d, unit %u row %u fact %u result %u need %zu of %zu\n", k, (int)s, run.fault.unit, run.fault.row, run.fault.fact, run.fault.result, run.fault.need, enough);
  w.ok = w.ok && same_segments(&run, &w);
  if (w.ok) an_trace_cells(&run, watch_cell, &w);
  if (w.ok && watch_next(&w)) w.ok = (printf("component %u: the trace ends before r%u\n", k, w.next_reg), false);
  w.ok = w.ok && same_nodes(&run, &w) && same_as_vm(&run, c, k, vm);
  if (w.ok && k == 0) w.ok = starve(e, &in, enough, period, law_known, n);
  n->components++;
  free(block);
  embed_input_free(&in);
  ans_trace_free(t);
  return w.ok;
}

bool emit_compare(const emit_bound *e, const ans_columns *c, int32_t period, int32_t law_known, emit_counts *n) {
  const ans_program *p = c->program;
  uint32_t *wanted = zeroed(p->result_count, sizeof *wanted);
  ans_error err = {0};
  for (uint32_t i = 0; i < p->result_count; i++) wanted[i] = p->results[i].insn;
  ans_vm *vm = ans_vm_new(p, wanted, p->result_count, 0);
  if (!vm) abort();
  ans_vm_law_known(vm, law_known);
  bool ok = ans_vm_run(vm, c, 0, c->components, period, &err) == ANS_OK;
  if (!ok) printf("VM refused\n");
  ok = ok && same_answers(e, c);
  for (uint32_t k = 0; k < c->components && ok; k++) ok = compare_component(e, c, k, vm, period, law_known, n);
  ans_vm_free(vm);
  free(wanted);
  return ok;
}

static const char *citation(const ans_program *p, uint32_t provision) { return provision == ANS_NONE ? "" : p->provisions[provision].text; }

static bool nodes_agree(const an_package *x, const ans_program *p) {
  bool ok = x->node_count == p->node_count;
  for (uint32_t i = 0; ok && i < p->node_count; i++) {
    const an_node_info *a = &x->nodes[i];
    const ans_node *b = &p->nodes[i];
    ok = a->reg == b->insn && a->parent == b->parent && a->kind == b->kind && a->result == b->result && a->line == b->line && !strcmp(a->text, b->text) && !strcmp(a->text_not, b->text_not) &&
         !strcmp(a->provision, citation(p, b->provision));
    if (!ok) printf("node %u differs\n", i);
  }
  return ok;
}

bool emit_tables_agree(const emit_bound *e, const ans_program *p) {
  const an_package *x = e->package;
  char hex[65];
  ans_hex(p->sha256, 32, hex);
  bool ok = !strcmp(x->sha256, hex) && !strcmp(x->name, p->name) && !strcmp(x->version, p->version) && !strcmp(x->title, p->title) && x->format_version == ANS_PACKAGE_FORMAT_VERSION &&
            x->semantics_version == p->semantics_version && x->emission_version == ANS_EMISSION_VERSION && x->period_kind == p->period_kind && x->first_period == p->first_period && x->last_period == p->last_period;
  ok = ok && x->unit_count == p->unit_count && x->fact_count == p->fact_count && x->result_count == p->result_count && x->register_count == p->insn_count && x->param_count == p->param_count &&
       x->benefit_count == p->benefit_count && x->question_count == p->predicate_count;
  for (uint32_t i = 0; ok && i < p->fact_count; i++) ok = !strcmp(x->facts[i].name, p->facts[i].name) && x->facts[i].unit == p->facts[i].unit;
  for (uint32_t i = 0; ok && i < p->result_count; i++) ok = !strcmp(x->results[i].name, p->results[i].name) && x->results[i].reg == p->results[i].insn && !strcmp(x->results[i].provision, citation(p, p->results[i].provision));
  for (uint32_t i = 0; ok && i < p->insn_count; i++) ok = !strcmp(x->registers[i].operation, ans_opcode_mnemonic((ans_opcode)p->insns[i].op)) && x->registers[i].unit == p->insns[i].unit;
  for (uint32_t i = 0; ok && i < p->param_count; i++) ok = !strcmp(x->params[i].name, p->params[i].name);
  if (!ok) printf("%s: the tables are not those of the package\n", p->name);
  return ok && nodes_agree(x, p);
}
