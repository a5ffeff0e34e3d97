/* Columns of facts as one chunk (docs/formats/chunks.md), and back. Pure; the caller owns results. */
#ifndef ANS_FACTS_CHUNK_H
#define ANS_FACTS_CHUNK_H
#include "chunks/chunks.h"
#include "columns/columns.h"

enum { ANS_FACT_CHUNK_MAX_ROWS = 1 << 20 /* of all units together */, ANS_FACT_CHUNK_MAX_INTERVALS = 4 << 20 };

/* Whole components. subjects[u][r]: the store's id of row r of unit u; entries of units without rows may be NULL. */
typedef struct ans_fact_chunk { ans_columns *columns; int64_t **subjects; } ans_fact_chunk;
/* *bytes: malloc'd. ANS_LIMIT: more than a chunk holds. The columns must have names for all rows and no overrides. */
ans_status ans_fact_chunk_encode(const ans_columns *c, int64_t *const *subjects, const ans_chunk_options *o, uint8_t **bytes, size_t *size, ans_error *err) ANS_MUST_CHECK;
/* The columns are for ans_columns_append (texts are not answered yet). name: in messages. Errors as of ans_chunk_open. */
ans_status ans_fact_chunk_decode(const ans_program *p, const uint8_t *bytes, size_t size, int64_t id, const ans_chunk_key *key, const char *name, ans_fact_chunk **out, ans_error *err) ANS_MUST_CHECK;
void ans_fact_chunk_free(ans_fact_chunk *c);
#endif
