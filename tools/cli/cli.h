/* The anspruch command: argument parsing from one table, and one handler per command. Handlers return the process exit code (status.h). */
#ifndef ANS_CLI_H
#define ANS_CLI_H
#include <stdbool.h>
#include "anspruch/status.h"
#include "chunks/chunks.h"
#include "decide/decide.h"
#include "lower/lower.h"

typedef enum cli_option_id {
#define OPT(id, ...) OPT_##id,
#include "options.def"
#undef OPT
  OPT_COUNT,
  OPT_NONE = OPT_COUNT
} cli_option_id;
typedef enum cli_command_id {
#define CMD(id, ...) CMD_##id,
#include "commands.def"
#undef CMD
  CMD_COUNT
} cli_command_id;

enum { CLI_REPEAT_MAX = 64 };
typedef struct cli_args {
  cli_command_id command;
  ans_lang lang;
  bool color_out, color_err;
  const char *value[OPT_COUNT];                 /* "" for given flags, NULL when absent; last one wins */
  const char *repeated[OPT_COUNT][CLI_REPEAT_MAX]; unsigned repeat_count[OPT_COUNT];
  char **positional; int positional_count;
} cli_args;
/* Parses; on --help or a usage error prints and returns false with *exit_code set. */
bool cli_parse(cli_args *a, int argc, char **argv, int *exit_code);
void cli_print_help(const cli_args *a, int command /* -1 = all */);
void cli_print_man(void);
void cli_print_completion(const char *shell);

#define X(id, fn) int fn(const cli_args *a);
#define CLI_HANDLERS(X)                                                                                                                              \
  X(CHECK, cli_check) X(TEST, cli_test) X(BUILD, cli_build) X(DISASM, cli_disasm) X(FACTS, cli_facts) X(DECIDE, cli_decide) X(EXPLAIN, cli_explain)   \
  X(IMPORT, cli_import) X(FETCH, cli_fetch) X(BATCH, cli_batch) X(WORKLIST, cli_worklist) X(REPLAY, cli_replay) X(AUDIT, cli_audit) X(LAW, cli_law) X(FMT, cli_fmt) X(CONVERT, cli_convert) X(DOC, cli_doc) X(STORE, cli_store) X(SQL, cli_sql) X(EXCHANGE, cli_exchange) X(EVENTS, cli_events) X(SERVE, cli_serve)
CLI_HANDLERS(X)
/* --chunk-key or the environment: *key points to storage, or is NULL when neither is given. */
ans_status cli_chunk_key(const cli_args *a, ans_chunk_key *storage, const ans_chunk_key **key, ans_error *err) ANS_MUST_CHECK;
/* Renews the column chunks of a package after a run, with the defaults of `store compact`. */
ans_status cli_compact_after(const char *path, const ans_program *p, const ans_chunk_key *key, ans_error *err) ANS_MUST_CHECK;
/* --evidence-key or the environment, given to the store; nothing is done when neither is given. In cmd_evidence.c, as the two below. */
struct ans_store;
ans_status cli_evidence_key(const cli_args *a, struct ans_store *s, ans_error *err) ANS_MUST_CHECK;
ans_status cli_store_seal(const cli_args *a, ans_error *err) ANS_MUST_CHECK; /* store seal */
ans_status cli_store_purge(const cli_args *a, ans_error *err) ANS_MUST_CHECK; /* store purge, in cmd_purge.c */
ans_status cli_evidence_show(const cli_args *a, struct ans_store *s, const char *number, ans_error *err) ANS_MUST_CHECK; /* exchange evidence */
int cli_exchange_check(const cli_args *a); /* exchange check, in cmd_preflight.c */
int cli_explain_store(const cli_args *a); /* explain --store, in cmd_store.c */
#undef X

/* --- shared by handlers (cli_common.c) --- */
int cli_fail(const cli_args *a, ans_status st, const ans_error *err);   /* prints, returns the exit code */
const char *cli_say(const cli_args *a, const char *de, const char *en);
/* A package file, or rule text compiled on the fly (diagnostics printed). *compiled owns a program made from text; free with cli_package_free. */
typedef struct cli_package { ans_program *program; ans_compilation compilation; bool from_text; } cli_package;
ans_status cli_package_open(const cli_args *a, const char *path, cli_package *out, ans_error *err) ANS_MUST_CHECK;
void cli_package_free(cli_package *p);
/* With --law: every citation must exist in the given laws (ANS_RULES otherwise, findings printed). Without: ANS_OK. */
ans_status cli_law_gate(const cli_args *a, const cli_package *p, ans_error *err) ANS_MUST_CHECK;
/* build --report: what the range analysis proved (cmd_ranges.c); text or, with --json, one object. */
ans_status cli_ranges(const cli_args *a, const ans_program *p, ans_error *err) ANS_MUST_CHECK;
/* --period, or --month, which takes months only: one period or, with `range`, FROM..TO. Known before the package is opened … */
typedef struct cli_span { const char *text; uint32_t kind; int32_t first, last; } cli_span;
ans_status cli_periods(const cli_args *a, bool range, cli_span *out, ans_error *err) ANS_MUST_CHECK;
/* … and then compared with it: a period of another kind is an error. */
ans_status cli_period_fits(const ans_program *p, const cli_span *span, ans_error *err) ANS_MUST_CHECK;
/* --current: one period. */
ans_status cli_current(const cli_args *a, cli_span *out, ans_error *err) ANS_MUST_CHECK;
/* --law-known as a day; ANS_DAY_MAX when it is not given. */
ans_status cli_law_known(const cli_args *a, int32_t *day, ans_error *err) ANS_MUST_CHECK;
/* --facts-known as a day; ANS_DAY_MAX when it is not given. A day to come is refused: what will be recorded until then is not known. */
ans_status cli_facts_known(const cli_args *a, int32_t *day, ans_error *err) ANS_MUST_CHECK;
/* Refuses both options where the states of knowledge are fixed already (a stored decision). */
ans_status cli_no_known(const cli_args *a, ans_error *err) ANS_MUST_CHECK;
ans_status cli_benefit(const cli_args *a, const ans_program *p, uint32_t *benefit, ans_error *err) ANS_MUST_CHECK;
ans_status cli_read_file(const char *path, size_t max, char **bytes, size_t *size, ans_error *err) ANS_MUST_CHECK;
ans_status cli_unsigned(const cli_args *a, cli_option_id option, unsigned fallback, unsigned max, unsigned *out, ans_error *err) ANS_MUST_CHECK;
ans_status cli_need(const cli_args *a, cli_option_id option, const char **value, ans_error *err) ANS_MUST_CHECK;
ans_explain_detail cli_detail(const cli_args *a);
/* One line: the trace of a claim (explain --trace). */
ans_status cli_print_trace(const ans_wording *w, const ans_columns *c, const ans_trace *t, uint32_t benefit, uint32_t row, ans_error *err);
/* Asks the metaservices; prints every finding but the first, which is in *err. *right: how many registers are ready, may be NULL. */
struct ans_xroad_config;
ans_status cli_preflight(const cli_args *a, const struct ans_xroad_config *config, int *right, ans_error *err) ANS_MUST_CHECK;
/* Progress bar on a terminal only. */
void cli_progress(void *ctx, int64_t done, int64_t total);
#endif
