/* anspruch exchange check: asks the metaservices whether the configuration can work, without a store and without sending anything about a person; fetch --preflight does the
 * same before it asks about anybody. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "cli.h"
#include "exchange/exchange.h"

typedef struct exchange_checked { const cli_args *args; json_t *list; int right, wrong; ans_error *refused; int refusals; } exchange_checked;

/* One row a register: what the local table and what the metaservices say. */
static json_t *row_of(exchange_checked *x, const char *register_name) {
  size_t i;
  json_t *row;
  json_array_foreach(x->list, i, row) if (strcmp(json_string_value(json_object_get(row, "register")), register_name) == 0) return row;
  row = json_pack("{s:s}", "register", register_name);
  json_array_append_new(x->list, row);
  return row;
}

static void on_checked(void *ctx, const char *register_name, const ans_error *finding) {
  exchange_checked *x = ctx;
  char text[2048] = "";
  if (finding) ans_error_render(finding, x->args->lang, text, sizeof text);
  if (finding && x->wrong++ > 0) fprintf(stderr, "anspruch: %s\n", text); /* the first one ends the command and is printed there */
  if (!finding) x->right++;
  if (x->list) {
    json_t *row = row_of(x, register_name);
    if (finding || !json_string_length(json_object_get(row, "code"))) json_object_update_new(row, json_pack("{s:b,s:s}", "ok", finding == NULL, "code", finding ? finding->code : ""));
  }
  if (!x->list && !finding && x->args->value[OPT_PREFLIGHT] == NULL) printf("%s: %s\n", register_name, cli_say(x->args, "in Ordnung", "ready"));
}

ans_status cli_preflight(const cli_args *a, const struct ans_xroad_config *config, int *right, ans_error *err) {
  exchange_checked x = {.args = a};
  ans_status st = ans_exchange_preflight(config, on_checked, &x, err);
  if (right) *right = x.right;
  return st;
}

/* The local table, before anything is sent: what it does not allow, fetch would not send. The first refusal ends the command. */
static void on_authorised(void *ctx, const struct ans_xroad_register *r, bool idnr_used, const char *refusal) {
  exchange_checked *x = ctx;
  const char *idnr = idnr_used ? cli_say(x->args, "mit IdNr", "with IdNr") : cli_say(x->args, "ohne IdNr", "without IdNr");
  if (refusal && x->refusals++ == 0) ans_error_set(x->refused, ANS_EXCHANGE, "E-EXCHANGE-CHECK-AUTHORISED", r->service_id, r->register_name, refusal, r->legal_basis, r->purpose, NULL);
  if (x->list)
    json_object_update_new(row_of(x, r->register_name), json_pack("{s:b,s:s,s:s,s:s,s:s,s:b}", "ok", refusal == NULL, "code", refusal ? "E-EXCHANGE-CHECK-AUTHORISED" : "", "service", r->service_id, "legal_basis", r->legal_basis, "purpose",
                                             r->purpose, "idnr_used", idnr_used));
  else
    printf("%s: %s%s (%s, %s, %s)\n", r->register_name, refusal ? cli_say(x->args, "nicht zugelassen: ", "not authorised: ") : cli_say(x->args, "zugelassen", "authorised"), refusal ? refusal : "", r->legal_basis, r->purpose, idnr);
}

int cli_exchange_check(const cli_args *a) {
  ans_error err = {0}, refused = {0};
  ans_xroad_config config = {0};
  const char *path;
  exchange_checked x = {.args = a, .refused = &refused, .list = a->value[OPT_JSON] ? json_array() : NULL};
  ans_status st = cli_need(a, OPT_CONFIG, &path, &err);
  if (st == ANS_OK) st = ans_exchange_config_load(path, &config, &err);
  if (st == ANS_OK && config.authorisations) ans_exchange_authorisations(&config, on_authorised, &x);
  else if (st == ANS_OK && !x.list) puts(cli_say(a, "Berechtigungen werden hier nicht geprüft (policy.authorisations ist false).", "Authorisations are not checked here (policy.authorisations is false)."));
  if (st == ANS_OK) st = ans_exchange_preflight(&config, on_checked, &x, &err);
  if (st == ANS_OK && x.refusals) {
    st = ANS_EXCHANGE;
    err = refused;
  }
  ans_exchange_config_dispose(&config);
  if (x.list && (st == ANS_OK || st == ANS_EXCHANGE)) {
    char *text = json_dumps(x.list, JSON_INDENT(2));
    if (text) puts(text);
    free(text);
  }
  json_decref(x.list);
  return st == ANS_OK ? ANS_OK : cli_fail(a, st, &err);
}
