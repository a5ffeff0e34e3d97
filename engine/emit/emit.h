/* A verified program as plain C17 for embedding (docs/embedding.md, docs/adr/0015-c-emission.md).
 *
 * The emission evaluates one component exactly as engine/replay does: the same registers, cells and nodes. It needs the C library only.
 * Deterministic: the same program and prefix give the same bytes. Pure functions of an immutable program: any thread. */
#ifndef ANS_EMIT_H
#define ANS_EMIT_H
#include "code/program.h"

enum { ANS_EMIT_FILES = 5, ANS_EMIT_MAX_PREFIX = 32, ANS_EMISSION_VERSION = 1, ANS_EMIT_MAX_BYTES = 1 << 28 /* of one file */ };

typedef struct ans_emitted { char name[ANS_EMIT_MAX_PREFIX + 16]; char *text; size_t size; } ans_emitted;
typedef struct ans_emission {
  char prefix[ANS_EMIT_MAX_PREFIX + 1]; /* of every name in the emission, and its files' name */
  ans_emitted files[ANS_EMIT_FILES];    /* <prefix>.h, <prefix>.c, and three support headers that all packages share */
} ans_emission;

/* prefix: letters, digits and _, beginning with a letter, at most ANS_EMIT_MAX_PREFIX bytes; NULL: from the last part of the package's name.
 * ANS_USAGE: the prefix is none; ANS_LIMIT: a file would pass ANS_EMIT_MAX_BYTES; ANS_MEMORY. Dispose in every case. */
ans_status ans_emit_c(const ans_program *p, const char *prefix, ans_emission *out, ans_error *err) ANS_MUST_CHECK;
void ans_emission_dispose(ans_emission *e);
#endif
