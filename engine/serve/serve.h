/* Provider side of the exchange layer: the authority as a register. A small HTTP server (libmicrohttpd) behind the own security server answers whether somebody receives a benefit
 * in a period, from the ledger of issued awards, and takes life events that registers push. X-Road PR-REST 1.0.4, provider's part. docs/provider.md, docs/adr/0018-provider.md.
 *
 * Nothing is answered without a right of the asking client for this service, legal basis and purpose, and nothing before its entry in the exchange log is committed.
 * Threads: two of the server, one for the connections, one with a store handle of its own for the answers; the caller's thread ticks and stops. */
#ifndef ANS_SERVE_H
#define ANS_SERVE_H
#include <stdbool.h>
#include <stdint.h>
#include "store/store.h"

typedef struct ans_serve_config ans_serve_config;
/* Reads and checks the file (docs/provider.md), with the packages it names. ANS_EXCHANGE with E-EXCHANGE-CONFIG: file, field, reason. */
ans_status ans_serve_config_load(const char *path, ans_serve_config **out, ans_error *err) ANS_MUST_CHECK;
void ans_serve_config_free(ans_serve_config *c);
bool ans_serve_config_tls(const ans_serve_config *c);

typedef struct ans_server ans_server;
typedef struct ans_serve_counts { int64_t answered, refused, limited, failed, events, cut; } ans_serve_counts; /* cut: connections closed because a request took too long */
/* Opens the store for writing and listens. The config must outlive the server. E-SERVE-LISTEN names address, port and reason. */
ans_status ans_server_start(ans_serve_config *c, const char *store_path, ans_server **out, ans_error *err) ANS_MUST_CHECK;
unsigned ans_server_port(const ans_server *s);
const char *ans_server_address(const ans_server *s);
/* Closes connections whose request takes too long; to be called every 100 ms or so. */
void ans_server_tick(ans_server *s);
/* Takes no new connections, lets requests under way end within the configured time, then closes. Frees. */
void ans_server_stop(ans_server *s, ans_serve_counts *counts);

/* An Auskunftssperre of the authority's own record (§ 51 BMG): while set, nothing is released about the person. Reason and author are mandatory. Own transaction; what was said before
 * is superseded, not overwritten. ANS_USAGE (E-EXCHANGE-IDNR, E-SERVE-BLOCK). */
ans_status ans_serve_block(ans_store *s, const char *idnr, bool blocked, const char *reason, const char *author, int64_t now, ans_error *err) ANS_MUST_CHECK;
#endif
