/* Public C API of libanspruch: load a rule package, decide a case, explain it. Documents go in and out as JSON with versioned formats
 * (docs/formats/), so that a neighbouring system depends on formats and not on our structures.
 *
 * Threads: an ans_package is immutable after loading and may be shared; every call works on its own memory. Strings returned through
 * `char **` are owned by the caller and released with ans_string_free. Nothing is printed, nothing is read from the environment. */
#ifndef ANSPRUCH_H
#define ANSPRUCH_H
#include <stddef.h>
#include <stdint.h>
#include "anspruch/status.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct ans_package ans_package;

/* Loads and verifies a package file. ANS_PACKAGE if it is damaged, of a newer format, or refused by the verifier. */
ANS_API ans_status ans_package_open(const char *path, ans_package **out, ans_error *err) ANS_MUST_CHECK;
/* The same from memory; the bytes are copied. name is used in messages. */
ANS_API ans_status ans_package_from_bytes(const void *bytes, size_t size, const char *name, ans_package **out, ans_error *err) ANS_MUST_CHECK;
ANS_API void ans_package_close(ans_package *p);
ANS_API const char *ans_package_name(const ans_package *p);
ANS_API const char *ans_package_version(const ans_package *p);
/* SHA-256 of the package file as 64 hexadecimal digits: its identity in receipts. out has 65 bytes. */
ANS_API void ans_package_identity(const ans_package *p, char out[65]);

/* JSON Schema (draft 2020-12) of the case document this package reads. */
ANS_API ans_status ans_package_schema(const ans_package *p, char **json, ans_error *err) ANS_MUST_CHECK;
/* Decides every claim of a case document (docs/formats/case.md) for one period of the package's kind: "2026-06", "2026-06-15", "2026-H1" or "2026". benefit: name, or NULL when the package has one.
 * Result "anspruch-decisions/1" with merits, procedure, reasons, amounts and missing facts. ANS_INPUT names path and remedy. */
ANS_API ans_status ans_case_decide(const ans_package *p, const char *case_json, size_t size, const char *benefit, const char *period, char **json, ans_error *err) ANS_MUST_CHECK;
/* Explains one claim row: tree "anspruch-explanation/1" (docs/formats/explanation.md). */
ANS_API ans_status ans_case_explain(const ans_package *p, const char *case_json, size_t size, const char *benefit, const char *row, const char *period, char **json, ans_error *err) ANS_MUST_CHECK;
/* The trace of one claim row: "anspruch-trace/1" (docs/formats/trace.md), every cell that entitlement, amount and payout rest on, for programs; its numbers mean what
 * ans_package_trace_legend says ("anspruch-trace-legend/1", the same for every trace of the package). Errors as ans_case_explain; ANS_LIMIT: more than 1 GiB. */
ANS_API ans_status ans_case_trace(const ans_package *p, const char *case_json, size_t size, const char *benefit, const char *row, const char *period, char **json, ans_error *err) ANS_MUST_CHECK;
ANS_API ans_status ans_package_trace_legend(const ans_package *p, char **json, ans_error *err) ANS_MUST_CHECK;
/* The explanation as indented German text. */
ANS_API ans_status ans_explanation_text(const char *explanation_json, char **text, ans_error *err) ANS_MUST_CHECK;
ANS_API void ans_string_free(char *s);
ANS_API const char *ans_library_version(void);

#ifdef __cplusplus
}
#endif
#endif
