/* Private helper to fill an ans_error. Messages live in engine/base/messages/<module>.def, one X per message:
 * X("E-CODE", "German message with {0}", "German remedy", "English message with {0}", "English remedy") */
#ifndef ANS_BASE_ERROR_H
#define ANS_BASE_ERROR_H
#include "anspruch/status.h"
/* Sets *err (if not null) and returns status, so that `return ans_error_set(...)` is the idiom. code must be in the
 * message table (asserted in debug builds). where may be NULL. Up to four args, ended by NULL. */
ans_status ans_error_set(ans_error *err, ans_status status, const char *code, const char *where, ...)
    __attribute__((sentinel));
/* Formats a number into one of a few static-size caller buffers: ans_itoa(buf, 42). buf has at least 24 bytes. */
const char *ans_itoa(char *buf, long long value);
#endif
