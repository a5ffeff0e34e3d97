/* What holds for every request that leaves by libcurl, of the transport and of the preflight: how far the peer is trusted, and that nothing happens behind our back.
 *
 * Three kinds of connection to the own security server: http on loopback, https, https with client certificate. TLS 1.2 or newer always; only the configured
 * authority counts, not the system's. A file with exactly the server's certificate is an authority for that certificate alone (OpenSSL accepts a partial chain),
 * and server_keys pins the key beside it, so that a certificate from the right authority is not enough. No state; the caller's thread. */
#include "exchange/internal.h"

#include <stdio.h>
#include <string.h>

static bool curl__tls(const ans_xroad_config *c, CURL *e) {
  bool ok = curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK && curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
            curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK && curl_easy_setopt(e, CURLOPT_CAPATH, NULL) == CURLE_OK && curl_easy_setopt(e, CURLOPT_CAINFO, c->ca_file) == CURLE_OK;
  if (ok && c->client_cert) ok = curl_easy_setopt(e, CURLOPT_SSLCERT, c->client_cert) == CURLE_OK && curl_easy_setopt(e, CURLOPT_SSLKEY, c->client_key) == CURLE_OK;
  if (ok && c->server_keys) ok = curl_easy_setopt(e, CURLOPT_PINNEDPUBLICKEY, c->server_keys) == CURLE_OK;
  return ok;
}

bool exchange__curl_set_up(const ans_xroad_config *c, CURL *e) {
  bool tls = strncmp(c->server_url, "https://", 8) == 0, ok = true;
#define SET(option, value) ok = ok && curl_easy_setopt(e, option, value) == CURLE_OK
  SET(CURLOPT_PROTOCOLS_STR, tls ? "https" : "http");
  SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  SET(CURLOPT_HTTPGET, 1L);
  SET(CURLOPT_FOLLOWLOCATION, 0L);
  SET(CURLOPT_PROXY, "");            /* also switches off the proxy variables of the environment */
  SET(CURLOPT_NOPROXY, "*");
  SET(CURLOPT_ACCEPT_ENCODING, NULL);
  SET(CURLOPT_HTTP_CONTENT_DECODING, 0L);
  SET(CURLOPT_HTTP09_ALLOWED, 0L);
  SET(CURLOPT_PATH_AS_IS, 1L);
  SET(CURLOPT_NOSIGNAL, 1L);
  SET(CURLOPT_TCP_NODELAY, 1L);
  SET(CURLOPT_CONNECTTIMEOUT_MS, c->connect_timeout_ms);
  SET(CURLOPT_TIMEOUT_MS, c->total_timeout_ms);
#undef SET
  return ok && (!tls || curl__tls(c, e));
}

static ans_exchange_class curl__class(CURLcode code) {
  /* libcurl has about a hundred codes and adds new ones: everything not named here is of unknown outcome (timeout, early close, truncated body). */
  if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST) return ANS_X_RETRY;
  if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_CONNECT_ERROR || code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_CIPHER ||
      code == CURLE_SSL_PINNEDPUBKEYNOTMATCH || code == CURLE_SSL_ISSUER_ERROR || code == CURLE_USE_SSL_FAILED)
    return ANS_X_DENIED;
  if (code == CURLE_WEIRD_SERVER_REPLY || code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_BAD_CONTENT_ENCODING) return ANS_X_INVALID;
  return ANS_X_OUTCOME_UNKNOWN;
}

/* Since TLS 1.3 a server judges the client's certificate after the client has finished its handshake: what it refuses arrives as an alert in the place of the answer, and libcurl
 * knows it only as a failed receipt. The words are those of RFC 8446, section 6.2, as the TLS libraries write them; whatever is not among them stays of unknown outcome. */
static bool curl__refused_by_alert(CURLcode code, const char *why) {
  static const char *const about_the_certificate[] = {"certificate", "unknown ca", "unknown_ca", "access denied", "handshake failure", "decrypt error"};
  if ((code != CURLE_RECV_ERROR && code != CURLE_SEND_ERROR) || !strstr(why, "alert")) return false;
  for (size_t i = 0; i < sizeof about_the_certificate / sizeof *about_the_certificate; i++)
    if (strstr(why, about_the_certificate[i])) return true;
  return false;
}

/* Only about TLS: other texts of libcurl are not known to be free of what was sent. Names in it are the peer's, so nothing but visible ASCII is kept. */
static void curl__own_words(exchange__request *r, const char *why) {
  exchange__detail(r, "%.150s", why);
  for (char *s = r->detail; *s; s++)
    if (*s < 0x20 || *s > 0x7e) *s = '?';
}

void exchange__curl_failed(exchange__request *r, CURLcode code, const char *why, bool answered) {
  r->outcome = !answered && curl__refused_by_alert(code, why) ? ANS_X_DENIED : curl__class(code);
  r->tls_failed = r->outcome == ANS_X_DENIED; /* nothing else that fails on the way is a refusal */
  if (code == CURLE_ABORTED_BY_CALLBACK) exchange__detail(r, "Verbindung abgerissen / connection lost");
  else if (code == CURLE_SSL_PINNEDPUBKEYNOTMATCH) exchange__detail(r, "Schlüssel des Servers ist nicht der vereinbarte / not the agreed server key");
  else if (r->tls_failed && *why) curl__own_words(r, why);
  else exchange__detail(r, "%s", curl_easy_strerror(code));
}

bool exchange__curl_header(struct curl_slist **list, const char *name, const char *value, bool encode) {
  char encoded[256], line[3 * EXCHANGE_FIELDS_SIZE + 64];
  if (encode && !ans_exchange_encode_header(value, encoded, sizeof encoded)) return false;
  int n = snprintf(line, sizeof line, "%s: %s", name, encode ? encoded : value);
  struct curl_slist *grown = n > 0 && (size_t)n < sizeof line ? curl_slist_append(*list, line) : NULL;
  if (grown) *list = grown;
  return grown != NULL;
}
