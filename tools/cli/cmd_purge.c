/* anspruch store purge: facts about people who are in no case any more, deleted after the time that the configuration states. */
#include <stdio.h>
#include <time.h>
#include "base/error.h"
#include "cli.h"
#include "exchange/exchange.h"

ans_status cli_store_purge(const cli_args *a, ans_error *err) {
  ans_store *s = NULL;
  ans_xroad_config config = {0};
  ans_purge_report r = {0};
  const char *path = NULL, *store = NULL;
  bool dry = a->value[OPT_DRY_RUN] != NULL;
  ans_status st = cli_need(a, OPT_CONFIG, &path, err);
  if (st == ANS_OK) st = cli_need(a, OPT_STORE, &store, err);
  if (st == ANS_OK) st = ans_exchange_config_load(path, &config, err);
  if (st == ANS_OK && !config.no_case_days) st = ans_error_set(err, ANS_EXCHANGE, "E-EXCHANGE-RETENTION", NULL, path, NULL);
  const ans_retention retention = {(int64_t)time(NULL), config.no_case_days, config.closed_case_days};
  if (st == ANS_OK) st = ans_store_open(store, ANS_STORE_WRITE, &s, err);
  if (st == ANS_OK) st = ans_store_purge(s, &retention, dry, &r, err);
  ans_store_close(s);
  ans_exchange_config_dispose(&config);
  if (st != ANS_OK) return st;
  if (a->value[OPT_JSON])
    printf("{\"rows\": %lld, \"facts\": %lld, \"answers\": %lld, \"chunks\": %lld, \"kept\": %lld, \"held\": %lld, \"dry_run\": %s}\n", (long long)r.subjects, (long long)r.facts, (long long)r.answers, (long long)r.chunks,
           (long long)r.kept, (long long)r.held, dry ? "true" : "false");
  else
    printf("%s: %lld %s, %lld %s, %lld %s; %lld %s\n", dry ? cli_say(a, "Zu löschen wären", "to be deleted") : cli_say(a, "Gelöscht", "deleted"), (long long)r.facts, cli_say(a, "Angaben", "facts"), (long long)r.answers,
           cli_say(a, "Antworten", "answers"), (long long)r.subjects, cli_say(a, "Zeilen ohne Fall", "rows without a case"), (long long)r.kept, cli_say(a, "Zeilen bleiben", "rows stay"));
  return ANS_OK;
}
