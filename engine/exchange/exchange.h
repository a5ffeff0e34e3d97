/* Consumer side of the exchange layer: X-Road REST over libcurl (HTTP/1.1), request policy, exchange log, adapters from register answers to
 * assertions. Specification: X-Road PR-REST 1.0.4. Nothing is sent without a complete request policy and a durable log entry. */
#ifndef ANS_EXCHANGE_H
#define ANS_EXCHANGE_H
#include "facts/facts.h"

/* Mandatory for every request; there are no defaults. */
typedef struct ans_request_policy {
  const char *legal_basis;       /* resolvable citation, e.g. "§ 68 Abs. 5 EStG"; must parse as a citation */
  const char *purpose;           /* "Prüfung Kindergeld" */
  const char *case_id;           /* stable case number → X-Road-Issue */
  bool idnr_used;
} ans_request_policy;

typedef struct ans_xroad_config {  /* docs/exchange.md; read from a JSON file by ans_exchange_config_load */
  char *server_url;              /* https://… or http:// on loopback only */
  char *client_id;               /* INST/CLASS/MEMBER/SUBSYSTEM */
  char *ca_file, *client_cert, *client_key;
  long connect_timeout_ms, total_timeout_ms; /* 5 s, 100 s */
  size_t max_body;               /* 10 MiB */
  unsigned parallel, max_attempts; /* 16, 4 */
  struct { char *register_name, *service_id, *source, *legal_basis, *purpose; } *registers; size_t register_count;
} ans_xroad_config;
ans_status ans_exchange_config_load(const char *path, ans_xroad_config *out, ans_error *err) ANS_MUST_CHECK;
void ans_exchange_config_dispose(ans_xroad_config *c);

/* Error classes of docs/exchange.md (retry table). */
typedef enum ans_exchange_class { ANS_X_OK, ANS_X_NO_DATA, ANS_X_RETRY, ANS_X_OUTCOME_UNKNOWN, ANS_X_DENIED, ANS_X_OUR_FAULT, ANS_X_SECURITY, ANS_X_PROVIDER, ANS_X_INVALID } ans_exchange_class;
/* Normalises both X-Road error code families (old Server.ServerProxy.AccessDenied, new server.serverproxy.access_denied). */
ans_exchange_class ans_exchange_classify(const char *xroad_error);

typedef struct ans_fetch_report { int64_t persons, requests, retries, no_data, invalid, failed, evidence, assertions, events, candidates; } ans_fetch_report;
typedef struct ans_fetch_options { ans_lang lang; bool progress; void (*on_progress)(void *ctx, int64_t done, int64_t total); void *ctx; const char *benefit; int32_t month; } ans_fetch_options;
/* Polls the births feed (cursor kept in the store), raises candidates, then fetches the persons of running awards, applications and candidates (and the persons they point at) from
 * every register that delivers a fact the package asks. Evidence and assertions are stored in transactions of bounded size; a kill at any moment loses at most the answers not yet stored and never stores half an answer; a second
 * run continues and refetches only what is missing or older than the freshness limit. */
ans_status ans_exchange_fetch(ans_store *s, const ans_program *p, const ans_xroad_config *config, const ans_fetch_options *options, ans_fetch_report *report, ans_error *err) ANS_MUST_CHECK;
#endif
