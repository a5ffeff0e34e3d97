/* libFuzzer target: any bytes as a package file, with length and checksum repaired so that the reader and the verifier get to work. What the
 * verifier accepts must run: both engines on a small case of unknown facts, with equal results, and every value in the interval that the range
 * analysis proved for its register; and it can be written as C. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "emit/emit.h"
#include "exec/vm.h"
#include "range/range.h"
#include "replay/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* docs/formats/package.md: length at 16 (u64), CRC-32 at 24 over all other bytes. */
enum { HEADER = 32, LENGTH_AT = 16, CRC_AT = 24, MAX_RUN_INSNS = 4000, MAX_RUN_UNITS = 16 };

static void repair(uint8_t *b, size_t n) {
  uint32_t crc = 0xFFFFFFFFu;
  for (size_t i = 0; i < 8; i++) b[LENGTH_AT + i] = (uint8_t)((uint64_t)n >> (8 * i));
  for (size_t i = 0; i < n; i++) {
    if (i >= CRC_AT && i < CRC_AT + 4) continue;
    crc ^= b[i];
    for (int k = 0; k < 8; k++) crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1)));
  }
  crc = ~crc;
  for (size_t i = 0; i < 4; i++) b[CRC_AT + i] = (uint8_t)(crc >> (8 * i));
}

/* Two rows in every base unit, no fact known. */
static ans_columns *case_of(const ans_program *p) {
  ans_columns *c = NULL;
  ans_columns_builder *b = ans_columns_builder_new(p);
  ans_status st = b ? ans_columns_begin_component(b, NULL) : ANS_MEMORY;
  for (uint32_t u = 1; st == ANS_OK && u < p->unit_count; u++) {
    uint32_t row;
    if (p->units[u].parent != ANS_NONE) continue;
    st = ans_columns_add_row(b, u, "a", &row, NULL);
    if (st == ANS_OK) st = ans_columns_add_row(b, u, "b", &row, NULL);
  }
  if (st == ANS_OK) st = ans_columns_end_component(b, NULL);
  if (st == ANS_OK) st = ans_columns_finish(b, &c, NULL);
  ans_columns_builder_free(b);
  return st == ANS_OK ? c : NULL;
}

static void compare(const ans_program *p, ans_vm *vm, ans_trace *t) {
  for (uint32_t i = 0; i < p->result_count; i++) {
    const ans_result *r = &p->results[i];
    if (p->units[r->unit].parent != ANS_NONE) continue;
    for (uint32_t row = 0; row < (r->unit ? 2u : 1u); row++) {
      ans_scalar x = ans_vm_get(vm, r->insn, row), y = ans_trace_get(t, r->insn, row);
      if (x.state != y.state || (x.state == ANS_VALUE && x.v != y.v)) {
        fprintf(stderr, "result %u row %u: VM %d/%lld, replay %d/%lld\n", i, row, x.state, (long long)x.v, y.state, (long long)y.v);
        abort();
      }
    }
  }
}

static void check_ranges(const ans_program *p, const ans_trace *t) {
  ans_ranges *r = NULL;
  if (ans_ranges_new(p, &r, NULL) != ANS_OK) return;
  for (uint32_t i = 0; t && i < p->insn_count; i++)
    for (uint32_t row = 0; row < ans_trace_rows(t, i); row++) {
      ans_scalar x = ans_trace_get(t, i, row);
      if (x.state != ANS_VALUE || (x.v >= r->insns[i].always.lo && x.v <= r->insns[i].always.hi)) continue;
      fprintf(stderr, "register %u row %u: %lld outside %lld … %lld\n", i, row, (long long)x.v, (long long)r->insns[i].always.lo, (long long)r->insns[i].always.hi);
      abort();
    }
  ans_ranges_free(r);
}

static void run(const ans_program *p) {
  uint32_t wanted[256], n = 0;
  if (p->insn_count > MAX_RUN_INSNS || p->unit_count > MAX_RUN_UNITS || p->result_count > 256) return;
  for (uint32_t i = 0; i < p->result_count; i++) wanted[n++] = p->results[i].insn;
  ans_columns *c = case_of(p);
  ans_vm *vm = c ? ans_vm_new(p, wanted, n, 0) : NULL;
  ans_trace *t = NULL;
  bool vm_ok = vm && ans_vm_run(vm, c, 0, 1, p->first_period, NULL) == ANS_OK, replay_ok = c && ans_replay_run(c, 0, p->first_period, &t, NULL) == ANS_OK;
  if (vm_ok && replay_ok) compare(p, vm, t);
  check_ranges(p, t);
  ans_trace_free(t);
  ans_vm_free(vm);
  ans_columns_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < HEADER) return 0;
  uint8_t *b = malloc(size);
  if (!b) return 0;
  memcpy(b, data, size);
  repair(b, size);
  ans_program *p = NULL;
  ans_error err = {0};
  ans_status st = ans_program_decode(b, size, "fuzz", &p, &err);
  if (st == ANS_OK) {
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    if (f) {
      ans_program_disassemble(p, f);
      fclose(f);
    }
    free(text);
    ans_emission c;
    if (ans_emit_c(p, "p", &c, &err) != ANS_OK) abort();
    ans_emission_dispose(&c);
    run(p);
  } else if (!err.code) {
    abort(); /* every refusal says why */
  }
  ans_program_free(p);
  free(b);
  return 0;
}
