/* Consumer side of the exchange layer: X-Road REST and SOAP over libcurl (HTTP/1.1), request policy, exchange log, adapters from register answers to
 * assertions. Specifications: X-Road PR-REST 1.0.4, PR-MESS 4.0, PR-META, PR-MREST. Nothing is sent without a complete request policy and a durable log entry. */
#ifndef ANS_EXCHANGE_H
#define ANS_EXCHANGE_H
#include "facts/facts.h"

/* Mandatory for every request; there are no defaults. */
typedef struct ans_request_policy {
  const char *legal_basis;       /* resolvable citation, e.g. "§ 68 Abs. 5 EStG"; must parse as a citation */
  const char *purpose;           /* "Prüfung Kindergeld" */
  const char *case_id;           /* stable case number → X-Road-Issue */
  bool idnr_used;
  const char *fields;            /* the facts asked for, "Person.Geburtsdatum, Person.Wohnsitz" */
} ans_request_policy;

typedef struct ans_xroad_config {  /* docs/exchange.md; read from a JSON file by ans_exchange_config_load */
  char *server_url;              /* https://… or http:// on loopback only */
  char *client_id;               /* INST/CLASS/MEMBER/SUBSYSTEM */
  char *ca_file;                 /* the authorities that count, or exactly the server's certificate */
  char *client_cert, *client_key; /* NULL: https without client certificate, stated in the file as tls.mode "server-only" */
  char *server_keys;             /* "sha256//…;sha256//…": the server's public key must be one of these; NULL: any that ca_file vouches for */
  char *user_id;                 /* X-Road-UserId, xrd:userId; or NULL */
  long connect_timeout_ms, total_timeout_ms; /* 5 s, 100 s */
  size_t max_body;               /* 10 MiB */
  unsigned parallel, max_attempts; /* 16, 4 */
  struct ans_xroad_register *registers; size_t register_count;
  unsigned freshness_hours;      /* answers younger than this are not asked for again; 20 */
  unsigned backoff_ms;           /* first waiting time of a retry, doubled each time, with jitter; 250 */
  bool planned;                  /* registers are asked only what the rules still need (ADR-0017); else everything they deliver */
  unsigned no_case_days, closed_case_days; /* retention of facts (ans_store_purge); 0: not stated */
  bool seal_evidence;            /* answers are kept encrypted only: no request without the store's key */
  struct exchange__authorisations *authorisations; /* what may be asked at all; NULL: the file states that this is not checked here */
  struct exchange__birth_row *birth_rows; size_t birth_row_count; /* rows that a birth makes beside Kindschaft; birth_rows.c */
} ans_xroad_config;
typedef enum ans_fetch_persons { ANS_FETCH_ALL, ANS_FETCH_CHILDREN, ANS_FETCH_PARENTS, ANS_FETCH_VIA } ans_fetch_persons;
typedef struct ans_fact_age { char *fact; unsigned days; } ans_fact_age;
typedef struct ans_fact_source { char *fact, *source; } ans_fact_source;
struct ans_xroad_register {
  char *register_name;           /* residents, births, births-events, idnr, training, employment: chooses the adapter; any other name needs a mapping */
  struct exchange__mapping *mapping; /* docs/formats/register-mapping.md, or NULL */
  char *service_id;              /* INST/CLASS/MEMBER/SUBSYSTEM/SERVICE */
  struct exchange__soap *soap;   /* protocol "soap": version and shape of the request */
  struct exchange__regrep *regrep; /* protocol "regrep": the draft for NOOTS. Neither: REST */
  unsigned requests_per_second, in_flight; /* limits of this register; 0 = none of its own */
  char *source;                  /* name of the source in the rule package, "Melderegister" */
  char *legal_basis, *purpose;
  ans_fetch_persons persons;     /* data minimisation: about whom this register is asked */
  char **via; size_t via_count;  /* for ANS_FETCH_VIA: "Mitglied.Person", the references that lead to them */
  unsigned cost;                 /* of a request, for the plan: cheaper registers are asked first; 10 */
  unsigned from_age;             /* … and from which completed age on (0 = any) */
  ans_fact_age *max_ages; size_t max_age_count; /* facts that are unknown when the register could not confirm them for so long */
  ans_fact_source *fact_sources; size_t fact_source_count; /* facts the register passes on from another source */
};
ans_status ans_exchange_config_load(const char *path, ans_xroad_config *out, ans_error *err) ANS_MUST_CHECK;
void ans_exchange_config_dispose(ans_xroad_config *c);

/* The abstract authorisation of every register of the configuration, today, from the local table alone: refusal is NULL or says why nothing would be sent. */
typedef void ans_exchange_authorised(void *ctx, const struct ans_xroad_register *r, bool idnr_used, const char *refusal);
void ans_exchange_authorisations(const ans_xroad_config *c, ans_exchange_authorised *visit, void *ctx);

/* Error classes of docs/exchange.md (retry table). */
typedef enum ans_exchange_class { ANS_X_OK, ANS_X_NO_DATA, ANS_X_RETRY, ANS_X_OUTCOME_UNKNOWN, ANS_X_DENIED, ANS_X_OUR_FAULT, ANS_X_SECURITY, ANS_X_PROVIDER, ANS_X_INVALID } ans_exchange_class;
/* Percent-encodes one identifier segment (UTF-8) for the URL; false if out is too small or the segment is empty or holds a slash or control character. */
bool ans_exchange_encode_segment(const char *segment, char *out, size_t size);
/* Header value of a policy field: visible ASCII and blanks stay, all else (and %) percent-encoded. false if empty or longer than 200 characters. */
bool ans_exchange_encode_header(const char *text, char *out, size_t size);
/* Whether a text is a resolvable citation: "§ 68 Abs. 5 Satz 1 EStG". */
bool ans_exchange_is_citation(const char *text);
/* Normalises both X-Road error code families (old Server.ServerProxy.AccessDenied, new server.serverproxy.access_denied). */
ans_exchange_class ans_exchange_classify(const char *xroad_error);

