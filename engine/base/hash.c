/* SHA-256 by OpenSSL (uses the CPU's SHA instructions; a hand-written one would be slower and one more thing to audit), through the functions beneath the EVP interface, which OpenSSL 3
 * still has: EVP looks the algorithm up for every hash, under a lock that all threads share, and that costs several times the hashing of one decision.
 * A failure inside libcrypto yields the all-zero digest, which no data is known to hash to: a wrong identity can then be told from a right one. A handle belongs to one thread. */
#define OPENSSL_SUPPRESS_DEPRECATED /* SHA256_Init and its like */
#include "base/hash.h"
#include <openssl/sha.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct ans_sha256 { SHA256_CTX c; bool failed; };

ans_sha256 *ans_sha256_new(void) {
  ans_sha256 *h = malloc(sizeof *h);
  if (h) h->failed = SHA256_Init(&h->c) != 1;
  return h;
}

void ans_sha256_update(ans_sha256 *h, const void *data, size_t len) {
  if (h && len && SHA256_Update(&h->c, data, len) != 1) h->failed = true; /* final then yields zero */
}

void ans_sha256_final(ans_sha256 *h, uint8_t out[32]) {
  if (!h || SHA256_Final(out, &h->c) != 1 || h->failed) memset(out, 0, 32);
  free(h);
}

void ans_sha256_once(const void *data, size_t len, uint8_t out[32]) {
  SHA256_CTX c;
  if (SHA256_Init(&c) != 1 || SHA256_Update(&c, data, len) != 1 || SHA256_Final(out, &c) != 1) memset(out, 0, 32);
}

void ans_hex(const uint8_t *bytes, size_t n, char *out) {
  static const char digit[] = "0123456789abcdef";
  for (size_t i = 0; i < n; i++) {
    out[2 * i] = digit[bytes[i] >> 4];
    out[2 * i + 1] = digit[bytes[i] & 15];
  }
  out[2 * n] = 0;
}
