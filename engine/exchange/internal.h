/* Private to engine/exchange: what passes between policy, transport, checks, adapters and the fetch plan.
 *
 * One request travels through these stages, each in its own file: plan (fetch.c) → policy and URL (policy.c), what is sent (carrier.c, soap.c, regrep.c) → log, send, retry (transport.c) →
 * echo and content checks (check.c, soap.c, document.c) → adapter (adapter_*.c) and mapping (mapping_*.c) → assertions (adapter.c), stored with evidence and outcome in one transaction (fetch.c).
 * Before any of them, and without a person: the preflight (preflight.c).
 * A carrier is three functions; another network is another carrier, and the rest stays as it is. Thread rule: one thread; the store handle is the caller's. */
#ifndef ANS_EXCHANGE_INTERNAL_H
#define ANS_EXCHANGE_INTERNAL_H
#include <curl/curl.h>
#include <jansson.h>
#include "base/error.h"
#include "exchange/exchange.h"
#include "exchange/shared.h"

typedef struct ans_xroad_register exchange__register;
enum { EXCHANGE_URL_SIZE = 2001, EXCHANGE_FIELDS_SIZE = 3000 /* bytes of the stated fields */, EXCHANGE_CHUNK = 512, EXCHANGE_CHUNK_BYTES = 256 * 1024 * 1024 };

/* A parsed answer: JSON or XML. */
typedef struct exchange__document { json_t *json; struct _xmlDoc *xml; const void *root; /* element where paths begin (xmlNode), NULL: the document element */ } exchange__document;
void exchange__document_dispose(exchange__document *d);
/* XML without DOCTYPE, entities of its own, processing instructions, in UTF-8, within the limits of mapping.h. NULL or the reason why not. */
const char *exchange__parse_xml(const char *bytes, size_t size, exchange__document *out);

/* The headers of one answer that are checked; counts detect duplicates. */
typedef struct exchange__headers {
  char client[256], service[256], id[EXCHANGE_ID_SIZE], request_id[EXCHANGE_ID_SIZE], error[160], content_type[128];
  unsigned clients, services, ids, request_ids, errors, content_types, encodings;
  bool overlong;                      /* one of them did not fit */
  bool ended;                         /* the blank line came; libcurl takes an answer that breaks off before it for a whole one without body */
} exchange__headers;

typedef struct exchange__request {
  const exchange__register *reg;
  unsigned reg_index;
  char subject_key[24];               /* IdNr, or "" for a feed */
  char suffix[160];                   /* after the service: "/13562800019" or "?after=…", already encoded */
  char case_id[129];
  bool idnr_used;
  const char *fields;                 /* what is asked for; the caller keeps it until the request is done */
  char idempotency_key[EXCHANGE_ID_SIZE]; /* POST only: the same for all attempts */
  /* outcome, filled by the transport */
  ans_exchange_class outcome;
  char request_id[EXCHANGE_ID_SIZE], xroad_request_id[EXCHANGE_ID_SIZE];
  char detail[192];                   /* short, without payload: error type, check that failed */
  bool tls_failed;                    /* the last attempt found no server it may speak to, or the server refused our certificate */
  char server_detail[64];             /* the security server's own log id */
  unsigned attempts;
  int http_status;
  int64_t received_at, elapsed_us;    /* elapsed: of the last attempt, as libcurl counts it */
  char *body; size_t size;            /* malloc'd; also for invalid answers (evidence); NULL if none */
  exchange__document document;        /* only for ANS_X_OK and ANS_X_NO_DATA */
} exchange__request;

/* policy.c */
ans_status exchange__check_policy(const ans_request_policy *p, ans_error *err);
/* The header value of stated fields: as ans_exchange_encode_header, but as long as EXCHANGE_FIELDS_SIZE allows. */
bool exchange__encode_fields(const char *fields, char *out, size_t size);

