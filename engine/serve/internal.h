/* Private to engine/serve: what passes between reading a request, rights, the ledger and the HTTP library.
 *
 * One request: target and headers (request.c) → service, client, legal basis, purpose, rate (rights.c) → ledger and block (ledger.c) → log, answer (desk.c). None of them knows the HTTP
 * library; server.c is the only file that does, so that tests and the fuzzer drive the whole desk without sockets. */
#ifndef ANS_SERVE_INTERNAL_H
#define ANS_SERVE_INTERNAL_H
#include <stddef.h>
#include "base/error.h"
#include "code/program.h"
#include "serve/serve.h"

enum { SERVE_TARGET_MAX = 2000, SERVE_SEGMENTS = 8, SERVE_SEGMENT = 128, SERVE_VALUE = 400, SERVE_BODY = 2048, SERVE_STEPS = 4, SERVE_ROWS_MAX = 4000, SERVE_IDNR = 12 };

/* --- request.c: pure ------------------------------------------------------------------------------------------------------------------ */
/* Decoded path segments and parameters. A parameter that is absent is "". */
typedef struct serve__target { char segment[SERVE_SEGMENTS][SERVE_SEGMENT]; unsigned segments; char month[32], period[32], fields[SERVE_SEGMENT]; } serve__target;
/* NULL, or the type of the error: "invalid_target", "unknown_parameter", "duplicate_parameter". uri is what stands in the request line, bytes as received. */
const char *serve__parse_target(const char *uri, size_t size, serve__target *out);

/* The headers that count; raw as received (for the echo) and decoded. */
typedef enum serve__header { SERVE_CLIENT, SERVE_SERVICE, SERVE_ID, SERVE_REQUEST_ID, SERVE_REQUEST_HASH, SERVE_ISSUE, SERVE_LEGAL_BASIS, SERVE_PURPOSE, SERVE_IDNR_USED, SERVE_REPRESENTED, SERVE_CONTENT_TYPE, SERVE_HEADERS } serve__header;
typedef struct serve__value { char raw[SERVE_VALUE], text[SERVE_VALUE]; unsigned count; bool bad; } serve__value;
typedef struct serve__headers { serve__value of[SERVE_HEADERS]; } serve__headers;
void serve__take_header(serve__headers *h, const char *name, const char *value);
/* NULL, or the type of the error and (*which) the header's name. */
const char *serve__check_headers(const serve__headers *h, const char **which);
bool serve__decode(const char *text, size_t size, char *out, size_t out_size);

/* --- rate.c: pure ---------------------------------------------------------------------------------------------------------------------- */
/* At most per_second in the long run, and a burst of one second's worth. The caller brings the clock. */
typedef struct serve__rate { unsigned per_second; int64_t next_us; } serve__rate;
bool serve__rate_take(serve__rate *r, int64_t now_us);

/* --- config.c -------------------------------------------------------------------------------------------------------------------------- */
enum { SERVE_FIELD_RECIPIENT = 1, SERVE_FIELD_AMOUNT = 2, SERVE_FIELDS = 2 };
typedef struct serve__list { char **items; size_t count; } serve__list;
typedef struct serve__right { char *client; serve__list bases, purposes; unsigned fields; char *feed, *source; serve__rate rate; } serve__right;
typedef struct serve__step { const char *unit, *fact; bool forward; } serve__step; /* texts are the program's */
typedef struct serve__service {
  char *code;
  bool events;                   /* takes life events; else answers from the ledger */
  ans_program *program;
  const char *benefit;           /* the program's text */
  uint32_t period_kind;
  serve__step steps[SERVE_STEPS]; unsigned step_count; /* from the person to the claim */
  int32_t complete_from;         /* from this period on the ledger says who receives nothing */
  unsigned fields, first_field;
  serve__list blocked_by;        /* sources whose "no data released" counts as a block */
  serve__right *rights; size_t right_count;
} serve__service;
struct ans_serve_config {
  char *provider_id;
  char *address, *certificate, *key, *client_ca;
  unsigned port, connections, request_ms, stop_ms;
  size_t max_body;
  serve__rate all, strangers;
  serve__service *services; size_t service_count;
};
unsigned serve__field_of(const char *name); /* 0: unknown */

/* --- ledger.c --------------------------------------------------------------------------------------------------------------------------- */
typedef enum serve__finding { SERVE_NOTHING_RELEASED, SERVE_UNDETERMINED, SERVE_FOUND } serve__finding;
typedef struct serve__answered { serve__finding finding; bool recipient, amount_unclear; int64_t cents; } serve__answered; /* amount_unclear: of one claim it is not clear whose it is */
/* Whether the person receives the benefit in the period, as the ledger stands. today: day of the calendar. */
ans_status serve__look_up(ans_store *s, const serve__service *service, const char *idnr, int32_t period, int32_t today, serve__answered *out, ans_error *err);

/* --- desk.c ----------------------------------------------------------------------------------------------------------------------------- */
typedef struct serve__request { const char *method, *target; size_t target_size; serve__headers headers; const char *body; size_t body_size; } serve__request;
typedef struct serve__reply { int status; char body[SERVE_BODY]; size_t size; bool echo; char service_id[SERVE_VALUE], request_id[SERVE_VALUE]; unsigned retry_after; const char *allow; } serve__reply;
typedef struct serve__desk { ans_serve_config *config; ans_store *store; ans_serve_counts counts; } serve__desk;
typedef struct serve__clock { int64_t now, now_us; int32_t today; } serve__clock; /* UTC seconds; any monotonic clock; day of the calendar here */
/* One request and what becomes of it. The caller sets `request` and keeps it until it has used the reply. */
typedef struct serve__item {
  const serve__request *request;
  serve__reply reply;
  const char *outcome;           /* of its entry in the log; NULL: none */
  char detail[128], idnr[SERVE_IDNR];
  const serve__right *pushes;    /* events to take over after the entry */
} serve__item;
enum { SERVE_TOGETHER = 64 };
/* Decides, logs in one commit and forms the replies; at most SERVE_TOGETHER. */
void serve__handle(serve__desk *d, serve__item *items, size_t n, serve__clock at);
void serve__error(serve__reply *out, int status, const char *type, const char *message);
#endif
