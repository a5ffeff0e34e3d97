/* Private to the fetch: fetch.c (who is asked, storing answers) and fetch_plan.c (what the rules still need). Thread rule: one thread. */
#ifndef ANS_EXCHANGE_FETCH_H
#define ANS_EXCHANGE_FETCH_H
#include "exchange/mapping.h"

/* A role says how a person was reached: as child or parent, and through which reference of the package. */
enum { FETCH_CHILD = 1, FETCH_PARENT = 2, FETCH_FIRST_REFERENCE = 2, FETCH_LAST_ROLE = 63, FETCH_REGISTERS = 64 };
typedef struct fetch__person {
  char idnr[12];
  uint64_t roles, done_roles;
  int64_t claim;
  uint64_t asked, shown, fresh, settled; /* registers (bits): asked in this run; shown in a plan that is not sent; not to be asked (fresh answer); of those whose freshness is known */
  bool whole;                        /* a case that cannot be read: everything is asked */
} fetch__person;

/* One thing a round of the plan wants to know. */
typedef struct fetch__want { uint32_t person, reg, fact; } fetch__want;

typedef struct fetch__run {
  ans_store *store;
  const ans_program *program;
  const ans_xroad_config *config;
  const ans_fetch_options *options;
  ans_fetch_report *report;
  exchange__transport *transport;
  int64_t now;
  char salt[EXCHANGE_ID_SIZE];       /* of the store, for idempotency keys; "" where no register is asked by POST */
  bool pairs;                        /* the benefit's claims are pairs of parent and child */
  bool *wanted;                      /* per register */
  const char **fields;               /* per register: what it is asked for */
  uint32_t *field_count;
  ans_arena *arena;
  uint64_t *asked;                   /* per register: roles of the persons it is asked about */
  int64_t *incidents;                /* per register */
  char (*incident)[192];             /* first detail per register */
  fetch__person *persons; size_t count, capacity;
  uint32_t *slots; size_t slot_capacity;
  exchange__request *chunk; size_t chunk_size;
  exchange__adapter adapter;
  int64_t *claims; size_t claim_count, claim_capacity; /* planned retrieval: those still open */
  fetch__want *wants; size_t want_count, want_capacity;
  ans_status failed;
  ans_error *err;
} fetch__run;

ans_status fetch__oom(ans_error *err);
/* NULL if nobody of this number was reached. */
fetch__person *fetch__find(const fetch__run *f, const char *idnr);
/* Whether the register is still to be asked about the person: reached in a role it is asked about, old enough, not asked in this run, no fresh answer. */
ans_status fetch__is_pending(fetch__run *f, fetch__person *p, unsigned reg, bool *pending, ans_error *err);
/* Asks: into the chunk, which is sent when it is full. With a visitor of the plan, nothing is sent. */
ans_status fetch__queue(fetch__run *f, fetch__person *p, unsigned reg, const char *fields, uint32_t field_count, ans_error *err);
ans_status fetch__flush(fetch__run *f, ans_error *err);
/* Whether the answers of a register may bring new rows into a case. */
bool fetch__makes_rows(const fetch__run *f, unsigned reg);

/* fetch_plan.c: asks what the claims still depend on, round by round, until nothing that a register could still say matters to any of them. */
ans_status fetch__plan(fetch__run *f, ans_error *err);
#endif
