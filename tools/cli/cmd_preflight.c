/* anspruch exchange check: asks the metaservices whether the configuration can work, without a store and without sending anything about a person; fetch --preflight does the
 * same before it asks about anybody. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "cli.h"
#include "exchange/exchange.h"

typedef struct exchange_checked { const cli_args *args; json_t *list; int right, wrong; } exchange_checked;

static void on_checked(void *ctx, const char *register_name, const ans_error *finding) {
  exchange_checked *x = ctx;
  char text[2048] = "";
  if (finding) ans_error_render(finding, x->args->lang, text, sizeof text);
  if (finding && x->wrong++ > 0) fprintf(stderr, "anspruch: %s\n", text); /* the first one ends the command and is printed there */
  if (!finding) x->right++;
  if (x->list) json_array_append_new(x->list, json_pack("{s:s,s:b,s:s}", "register", register_name, "ok", finding == NULL, "code", finding ? finding->code : ""));
  else if (!finding && x->args->value[OPT_PREFLIGHT] == NULL) printf("%s: %s\n", register_name, cli_say(x->args, "in Ordnung", "ready"));
}

ans_status cli_preflight(const cli_args *a, const struct ans_xroad_config *config, int *right, ans_error *err) {
  exchange_checked x = {.args = a};
  ans_status st = ans_exchange_preflight(config, on_checked, &x, err);
  if (right) *right = x.right;
  return st;
}

int cli_exchange_check(const cli_args *a) {
  ans_error err = {0};
  ans_xroad_config config = {0};
  const char *path;
  exchange_checked x = {.args = a, .list = a->value[OPT_JSON] ? json_array() : NULL};
  ans_status st = cli_need(a, OPT_CONFIG, &path, &err);
  if (st == ANS_OK) st = ans_exchange_config_load(path, &config, &err);
  if (st == ANS_OK) st = ans_exchange_preflight(&config, on_checked, &x, &err);
  ans_exchange_config_dispose(&config);
  if (x.list && (st == ANS_OK || st == ANS_EXCHANGE)) {
    char *text = json_dumps(x.list, JSON_INDENT(2));
    if (text) puts(text);
    free(text);
  }
  json_decref(x.list);
  return st == ANS_OK ? ANS_OK : cli_fail(a, st, &err);
}
