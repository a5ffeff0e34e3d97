/* Column chunks: arrays of numbers, bits and bytes in one sealed block (docs/formats/chunks.md). What the arrays mean, others say: facts (facts/chunk.h) and
 * decisions (chunks/decisions.h). Pure: bytes in, numbers out; who keeps the bytes is not known here. Layers, from inside: arrays in the narrowest
 * encoding; optional zstd; optional XChaCha20-Poly1305; a header with a BLAKE2b checksum over all.
 * Reading trusts nothing: sizes are bounded before memory is taken, and every doubt is an error, never a guess.
 * Threads: no shared state. Memory: results are the caller's (free). */
#ifndef ANS_CHUNKS_H
#define ANS_CHUNKS_H
#include <stdbool.h>
#include <stdint.h>
#include "anspruch/status.h"
#include "base/buffer.h"

enum {
  ANS_CHUNK_FORMAT = 1,
  ANS_CHUNK_HEADER = 136,                      /* bytes */
  ANS_CHUNK_KEY_BYTES = 32,
  ANS_CHUNK_MAX_BYTES = 64 << 20,              /* of the payload, before compression too */
  ANS_CHUNK_TARGET_BYTES = 256 << 10           /* what a writer aims at */
};
typedef enum ans_chunk_kind { ANS_CHUNK_FACTS = 1, ANS_CHUNK_DECISIONS = 2, ANS_CHUNK_EVIDENCE = 3 /* a raw answer; identity: digest of its head */ } ans_chunk_kind;
typedef enum ans_chunk_flag { ANS_CHUNK_ZSTD = 1, ANS_CHUNK_ENCRYPTED = 2 } ans_chunk_flag;
typedef struct ans_chunk_key { uint8_t bytes[ANS_CHUNK_KEY_BYTES]; } ans_chunk_key;

/* --- arrays: u8 encoding, u8 width, u16 zero, u32 count, i64 base, data ---------------------------------------------------------------- */
typedef enum ans_chunk_encoding { ANS_CHUNK_CONSTANT, ANS_CHUNK_OFFSETS /* base + unsigned offsets of 1, 2, 4 or 8 bytes */, ANS_CHUNK_BITS, ANS_CHUNK_BYTES } ans_chunk_encoding;
enum { ANS_CHUNK_ARRAY_HEAD = 16 };
void ans_chunk_put_ints(ans_buffer *b, const int64_t *v, uint32_t n);
void ans_chunk_put_i32s(ans_buffer *b, const int32_t *v, uint32_t n); /* the same bytes as the same numbers in 64 bits */
void ans_chunk_put_u32s(ans_buffer *b, const uint32_t *v, uint32_t n);
void ans_chunk_put_bits(ans_buffer *b, const uint64_t *words, uint32_t n); /* words NULL: all zero */
void ans_chunk_put_bytes(ans_buffer *b, const void *bytes, uint32_t n);

/* A reader fails once and then yields zeros: callers check `failed` where memory or an index depends on what was read, and at the end. */
typedef struct ans_chunk_reader { const uint8_t *at, *end; bool failed; } ans_chunk_reader;
void ans_chunk_get_ints(ans_chunk_reader *r, int64_t *v, uint32_t n);
/* The same for numbers that must fit; where one does not, the reader fails. */
void ans_chunk_get_i32s(ans_chunk_reader *r, int32_t *v, uint32_t n);
/* The same array to be read in pieces: found and bounded now (nothing to read if the reader failed), items first … first + n - 1 of it later. */
typedef struct ans_chunk_ints { const uint8_t *data; int64_t base; uint8_t width; } ans_chunk_ints;
ans_chunk_ints ans_chunk_find_ints(ans_chunk_reader *r, uint32_t n);
void ans_chunk_read_ints(ans_chunk_ints array, uint32_t first, uint32_t n, int64_t *v);
/* Every value must lie in 0 … max. */
void ans_chunk_get_u32s(ans_chunk_reader *r, uint32_t *v, uint32_t n, uint32_t max);
void ans_chunk_get_bits(ans_chunk_reader *r, uint64_t *words, uint32_t n); /* words: (n + 63) / 64, overwritten; bits beyond n are zero */
const uint8_t *ans_chunk_get_bytes(ans_chunk_reader *r, uint32_t n);       /* inside the payload; NULL on failure */

/* --- envelope -------------------------------------------------------------------------------------------------------------------------- */
typedef struct ans_chunk_options {
  int64_t id;                      /* of the chunk in its store, bound into checksum and encryption: a chunk in another's place is refused */
  bool compress;                   /* zstd, kept only where it saves an eighth */
  const ans_chunk_key *key;        /* NULL: not encrypted */
} ans_chunk_options;
/* Compresses, encrypts and puts the header before the payload. identity: the hash of the package that the contents mean something under.
 * *bytes: malloc'd. ANS_LIMIT, E-CHUNK-LIMIT: more than a chunk holds. */
ans_status ans_chunk_seal(ans_chunk_kind kind, const uint8_t identity[32], const ans_chunk_options *o, const void *payload, size_t n, uint8_t **bytes, size_t *size, ans_error *err) ANS_MUST_CHECK;
/* The payload of a sealed chunk (malloc'd). name: in messages. ANS_STORE with E-CHUNK-DAMAGED, E-CHUNK-PACKAGE (another identity), E-CHUNK-KEY (encrypted,
 * no key given), E-CHUNK-WRONG-KEY, E-CHUNK-VERSION. */
ans_status ans_chunk_open(ans_chunk_kind kind, const uint8_t identity[32], const uint8_t *bytes, size_t size, int64_t id, const ans_chunk_key *key, const char *name, uint8_t **payload, size_t *n, ans_error *err) ANS_MUST_CHECK;
/* E-CHUNK-DAMAGED for chunk id in the file `name`. */
ans_status ans_chunk_damaged(const char *name, int64_t id, const char *what, ans_error *err);

/* What the header says; nothing but the header is looked at. False: no chunk. */
typedef struct ans_chunk_head { uint16_t version; uint8_t kind, flags; int64_t id; uint8_t identity[32]; uint64_t raw_size, stored_size; } ans_chunk_head;
bool ans_chunk_peek(const uint8_t *bytes, size_t size, ans_chunk_head *head);

/* A key: 64 hexadecimal digits, in the file `path` or, without one, in the environment variable `variable` (ANS_CHUNK_KEY_VARIABLE, ANS_EVIDENCE_KEY_VARIABLE). *found false: neither is given.
 * ANS_INPUT: E-CHUNK-KEY-FILE, E-CHUNK-KEY-FORM. */
#define ANS_CHUNK_KEY_VARIABLE "ANSPRUCH_CHUNK_KEY"
#define ANS_EVIDENCE_KEY_VARIABLE "ANSPRUCH_EVIDENCE_KEY"
ans_status ans_chunk_key_load(const char *path, const char *variable, ans_chunk_key *key, bool *found, ans_error *err) ANS_MUST_CHECK;
void ans_chunk_key_forget(ans_chunk_key *key); /* overwrites it */
#endif
