/* Private: evaluation of one chunk of claims (read and evaluate; no writes). */
#ifndef ANS_BATCH_WORKER_H
#define ANS_BATCH_WORKER_H
#include "batch/batch.h"
#include "exec/span.h"

/* Pages a handle of a run keeps: what is read is read once and lies in the mapped file, what is written is written at the ends of tables. */
enum { BATCH_CACHE_MIB = 8 };

typedef struct batch_claim { int64_t id; unsigned why; } batch_claim;

/* What a decision that changes something carries besides: it gets a leaf. */
typedef struct batch_receipt {
  ans_outcome outcome;
  uint8_t facts_sha[32], trace_sha[32];
  char *snapshot;                      /* malloc'd canonical case, NULL if an earlier decision of the chunk carries the same facts */
} batch_receipt;

typedef struct batch_decision {        /* small: most decisions change nothing */
  int64_t claim;
  int32_t period;
  uint8_t merits, procedure, action;
  uint32_t reasons;
  int64_t amount_cents, payout_cents, previous_cents;
  batch_receipt *receipt;              /* NULL: nothing changes */
} batch_decision;

typedef struct batch_bad { int64_t claim; char code[32]; char reason[512]; bool internal; } batch_bad;

typedef struct batch_chunk {
  const batch_claim *claims;
  uint32_t claim_count;
  batch_decision *decisions; uint32_t decision_count;
  batch_bad *bad; uint32_t bad_count, bad_capacity;
  uint64_t read_ns, evaluate_ns;
  ans_status status;
  ans_error error;
} batch_chunk;

typedef struct batch_facts { bool known; uint8_t sha[32]; } batch_facts; /* of a component */

typedef struct batch_worker {
  const ans_program *program;
  const ans_batch_options *options;
  uint32_t benefit;
  int32_t law_known, facts_known;      /* ANS_DAY_MAX = all */
  ans_store *store;                    /* own read handle */
  ans_fact_loader *loader;
  ans_span *span;
  batch_facts *facts;                  /* per component of the chunk under evaluation: hashed already */
  ans_award_span *awards; size_t award_count, award_capacity; bool award_memory /* ran out of it */; /* of the claims of the chunk, ordered by claim */
} batch_worker;

ans_status batch__worker_open(batch_worker *w, const char *path, int64_t known_at, ans_error *err);
void batch__worker_close(batch_worker *w);
/* Fills chunk->decisions in order of (claim, period). Only memory and store failures make chunk->status non-OK. */
void batch__evaluate(batch_worker *w, batch_chunk *chunk);
void batch__chunk_dispose(batch_chunk *chunk);
/* Processor time of the calling thread, for the report's split; nothing is decided by it. */
uint64_t batch__now_ns(void);
#endif