/* authorisation.c */
typedef struct exchange__authorisations exchange__authorisations;
ans_status exchange__authorisations_load(const char *path, exchange__authorisations **out, ans_error *err);
void exchange__authorisations_free(exchange__authorisations *a);
bool exchange__uses_idnr(const exchange__register *r);
/* NULL if the register may be asked on this day, else why not. */
const char *exchange__refusal(const ans_xroad_config *c, const exchange__register *r, int32_t day);
int32_t exchange__today(void); /* UTC */

bool exchange__url(const ans_xroad_config *c, const exchange__register *r, const char *suffix, char out[EXCHANGE_URL_SIZE]);
bool exchange__is_loopback(const char *url);

/* SOAP: what a request's body says, as its register entry declares it (docs/exchange.md, "SOAP"). */
typedef enum exchange__soap_value { SOAP_TEXT, SOAP_IDNR, SOAP_LEGAL_BASIS, SOAP_PURPOSE, SOAP_CASE, SOAP_FIELDS, SOAP_KEY } exchange__soap_value;
typedef struct exchange__soap_field { char *element /* "a/b": b inside a */, *text /* SOAP_TEXT */; exchange__soap_value value; } exchange__soap_field;
typedef struct exchange__soap {
  char *version;                      /* serviceVersion, or NULL */
  char *action;                       /* SOAPAction; NULL: empty */
  char *space;                        /* namespace of the wrapper element */
  bool qualified;                     /* its children are in this namespace too (elementFormDefault) */
  bool unwrap;                        /* paths of the mapping begin at the one element inside the wrapper */
  bool repeatable;                    /* the service only reads: asking again after an unknown outcome changes nothing */
  exchange__soap_field *fields; size_t field_count;
} exchange__soap;
enum { EXCHANGE_SOAP_FIELDS = 32, EXCHANGE_SOAP_STEPS = 4 };

/* config.c, config_tls.c, config_soap.c */
ans_status config__tls(json_t *o, ans_xroad_config *c, ans_error *err);
ans_status config__protocol(json_t *o, exchange__register *r, ans_error *err);
void exchange__soap_free(exchange__soap *s);

/* RegRep: the document beside X-Road that a draft for NOOTS sends (docs/exchange.md, "NOOTS"). */
typedef struct exchange__regrep { char *path /* below server_url */, *specification, *requirement; } exchange__regrep;
ans_status config__regrep(json_t *o, exchange__register *r, ans_error *err);
void exchange__regrep_free(exchange__regrep *g);

/* soap.c: PR-MESS 4.0. */
/* The envelope of a request (malloc'd), false if it cannot be formed: a text that XML cannot hold, or memory. */
bool exchange__soap_request(const ans_xroad_config *c, const exchange__request *r, char **out, size_t *size);
/* Decides the class of a complete SOAP exchange, as exchange__check_answer does for REST. */
void exchange__soap_check(const ans_xroad_config *c, exchange__request *r, const exchange__headers *h);

/* carrier.c, regrep_carrier.c: how a request travels. X-Road REST, X-Road SOAP and the draft for NOOTS differ in these three functions and in nothing else. */
typedef struct exchange__sending { char url[EXCHANGE_URL_SIZE]; struct curl_slist *headers; char *body; size_t size; /* malloc'd; NULL: GET, else POST */ } exchange__sending;
typedef struct exchange__carrier {
  bool (*form)(const ans_xroad_config *c, const exchange__request *r, exchange__sending *out);              /* what is sent; false: it cannot be formed. out->… are the caller's to dispose of either way */
  void (*check)(const ans_xroad_config *c, exchange__request *r, const exchange__headers *h);              /* the class of a complete HTTP exchange; fills outcome, detail, document */
  bool (*repeatable)(const exchange__request *r);                                                           /* whether asking once more after an unknown outcome is harmless */
} exchange__carrier;
extern const exchange__carrier exchange__regrep_carrier;
const exchange__carrier *exchange__carrier_of(const exchange__register *r);
void exchange__sending_dispose(exchange__sending *s);
bool exchange__address(const ans_xroad_config *c, const char *path, char out[EXCHANGE_URL_SIZE]);
bool exchange__no_expect(exchange__sending *out);
bool exchange__always_repeatable(const exchange__request *r);
void exchange__rest_check(const ans_xroad_config *c, exchange__request *r, const exchange__headers *h);

