/* Reading a configuration file field by field, for the consumer's and the provider's: an unknown field is an error, because a misspelt limit must not silently be the
 * default. Contract: shared.h. No state; texts handed out are malloc'd. */
#include "exchange/shared.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"

ans_status config__open(const char *path, json_t **out, ans_error *err) {
  json_error_t why;
  char text[220];
  *out = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
  if (*out) return ANS_OK;
  if (why.line > 0) snprintf(text, sizeof text, "Zeile/line %d: %.150s", why.line, why.text);
  else snprintf(text, sizeof text, "%.150s", why.text);
  return ans_error_set(err, ANS_EXCHANGE, "E-EXCHANGE-CONFIG-OPEN", path, text, (char *)NULL);
}

void config__at(const char *path, ans_error *err) {
  if (err && !err->where[0]) snprintf(err->where, sizeof err->where, "%.200s", path);
}

char *config__beside(const char *path, const char *relative) {
  const char *slash = strrchr(path, '/');
  size_t folder = *relative != '/' && slash ? (size_t)(slash - path) + 1 : 0;
  char *out = malloc(folder + strlen(relative) + 1);
  if (!out) return NULL;
  memcpy(out, path, folder);
  memcpy(out + folder, relative, strlen(relative) + 1);
  return out;
}

ans_status config__bad(const char *field, const char *why, ans_error *err) { return ans_error_set(err, ANS_EXCHANGE, "E-EXCHANGE-CONFIG", NULL, field, why, (char *)NULL); }

ans_status config__text(json_t *o, const char *field, bool required, char **out, ans_error *err) {
  json_t *v = json_object_get(o, field);
  if (!v && !required) return ANS_OK;
  if (!json_is_string(v) || json_string_length(v) == 0 || json_string_length(v) > 1000 || strlen(json_string_value(v)) != json_string_length(v))
    return config__bad(field, v ? "kein Text / no text" : "fehlt / missing", err);
  *out = strdup(json_string_value(v));
  return *out ? ANS_OK : ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
}

ans_status config__number(json_t *o, const char *field, int64_t low, int64_t high, int64_t *value, ans_error *err) {
  json_t *v = json_object_get(o, field);
  if (!v) return ANS_OK;
  if (!json_is_integer(v) || json_integer_value(v) < low || json_integer_value(v) > high) {
    char why[80];
    snprintf(why, sizeof why, "%lld … %lld", (long long)low, (long long)high);
    return config__bad(field, why, err);
  }
  *value = json_integer_value(v);
  return ANS_OK;
}

ans_status config__flag(json_t *o, const char *field, bool *value, ans_error *err) {
  json_t *v = json_object_get(o, field);
  if (v && !json_is_boolean(v)) return config__bad(field, "true, false", err);
  if (v) *value = json_is_true(v);
  return ANS_OK;
}

ans_status config__fields(json_t *o, const char *const *allowed, const char *where, ans_error *err) {
  if (!json_is_object(o)) return config__bad(where, "kein Objekt / no object", err);
  for (void *it = json_object_iter(o); it; it = json_object_iter_next(o, it)) {
    const char *const *a = allowed;
    while (*a && strcmp(*a, json_object_iter_key(it)) != 0) a++;
    if (!*a) return config__bad(json_object_iter_key(it), "unbekanntes Feld / unknown field", err);
  }
  return ANS_OK;
}
