/* Status codes, errors and message rendering of the public API.
 *
 * A fallible function returns ans_status and takes a caller-owned, nullable ans_error last. The error keeps
 * a message id and its arguments; text is rendered at the edge (ans_error_render), so the library holds no
 * global language. Thread rule: an ans_error belongs to one thread. Memory: no heap, plain storage. */
#ifndef ANSPRUCH_STATUS_H
#define ANSPRUCH_STATUS_H
#include <stddef.h>

/* X(NAME, process exit code, English gloss). Exit codes stand in --help and the man page and are stable. */
#define ANS_STATUS_LIST(X)                                                       \
  X(OK, 0, "success")                                                            \
  X(NEGATIVE, 1, "the check ran and its answer is no (failed test, difference)") \
  X(USAGE, 2, "wrong options or arguments")                                      \
  X(RULES, 3, "rule text has errors")                                            \
  X(PACKAGE, 4, "rule package unreadable, damaged or refused by the verifier")   \
  X(INPUT, 5, "facts or case data are wrong")                                    \
  X(EXCHANGE, 6, "register data could not be fetched")                           \
  X(STORE, 7, "the store could not be read or written")                          \
  X(BRAKE, 8, "a brake stopped the run before release")                          \
  X(LIMIT, 9, "a documented limit was exceeded")                                 \
  X(MEMORY, 10, "out of memory")                                                 \
  X(IO, 11, "a file could not be read or written")                               \
  X(INTERNAL, 12, "internal inconsistency; please report")

typedef enum ans_status {
#define X(n, e, t) ANS_##n = e,
  ANS_STATUS_LIST(X)
#undef X
} ans_status;

typedef enum ans_lang { ANS_LANG_DE, ANS_LANG_EN } ans_lang;

enum { ANS_ERROR_ARGS = 4, ANS_ERROR_ARG_SIZE = 192 };

typedef struct ans_error {
  ans_status status;
  const char *code;                                  /* stable id such as "E-PKG-CHECKSUM"; static storage */
  char where[256];                                   /* file:line, record, register …; may be empty */
  char args[ANS_ERROR_ARGS][ANS_ERROR_ARG_SIZE];     /* fill {0}…{3} of the message */
} ans_error;

#if defined(__GNUC__)
#define ANS_MUST_CHECK __attribute__((warn_unused_result))
#define ANS_API __attribute__((visibility("default")))
#else
#define ANS_MUST_CHECK
#define ANS_API
#endif

/* Renders "code: where: message. remedy" in the language asked for. Returns out. size >= 1. */
ANS_API const char *ans_error_render(const ans_error *err, ans_lang lang, char *out, size_t size);
/* German ("Erfolg") or English gloss of a status; static storage. */
ANS_API const char *ans_status_name(ans_status status);
#endif