/* pace.c: at most `per_second` starts a second, evenly spaced. Pure: the caller brings the clock. */
typedef struct exchange__pace { unsigned per_second; /* 0: no limit */ int64_t next_us; } exchange__pace;
/* Whether a request may start now; else *at_us is the earliest time. */
bool exchange__pace_due(const exchange__pace *p, int64_t now_us, int64_t *at_us);
/* A request starts now. */
void exchange__pace_start(exchange__pace *p, int64_t now_us);

/* check.c: decides the class of a complete HTTP exchange; fills detail, json. */
void exchange__header_line(exchange__headers *h, const char *line, size_t n);
void exchange__check_answer(const ans_xroad_config *c, exchange__request *r, const exchange__headers *h);
void exchange__detail(exchange__request *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *exchange__class_name(ans_exchange_class c);
void exchange__http_error(exchange__request *r);
bool exchange__is_media(const char *content_type, const char *media);

/* transport_curl.c: options that hold for every request: TLS, limits, nothing followed, nothing guessed. */
bool exchange__curl_set_up(const ans_xroad_config *c, CURL *easy);
/* Class and detail of a transfer that did not complete. why: what libcurl wrote to CURLOPT_ERRORBUFFER, may be ""; answered: a header line had arrived. */
void exchange__curl_failed(exchange__request *r, CURLcode code, const char *why, bool answered);
bool exchange__curl_header(struct curl_slist **list, const char *name, const char *value, bool encode);

/* transport.c */
typedef struct exchange__transport exchange__transport;
ans_status exchange__transport_new(const ans_xroad_config *c, ans_store *s, exchange__transport **out, ans_error *err);
void exchange__transport_free(exchange__transport *t);
/* Logs, sends and retries all of them; every request has an outcome afterwards. Fails only when the log or memory fails (then nothing more is sent). */
ans_status exchange__transport_run(exchange__transport *t, exchange__request *requests, size_t n, ans_error *err);
void exchange__request_dispose(exchange__request *r);
int64_t exchange__transport_retries(const exchange__transport *t);
/* Why the local authorisation refuses a register, or NULL; fixed when the transport is made. */
const char *exchange__transport_refused(const exchange__transport *t, unsigned reg_index);
/* Why a register was given up in this run, or NULL; and how many of its requests were not sent. */
const char *exchange__transport_stopped(const exchange__transport *t, unsigned reg_index, int64_t *unsent);
/* Whether that was for the sake of the secured connection: certificates, keys, names, versions of TLS. */
bool exchange__transport_stopped_by_tls(const exchange__transport *t, unsigned reg_index);
ans_exchange_entry exchange__log_entry(const exchange__request *r, const char *outcome);

/* adapter.c */
typedef struct exchange__planned { ans_assertion a; } exchange__planned;
/* What an answer speaks about: what this source said about it before and does not repeat is taken back. */
typedef struct exchange__scope { int64_t subject; const char *fact; } exchange__scope;
typedef struct exchange__adapter {
  ans_store *store;
  const ans_program *program;
  const exchange__register *reg;
  ans_fetch_report *report;
  const char *idnr;
  int64_t person;                     /* subject asked about */
  int64_t evidence, now, confirmed_at; /* confirmed_at: when the register last answered about the person; 0: never */
  int32_t as_of, horizon;             /* horizon: last day of as_of's month; see docs/exchange.md */
  exchange__planned *planned; size_t count, capacity;
  exchange__scope *scope; size_t scope_count, scope_capacity;
  struct ans_arena *arena;            /* texts of the present answer; NULL until a mapping needs it */
  bool failed_memory, other_person;   /* other_person: the answer is about somebody else; it is not kept either */
  const char *invalid;                /* set by an adapter that finds the record impossible; static text or invalid_text */
  char invalid_text[200];
} exchange__adapter;
typedef struct exchange__interval { int32_t from, to; int64_t value; bool unknown; } exchange__interval;

typedef struct exchange__kind {
  const char *register_name;
  const char *const *facts;           /* facts of Person the register may assert, NULL-ended */
  bool pairs_of_child;                /* the register is authoritative for `Art` of all pairs of this child */
  ans_status (*read)(exchange__adapter *a, json_t *record, ans_error *err); /* INPUT via a->invalid, never via status */
} exchange__kind;
const exchange__kind *exchange__kind_of(const char *register_name);
/* The reason for an answer that does not name the person asked about, and the mark that forbids to keep it: it would be stored under a wrong name. */
const char *exchange__another_person(exchange__adapter *a);
extern const exchange__kind exchange__residents, exchange__births, exchange__account, exchange__training, exchange__employment;

/* Whether the package has the fact and accepts this register's source for it. */
bool exchange__wanted(const ans_program *p, const exchange__register *r, const char *unit, const char *fact);
const char *exchange__source_of(const exchange__register *r, const char *fact);
/* Plans assertions about the person asked for (or `subject`). Facts the package does not want are dropped silently. */
void exchange__put_number(exchange__adapter *a, const char *fact, int32_t from, int32_t to, int64_t v);
void exchange__put_text(exchange__adapter *a, const char *fact, int32_t from, int32_t to, const char *text);
void exchange__put_none(exchange__adapter *a, const char *fact);
void exchange__put_unknown(exchange__adapter *a, const char *fact, int32_t from, int32_t to, const char *reason);
void exchange__put_kind_of_child(exchange__adapter *a, int64_t pair, const char *kind);
/* Union of true intervals over [from, to]: writes 1 where covered, 0 elsewhere, unknown where an interval says so. */
void exchange__put_union(exchange__adapter *a, const char *fact, const exchange__interval *items, size_t n, int32_t from, int32_t to);
/* One assertion about any row, whose fact the caller knows to be wanted. */
void exchange__put(exchange__adapter *a, const ans_assertion *x);
ans_assertion exchange__assertion(const exchange__adapter *a, int64_t subject, const char *fact);
void exchange__in_scope(exchange__adapter *a, int64_t subject, const char *fact);
/* Whether the package knows pairs of parents and children at all; otherwise none are made. */
bool exchange__has_pairs(const ans_program *p);
/* Frees what the adapter holds between answers. */
void exchange__adapter_dispose(exchange__adapter *a);
/* Below: kind is the built-in adapter of a->reg or NULL, its mapping is added when it has one.
 * Reads a checked answer and plans its assertions; a->invalid is the reason if the record is impossible (then nothing was written). Creates pairs and rows. */
ans_status exchange__read_answer(exchange__adapter *a, const exchange__kind *kind, const exchange__document *answer, ans_error *err);
/* Writes the plan as the difference to what the source said before, inside the caller's transaction. */
ans_status exchange__write_answer(exchange__adapter *a, int64_t evidence, ans_error *err);
/* All facts of the register unknown with this reason; `keep`: only where the source has said nothing yet, or what it said is older than the fact may be. */
ans_status exchange__apply_unknown(exchange__adapter *a, const exchange__kind *kind, const char *reason, bool keep, ans_error *err);

/* Dates of register answers. */
typedef enum exchange__date_kind { EXCHANGE_DATE_ABSENT, EXCHANGE_DATE_FULL, EXCHANGE_DATE_PARTIAL, EXCHANGE_DATE_BAD } exchange__date_kind;
exchange__date_kind exchange__date(json_t *o, const char *key, int32_t *day /* partial: the earliest possible day */);
/* Full date or absent (then `absent`); false: impossible. */
bool exchange__full_date(json_t *o, const char *key, int32_t absent, int32_t *day);
const char *exchange__string(json_t *o, const char *key); /* NULL if absent or no text */
bool exchange__period(exchange__adapter *a, json_t *o, int32_t open_from, exchange__interval *out);

/* fields.c: what a register is asked for: the facts it delivers, the package has and accepts from it, as stated in the request and the log. Into the arena; NULL without any. */
const char *exchange__fields(struct ans_arena *arena, const ans_program *p, const exchange__register *r);
/* Visits the facts a register may assert (some perhaps twice): unit and fact are the register's own strings. */
typedef void exchange__delivers(void *ctx, const char *unit, const char *fact);
void exchange__delivered(const ans_program *p, const exchange__register *r, exchange__delivers *visit, void *ctx);
/* Adds "Unit.Fact" to stated fields, once; false: more than can be stated. */
bool exchange__state_field(char text[EXCHANGE_FIELDS_SIZE], const char *unit, const char *fact);

/* fetch_reach.c: the persons a claim of any unit is about. `reference` is the index of the fact that leads to the person (ANS_NONE: the claim is the person). */
typedef bool exchange__reach_visit(void *ctx, const char *idnr, uint32_t reference);
ans_status exchange__reach_claim(ans_store *s, const ans_program *p, int64_t claim, exchange__reach_visit *visit, void *ctx, ans_error *err);
/* One step further: the persons that share a row with this person. */
ans_status exchange__reach_person(ans_store *s, const ans_program *p, int64_t person, exchange__reach_visit *visit, void *ctx, ans_error *err);

/* birth_rows.c: rows that a birth makes, from the configuration. */
enum { EXCHANGE_BIRTH_PARTS = 4 };
typedef enum exchange__birth_who { BIRTH_PARENT, BIRTH_CHILD, BIRTH_TEXT } exchange__birth_who;
typedef struct exchange__birth_part { exchange__birth_who who; char *text; } exchange__birth_part;
typedef struct exchange__birth_key { exchange__birth_part parts[EXCHANGE_BIRTH_PARTS]; unsigned count; } exchange__birth_key; /* joined by '/' */
typedef struct exchange__birth_reference { char *name; bool person; exchange__birth_key target; /* person: the one part is parent or child */ } exchange__birth_reference;
typedef struct exchange__birth_row {
  char *unit;
  exchange__birth_key key;
  exchange__birth_reference *references; size_t reference_count;
} exchange__birth_row;
ans_status config__birth_rows(json_t *list, ans_xroad_config *c, ans_error *err);
void exchange__birth_rows_free(exchange__birth_row *rows, size_t count);
/* Whether the package has the units and references. */
ans_status exchange__birth_rows_bind(const ans_xroad_config *c, const ans_program *p, ans_error *err);
/* Inside the caller's transaction, after binding; p or c NULL: none. */
ans_status exchange__birth_rows_make(ans_store *s, const ans_program *p, const ans_xroad_config *c, const char *parent, const char *child, const char *source, int64_t now, ans_error *err);

/* events.c: NULL if an event can be used, else the field why not; and taking over events that were checked, inside the caller's transaction. */
const char *exchange__event_wrong(json_t *e);
ans_status exchange__take_events(ans_store *s, const ans_program *p, const ans_xroad_config *c, const char *feed, const char *source, json_t *events, int64_t now, ans_event_report *report, ans_error *err);

/* feed.c */
bool exchange__is_feed(const char *register_name); /* "births-events", "residents-events", …: polled, nobody is asked about */
ans_status exchange__poll_births(ans_store *s, const ans_xroad_config *c, exchange__transport *t, const ans_fetch_options *o, ans_fetch_report *report, ans_error *err);
#endif
