/* Emitted packages in a test: written, compiled by a real compiler into a library, loaded, fed from columns, and compared cell by cell with
 * the replay of the same component (every register, not only results) and with the VM (every row-grain result).
 *
 * Plain programs, aborting on memory exhaustion. Compiled libraries lie in a folder made under the working directory and removed at the end. */
#ifndef ANS_TESTS_EMIT_BIND_H
#define ANS_TESTS_EMIT_BIND_H
#include "anspruch_embed.h"
#include "code/program.h"
#include "columns/columns.h"
#include "embed_input.h"

typedef struct emit_batch emit_batch;  /* packages compiled together */
typedef embed_code emit_bound;         /* one of them, loaded */

/* cc: compiler and flags, words divided by blanks. NULL if emission, compilation or loading fails (the reason is printed). */
emit_batch *emit_batch_new(const ans_program *const *programs, uint32_t n, const char *cc);
const emit_bound *emit_batch_get(const emit_batch *b, uint32_t i);
void emit_batch_free(emit_batch *b);

typedef struct emit_counts { uint64_t components, cells, given, params, segments, states[ANS_STATE_COUNT], starved; } emit_counts;
/* Evaluates every component for the period and compares. False, with the first difference printed, if anything differs. */
bool emit_compare(const emit_bound *e, const ans_columns *c, int32_t period, int32_t law_known, emit_counts *n);
/* Names, indices and texts of the tables against the program. */
bool emit_tables_agree(const emit_bound *e, const ans_program *p);
#endif
