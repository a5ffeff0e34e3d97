/* Decisions that change nothing, as a chunk of columns (docs/formats/chunks.md). Pure; results are the caller's. */
#ifndef ANS_CHUNKS_DECISIONS_H
#define ANS_CHUNKS_DECISIONS_H
#include "chunks/chunks.h"

enum { ANS_DECISION_BLOCK_MAX = 1 << 20, ANS_DECISION_BLOCK_REASONS = 65535 /* distinct */ };
typedef struct ans_block_decision {
  int64_t id, claim;
  int32_t period;
  uint8_t merits, procedure, action;
  int64_t amount_cents, payout_cents, previous_cents;
  const char *reasons;             /* compact JSON array */
} ans_block_decision;
typedef struct ans_decision_block { uint32_t count; ans_block_decision *items; char *texts; } ans_decision_block;

/* items ascending by id and by (claim, period). ANS_LIMIT: more than a block holds. */
ans_status ans_decision_block_encode(const ans_block_decision *items, uint32_t n, const uint8_t package_sha[32], const ans_chunk_options *o, uint8_t **bytes, size_t *size, ans_error *err) ANS_MUST_CHECK;
/* Errors as of ans_chunk_open; the order is checked. */
ans_status ans_decision_block_decode(const uint8_t package_sha[32], const uint8_t *bytes, size_t size, int64_t id, const char *name, ans_decision_block **out, ans_error *err) ANS_MUST_CHECK;
void ans_decision_block_free(ans_decision_block *b);
#endif