/* Whether the configuration can work, asked of the metaservices; nothing personal is sent. Calls visit for every register, with NULL or what is wrong.
 * ANS_EXCHANGE with the first finding, E-EXCHANGE-CHECK-…, if anything is. Sends a few small requests per register, one after the other. */
typedef void ans_exchange_checked(void *ctx, const char *register_name, const ans_error *finding);
ans_status ans_exchange_preflight(const ans_xroad_config *c, ans_exchange_checked *visit, void *ctx, ans_error *err) ANS_MUST_CHECK;
/* Life events that a register sends, as a document "anspruch-events/1" (docs/exchange.md): all of it in one transaction, or nothing and ANS_INPUT (E-EXCHANGE-EVENTS, which names event and
 * field). A birth makes the rows of Kindschaft with the parents it names, and those that `birth_rows` of a configuration says (p, c: both or neither NULL; ANS_EXCHANGE,
 * E-EXCHANGE-CONFIG, if they do not fit the package). Nothing is sent and nothing decided here; ans_events_process (batch) works out what they touch. */
typedef struct ans_event_report { int64_t events, recorded, repeated, unconcerned /* persons the authority knows nothing of */, cancelled; } ans_event_report;
ans_status ans_exchange_event_ingest(ans_store *s, const ans_program *p, const ans_xroad_config *c, const char *bytes, size_t size, ans_event_report *report, ans_error *err) ANS_MUST_CHECK;
/* The same for a document that somebody sends: it must be of this feed and source (sender NULL: whatever it says). */
typedef struct ans_event_sender { const char *feed, *source; } ans_event_sender;
ans_status ans_exchange_event_accept(ans_store *s, const ans_program *p, const ans_xroad_config *c, const ans_event_sender *sender, const char *bytes, size_t size, ans_event_report *report, ans_error *err) ANS_MUST_CHECK;
/* Polls every feed of life events of the configuration ("residents-events", …; births are the fetch's) from its stored position. A page and the new position are one transaction. A feed
 * that cannot be used keeps its position and does not stop the others; ANS_EXCHANGE then (E-EXCHANGE-FEED, the first). p: for the rows that births make, or NULL. */
ans_status ans_exchange_events_poll(ans_store *s, const ans_program *p, const ans_xroad_config *c, ans_event_report *report, ans_error *err) ANS_MUST_CHECK;
/* One attempt to ask a register about a person, or one request of another authority that we answered or refused, from the exchange log (docs/exchange.md). Texts are never NULL. */
typedef struct ans_disclosed {
  int64_t entry, outcome_entry;  /* log entries; outcome_entry 0: no outcome on record (repeated later, or the program ended) */
  int64_t at, answered_at;       /* UTC seconds; answered_at 0: as above */
  char *register_name, *service, *legal_basis, *purpose, *case_id, *request_id, *xroad_request_id, *fields /* that were asked for */;
  char *outcome;                 /* of the newest entry: "sent", "data", "no_data_released", … */
  char *detail;
  bool idnr_used;
  bool served;                   /* somebody asked us: register_name is the client, answered_at is when it asked */
} ans_disclosed;
/* Every attempt to ask about this person, in the order of the log. ANS_USAGE (E-EXCHANGE-IDNR) if it is no IdNr. Free with ans_exchange_disclosure_free. */
ans_status ans_exchange_disclosure(ans_store *s, const char *idnr, ans_disclosed **rows, size_t *count, ans_error *err) ANS_MUST_CHECK;
void ans_exchange_disclosure_free(ans_disclosed *rows, size_t count);
/* Entries recorded before this moment are past the two years of § 9 IDNrG, counted by the calendar (§§ 187, 188 BGB). One day more is kept, so that no entry goes
 * early for whoever reads the clock in another time zone than UTC. */
int64_t ans_exchange_log_cutoff(int64_t now);

typedef struct ans_fetch_report { int64_t persons, requests, retries, no_data, invalid, failed, evidence, assertions, events, candidates;
  int64_t asked_persons, fields /* stated in requests, feeds apart */;
  int64_t spared_requests, spared_fields, spared_persons /* planned: what fetching everything would have asked beyond; persons nobody was asked about */, rounds; } ans_fetch_report;
/* One request of the plan that would be sent now. */
typedef void ans_fetch_planned(void *ctx, const char *register_name, const char *idnr, const char *case_id, const char *fields);
typedef struct ans_fetch_options { ans_lang lang; bool progress; void (*on_progress)(void *ctx, int64_t done, int64_t total); void *ctx; const char *benefit; uint32_t period_kind; int32_t period, first_period /* the plan looks at all periods from here to `period`; 0: only that */; int64_t claim /* 0: all */;
  ans_fetch_planned *on_planned; /* NULL: send. Else nothing is sent or written; the first step of a planned retrieval is shown, the next depends on its answers */ } ans_fetch_options;
/* Polls the births feed (cursor kept in the store), raises candidates, then fetches the persons of running awards, applications and candidates (and the persons they point at) from
 * every register that delivers a fact the package asks. Evidence and assertions are stored in transactions of bounded size; a kill at any moment loses at most the answers not yet stored and never stores half an answer; a second
 * run continues and refetches only what is missing or older than the freshness limit. */
ans_status ans_exchange_fetch(ans_store *s, const ans_program *p, const ans_xroad_config *config, const ans_fetch_options *options, ans_fetch_report *report, ans_error *err) ANS_MUST_CHECK;
#endif
