/* A case read from the authority's store: one claim with its connected component, as it was known at some time. */
#ifndef ANS_CLI_STORE_CASE_H
#define ANS_CLI_STORE_CASE_H
#include "cli.h"
#include "facts/facts.h"

typedef struct cli_store_case { ans_store *store; const ans_program *program; ans_fact_loader *loader; ans_columns *columns; uint32_t component, row; } cli_store_case;
/* Loads the component of a claim (a subject of `unit`) from x->store with x->program; known_at INT64_MAX: now. */
ans_status cli_store_case_load(cli_store_case *x, uint32_t unit, int64_t claim, int64_t known_at, ans_error *err) ANS_MUST_CHECK;
/* Frees loader and columns and closes the store; the program is the caller's. */
void cli_store_case_close(cli_store_case *x);
/* Source, author, time or reason of a cell, for explanations (ans_provenance_lookup). */
void cli_store_case_provenance(void *ctx, uint32_t fact, uint32_t row, int32_t day, char *out, size_t size);
#endif
