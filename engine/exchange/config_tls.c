/* The connection to the own security server, as the configuration file states it. What is weaker must be said: without client certificate only with the mode
 * "server-only", without TLS only on a loopback address. Files are looked at here once, so that a missing key is named before anything is tried. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "exchange/internal.h"

enum { TLS_MAX_KEYS = 4, TLS_PIN = 52 /* "sha256//" and 44 characters of base64 */ };

static ans_status tls__file(const char *path, const char *field, ans_error *err) {
  if (access(path, R_OK) == 0) return ANS_OK;
  char why[300];
  snprintf(why, sizeof why, "nicht lesbar / not readable: %.200s", path);
  return config__bad(field, why, err);
}

static bool tls__is_pin(const char *s) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return s && strlen(s) == TLS_PIN && strncmp(s, "sha256//", 8) == 0 && strspn(s + 8, letters) == 43 && s[TLS_PIN - 1] == '=';
}

/* Several, so that the server's key can be changed without a night without answers. */
static ans_status tls__pins(json_t *list, ans_xroad_config *c, ans_error *err) {
  size_t n = json_array_size(list);
  if (!list) return ANS_OK;
  if (!json_is_array(list) || n == 0 || n > TLS_MAX_KEYS) return config__bad("server_keys", "1 … 4", err);
  c->server_keys = calloc(n, TLS_PIN + 1);
  if (!c->server_keys) return ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
  for (size_t i = 0; i < n; i++) {
    const char *pin = json_string_value(json_array_get(list, i));
    if (!tls__is_pin(pin)) return config__bad("server_keys", "\"sha256//…=\" (docs/exchange.md)", err);
    if (i) strcat(c->server_keys, ";");
    strcat(c->server_keys, pin);
  }
  return ANS_OK;
}

static ans_status tls__client(json_t *o, ans_xroad_config *c, ans_error *err) {
  const char *mode = json_string_value(json_object_get(o, "mode"));
  if (json_object_get(o, "mode") && (!mode || (strcmp(mode, "mtls") != 0 && strcmp(mode, "server-only") != 0))) return config__bad("tls.mode", "mtls, server-only", err);
  bool only = mode && strcmp(mode, "server-only") == 0;
  if (only && (json_object_get(o, "client_cert") || json_object_get(o, "client_key"))) return config__bad("tls.mode", "server-only: ohne/without client_cert, client_key", err);
  ans_status status = only ? ANS_OK : config__text(o, "client_cert", true, &c->client_cert, err);
  if (status == ANS_OK && !only) status = config__text(o, "client_key", true, &c->client_key, err);
  return status;
}

ans_status config__tls(json_t *o, ans_xroad_config *c, ans_error *err) {
  static const char *const allowed[] = {"mode", "ca_file", "client_cert", "client_key", "server_keys", NULL};
  bool https = strncmp(c->server_url, "https://", 8) == 0;
  if (!https && !exchange__is_loopback(c->server_url)) return config__bad("server_url", "https://…, oder/or http://127.0.0.1, http://[::1]", err);
  if (!o) return https ? config__bad("tls", "fehlt / missing", err) : ANS_OK;
  ans_status status = config__fields(o, allowed, "tls", err);
  if (status == ANS_OK) status = config__text(o, "ca_file", true, &c->ca_file, err);
  if (status == ANS_OK) status = tls__client(o, c, err);
  if (status == ANS_OK) status = tls__pins(json_object_get(o, "server_keys"), c, err);
  if (status == ANS_OK && https) status = tls__file(c->ca_file, "ca_file", err);
  if (status == ANS_OK && https && c->client_cert) status = tls__file(c->client_cert, "client_cert", err);
  if (status == ANS_OK && https && c->client_key) status = tls__file(c->client_key, "client_key", err);
  return status;
}
