/* Evidence on the command line: the key that seals it, sealing what lies in the clear, and reading one answer as it was received. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "base/error.h"
#include "cli.h"
#include "store/store.h"

ans_status cli_evidence_key(const cli_args *a, ans_store *s, ans_error *err) {
  ans_chunk_key key;
  bool found = false;
  ans_status st = ans_chunk_key_load(a->value[OPT_EVIDENCE_KEY], ANS_EVIDENCE_KEY_VARIABLE, &key, &found, err);
  if (st == ANS_OK && found) st = ans_store_use_evidence_key(s, &key, err);
  ans_chunk_key_forget(&key);
  return st;
}

ans_status cli_store_seal(const cli_args *a, ans_error *err) {
  ans_store *s = NULL;
  const char *path = NULL;
  int64_t sealed = 0;
  ans_status st = cli_need(a, OPT_STORE, &path, err);
  if (st == ANS_OK) st = ans_store_open(path, ANS_STORE_WRITE, &s, err);
  if (st == ANS_OK) st = cli_evidence_key(a, s, err);
  if (st == ANS_OK) st = ans_store_seal_evidence(s, &sealed, err);
  ans_store_close(s);
  if (st == ANS_OK && a->value[OPT_JSON]) printf("{\"sealed\": %lld}\n", (long long)sealed);
  else if (st == ANS_OK) printf("%lld %s\n", (long long)sealed, cli_say(a, "Nachweise verschlüsselt; neue werden es von jetzt an immer.", "answers encrypted; new ones always will be from now on."));
  return st;
}

/* The head as one line and the body as it was received; with --json one object, with a body that is text (UTF-8) or none. */
ans_status cli_evidence_show(const cli_args *a, ans_store *s, const char *number, ans_error *err) {
  static const char *const outcomes[] = {"data", "no_data_released", "invalid", "unreachable"};
  char *end = NULL, at[32] = "";
  long long id = strtoll(number, &end, 10);
  ans_evidence head;
  void *body = NULL;
  size_t size = 0;
  bool found = false;
  if (*end || id <= 0) return ans_error_set(err, ANS_USAGE, "E-CLI-NUMBER", NULL, number, "9223372036854775807", NULL);
  ans_status st = cli_evidence_key(a, s, err);
  if (st == ANS_OK) st = ans_store_evidence(s, id, &head, &body, &size, &found, err);
  if (st == ANS_OK && !found) st = ans_error_set(err, ANS_INPUT, "E-CLI-EVIDENCE", NULL, number, NULL);
  if (st != ANS_OK) return st;
  time_t t = (time_t)head.received_at;
  struct tm tm;
  if (gmtime_r(&t, &tm)) strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%SZ", &tm);
  const char *outcome = head.outcome >= 0 && head.outcome <= ANS_EVIDENCE_UNREACHABLE ? outcomes[head.outcome] : "?";
  if (a->value[OPT_JSON]) {
    json_t *text = body ? json_stringn(body, size) : NULL; /* NULL too if it is no UTF-8 */
    if (!text) text = json_null();
    json_t *o = json_pack("{s:I,s:s,s:s,s:s,s:s,s:o}", "evidence", (json_int_t)id, "source", head.source, "service", head.service, "received", at, "outcome", outcome, "body", text);
    json_dumpf(o, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
    putchar('\n');
    json_decref(o);
  } else {
    fprintf(stderr, "%lld  %s  %s  %s  %s\n", id, at, head.source, head.service, outcome);
    if (body) fwrite(body, 1, size, stdout);
  }
  free(body);
  return ANS_OK;
}
