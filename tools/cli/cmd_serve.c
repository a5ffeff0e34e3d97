/* anspruch serve: the authority as a register for others. Listens until SIGTERM or SIGINT, then lets requests under way end. */
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include "base/error.h"
#include "cli.h"
#include "serve/serve.h"

static void serve_report(const cli_args *a, const ans_serve_counts *n) {
  if (a->value[OPT_JSON]) {
    json_t *o = json_pack("{s:I,s:I,s:I,s:I,s:I,s:I}", "answered", (json_int_t)n->answered, "refused", (json_int_t)n->refused, "limited", (json_int_t)n->limited, "failed", (json_int_t)n->failed, "events", (json_int_t)n->events, "cut", (json_int_t)n->cut);
    json_dumpf(o, stdout, JSON_PRESERVE_ORDER);
    putchar('\n');
    json_decref(o);
    return;
  }
  printf("%lld %s, %lld %s, %lld %s, %lld %s, %lld %s, %lld %s\n", (long long)n->answered, cli_say(a, "beantwortet", "answered"), (long long)n->refused, cli_say(a, "abgewiesen", "refused"), (long long)n->limited,
         cli_say(a, "gedrosselt", "limited"), (long long)n->failed, cli_say(a, "gescheitert", "failed"), (long long)n->events, cli_say(a, "Ereignisse", "events"), (long long)n->cut,
         cli_say(a, "zu langsame Verbindungen beendet", "slow connections ended"));
}

static ans_status serve_run(const cli_args *a, ans_serve_config *config, const char *store, ans_error *err) {
  const struct timespec tick = {.tv_nsec = 100000000};
  ans_server *server = NULL;
  ans_serve_counts counts = {0};
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  sigprocmask(SIG_BLOCK, &stop, NULL); /* before the server's thread exists: it inherits the mask */
  ans_status st = ans_server_start(config, store, &server, err);
  if (st != ANS_OK) return st;
  printf("%s http%s://%s:%u\n", cli_say(a, "bereit", "ready"), ans_serve_config_tls(config) ? "s" : "", ans_server_address(server), ans_server_port(server));
  fflush(stdout);
  while (sigtimedwait(&stop, NULL, &tick) < 0) ans_server_tick(server);
  ans_server_stop(server, &counts);
  serve_report(a, &counts);
  return ANS_OK;
}

int cli_serve(const cli_args *a) {
  ans_error err = {0};
  ans_serve_config *config = NULL;
  const char *path = NULL, *store = NULL;
  ans_status st = cli_need(a, OPT_CONFIG, &path, &err);
  if (st == ANS_OK) st = cli_need(a, OPT_STORE, &store, &err);
  if (st == ANS_OK) st = ans_serve_config_load(path, &config, &err);
  if (st == ANS_OK) st = serve_run(a, config, store, &err);
  ans_serve_config_free(config);
  return st == ANS_OK ? ANS_OK : cli_fail(a, st, &err);
}
