/* What consumer (engine/exchange) and provider (engine/serve) share: identifiers, numbers, and reading a configuration file in which every unknown field is an error.
 * Pure functions; texts handed out by config__text are malloc'd. Not part of the public headers. */
#ifndef ANS_EXCHANGE_SHARED_H
#define ANS_EXCHANGE_SHARED_H
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "anspruch/status.h"

enum { EXCHANGE_ID_SIZE = 40 };
/* INST/CLASS/MEMBER/SUBSYSTEM[/SERVICE] with so many parts. */
bool exchange__is_identifier(const char *id, unsigned parts);
bool exchange__is_idnr(const char *s); /* eleven digits */
void exchange__uuid(char out[EXCHANGE_ID_SIZE]);

/* Reads the file, duplicate keys refused: E-EXCHANGE-CONFIG-OPEN names file and line. Free with json_decref. */
ans_status config__open(const char *path, json_t **out, ans_error *err);
/* Field by field; an error is E-EXCHANGE-CONFIG with field and reason, and config__at adds the file. */
ans_status config__bad(const char *field, const char *why, ans_error *err);
ans_status config__text(json_t *o, const char *field, bool required, char **out, ans_error *err);
ans_status config__number(json_t *o, const char *field, int64_t low, int64_t high, int64_t *value, ans_error *err); /* absent: unchanged */
ans_status config__flag(json_t *o, const char *field, bool *value, ans_error *err);
ans_status config__fields(json_t *o, const char *const *allowed, const char *where, ans_error *err);
void config__at(const char *path, ans_error *err);
/* A path of the configuration, relative to the folder of the file (malloc'd, NULL: memory). */
char *config__beside(const char *path, const char *relative);
#endif
