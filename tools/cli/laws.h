/* Laws given on the command line, shared by the commands law, build and doc. */
#ifndef ANS_CLI_LAWS_H
#define ANS_CLI_LAWS_H
#include "cli.h"
#include "law/law.h"

typedef struct cli_laws { ans_law *laws[CLI_REPEAT_MAX]; size_t count; } cli_laws;
ans_status cli_laws_open(cli_laws *s, const char *const *paths, size_t n, ans_error *err) ANS_MUST_CHECK; /* all or none */
void cli_laws_close(cli_laws *s);
/* The citations of a package; free with ans_law_uses_free, also after an error. */
ans_status cli_laws_uses(const cli_package *p, ans_law_uses **out, ans_error *err) ANS_MUST_CHECK;
int cli_law_status(const cli_args *a);                         /* law status, in law_status.c */
#endif
