/* SHA-256 through OpenSSL libcrypto, and hexadecimal text. */
#ifndef ANS_BASE_HASH_H
#define ANS_BASE_HASH_H
#include <stddef.h>
#include <stdint.h>
typedef struct ans_sha256 ans_sha256;
ans_sha256 *ans_sha256_new(void);
void ans_sha256_update(ans_sha256 *h, const void *data, size_t len);
void ans_sha256_final(ans_sha256 *h, uint8_t out[32]); /* also frees h */
void ans_sha256_once(const void *data, size_t len, uint8_t out[32]);
void ans_hex(const uint8_t *bytes, size_t n, char *out); /* 2n+1 bytes */
#endif
