/* Shared by the two halves of the verifier (tables, instructions). Private to engine/code. */
#ifndef ANS_CODE_VERIFY_H
#define ANS_CODE_VERIFY_H
#include "code/program.h"

typedef struct verifier {
  const ans_program *p;
  ans_error *err;
  uint32_t *split; /* per unit: the instruction that defines its segments, or ANS_NONE */
} verifier;

ans_status verify__insns(verifier *v) ANS_MUST_CHECK;
bool verify__type(const ans_program *p, ans_type t);
/* Sets err with the place "table[index] name". */
#define VERIFY_FAIL(v, table, index, name, code, ...) verify__fail((v)->err, table, index, name, code, __VA_ARGS__)
ans_status verify__fail(ans_error *err, const char *table, uint32_t index, const char *name, const char *code, const char *a, const char *b,
                        const char *c, const char *d);
#endif
