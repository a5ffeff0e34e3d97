/* A neighbouring system that knows libanspruch only through its installed header. Usage: consumer PACKAGE CASE.json MONTH */
#include <anspruch/anspruch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(const ans_error *err) {
  char text[1024];
  fprintf(stderr, "%s\n", ans_error_render(err, ANS_LANG_EN, text, sizeof text));
  return 1;
}

int main(int argc, char **argv) {
  ans_package *p = NULL;
  ans_error err = {0};
  char id[65], *json = NULL, *text = malloc(1 << 20);
  FILE *f = argc == 4 && text ? fopen(argv[2], "rb") : NULL;
  if (!f) return 2;
  size_t n = fread(text, 1, 1 << 20, f);
  fclose(f);
  if (ans_package_open(argv[1], &p, &err) != ANS_OK) return fail(&err);
  ans_package_identity(p, id);
  printf("%s %s\n", ans_package_name(p), id);
  if (ans_case_decide(p, text, n, NULL, argv[3], &json, &err) != ANS_OK) return fail(&err);
  puts(json);
  char row[256] = "";
  const char *at = strstr(json, "\"row\":\"");
  if (!at || sscanf(at, "\"row\":\"%255[^\"]", row) != 1) return 4;
  ans_string_free(json);
  if (ans_case_trace(p, text, n, NULL, row, argv[3], &json, &err) != ANS_OK) return fail(&err);
  if (strstr(json, "{\"format\":\"anspruch-trace/1\"") != json) return 5;
  ans_string_free(json);
  if (ans_package_trace_legend(p, &json, &err) != ANS_OK) return fail(&err);
  if (strstr(json, "{\"format\":\"anspruch-trace-legend/1\"") != json) return 6;
  ans_string_free(json);
  if (ans_case_trace(p, text, n, NULL, "no such row", argv[3], &json, &err) != ANS_USAGE || json) return 7;
  if (ans_case_decide(p, "{", 1, NULL, argv[3], &json, &err) != ANS_INPUT) return 3; /* bad input is an error, not a crash */
  ans_package_close(p);
  free(text);
  return 0;
}
