/* Commands on rule text and packages: check, build, disasm, facts. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/error.h"
#include "base/hash.h"
#include "cli.h"
#include "columns/columns.h"
#include "emit/emit.h"
#include "testing.h"

int cli_check(const cli_args *a) {
  bool json = a->value[OPT_JSON] != NULL;
  int code = ANS_OK;
  for (int i = 0; i < a->positional_count; i++) {
    ans_error err = {0};
    ans_compilation c = {0};
    ans_diags *diags = ans_diags_new();
    if (!diags) return cli_fail(a, ans_error_set(&err, ANS_MEMORY, "E-MEMORY", NULL, "check", NULL), &err);
    ans_status st = ans_compile_package(a->positional[i], a->value[OPT_PACKAGES], diags, &c, &err);
    if (json || ans_diags_count(diags)) ans_diags_print(diags, json ? stdout : stderr, (ans_diag_options){a->lang, a->color_err, json});
    if (st != ANS_OK) {
      code = ans_diags_errors(diags) ? (int)st : cli_fail(a, st, &err);
    } else if (!json) {
      printf("%s: %s %s, %u %s, %u %s, %zu %s\n", a->positional[i], c.program->name, c.program->version, c.program->provision_count, cli_say(a, "Vorschriften", "provisions"),
             c.model->case_count, cli_say(a, "Prüffälle", "test cases"), ans_diags_warnings(diags), cli_say(a, "Warnungen", "warnings"));
    }
    ans_diags_free(diags);
    ans_compilation_dispose(&c);
  }
  return code;
}

/* --emit c: the package as C in a folder, which is made if it does not exist. Each file is written whole or not at all. */
static ans_status emit_c(const ans_program *p, const char *folder, ans_error *err) {
  ans_emission e;
  ans_status st = ans_emit_c(p, NULL, &e, err);
  if (st == ANS_OK && mkdir(folder, 0777) != 0 && errno != EEXIST) st = ans_error_set(err, ANS_IO, "E-CLI-OUTPUT", folder, strerrordesc_np(errno), NULL);
  for (size_t i = 0; st == ANS_OK && i < ANS_EMIT_FILES; i++) {
    const size_t n = strlen(folder) + sizeof e.files[i].name + 1;
    char *path = malloc(n);
    if (!path) st = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "emission", NULL);
    if (path) snprintf(path, n, "%s/%s", folder, e.files[i].name);
    if (path) st = test_write(path, e.files[i].text, e.files[i].size, err);
    if (st == ANS_OK) puts(path);
    free(path);
  }
  ans_emission_dispose(&e);
  return st;
}

int cli_build(const cli_args *a) {
  ans_error err = {0};
  cli_package p;
  const char *out = a->value[OPT_OUTPUT], *emit = a->value[OPT_EMIT];
  const bool json = a->value[OPT_JSON] != NULL, report = json || a->value[OPT_PROOFS]; /* --json: of the report */
  ans_status st = report && !emit ? ANS_OK : cli_need(a, OPT_OUTPUT, &out, &err);
  if (st == ANS_OK && emit && strcmp(emit, "c") != 0) st = ans_error_set(&err, ANS_USAGE, "E-CLI-EMIT", NULL, emit, NULL);
  if (st != ANS_OK) return cli_fail(a, st, &err);
  st = cli_package_open(a, a->positional[0], &p, &err);
  if (st == ANS_OK) st = cli_law_gate(a, &p, &err);
  if (st == ANS_OK && out) st = emit ? emit_c(p.program, out, &err) : ans_program_save(p.program, out, &err);
  if (st == ANS_OK && report) st = cli_ranges(a, p.program, &err);
  if (st == ANS_OK && out && !json && !emit) {
    char hex[65];
    ans_hex(p.program->sha256, 32, hex);
    printf("%s: %s %s, %u %s, SHA-256 %s\n", out, p.program->name, p.program->version, p.program->insn_count, cli_say(a, "Anweisungen", "instructions"), hex);
    for (uint32_t i = 0; i < p.program->import_count; i++) {
      const ans_import *used = &p.program->imports[i];
      ans_hex(used->sha256, 32, hex);
      printf("  %s %s %s, SHA-256 %s\n", used->direct ? cli_say(a, "nutzt", "uses") : cli_say(a, "mittelbar", "indirectly"), used->name, used->version, hex);
    }
  }
  cli_package_free(&p);
  return st == ANS_OK ? ANS_OK : cli_fail(a, st, &err);
}

/* What the numbers of traces stand for. */
static ans_status print_legend(const ans_program *p, ans_error *err) {
  ans_buffer out;
  ans_wording *w = ans_wording_new(p);
  ans_buffer_init(&out, 0);
  ans_status st = w ? ans_trace_legend(w, &out, err) : ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "disasm", NULL);
  if (st == ANS_OK) puts(out.data);
  ans_buffer_dispose(&out);
  ans_wording_free(w);
  return st;
}

int cli_disasm(const cli_args *a) {
  ans_error err = {0};
  cli_package p;
  ans_status st = cli_package_open(a, a->positional[0], &p, &err);
  if (st == ANS_OK && a->value[OPT_JSON]) st = print_legend(p.program, &err);
  else if (st == ANS_OK) ans_program_disassemble(p.program, stdout);
  cli_package_free(&p);
  return st == ANS_OK ? ANS_OK : cli_fail(a, st, &err);
}

int cli_facts(const cli_args *a) {
  ans_error err = {0};
  cli_package p;
  char *json = NULL;
  ans_status st = cli_package_open(a, a->positional[0], &p, &err);
  if (st == ANS_OK) st = ans_case_schema(p.program, &json, &err);
  if (st == ANS_OK) puts(json);
  free(json);
  cli_package_free(&p);
  return st == ANS_OK ? ANS_OK : cli_fail(a, st, &err);
}
