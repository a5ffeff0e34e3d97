/* Formatter and converter of rule files. Both change the layout or the language of a file and nothing else: the result is parsed again,
 * and if its tokens or comments are not those of the input the text is refused (ANS_INTERNAL) instead of handed out.
 * Style: docs/language.md "Layout of formatted files". */
#ifndef ANS_FMT_FMT_H
#define ANS_FMT_FMT_H
#include "syntax/tree.h"

enum { ANS_FMT_WIDTH = 140, ANS_FMT_INDENT = 2 };

/* The formatted text of a file (malloc'd, NUL-terminated). The name tells the language (.law English, else German). ANS_RULES if the text
 * has syntax errors: they are in diags and *out is NULL; a broken file is never touched. */
ans_status ans_fmt_format(const char *path, const char *text, size_t len, ans_diags *diags, char **out, size_t *out_len, ans_error *err) ANS_MUST_CHECK;
/* The same file in the other language: line for line, blank for blank, comment for comment. Reserved phrases are written with single
 * blanks. From a formatted file and back gives the same bytes. */
ans_status ans_fmt_convert(const char *path, const char *text, size_t len, ans_diags *diags, char **out, size_t *out_len, ans_error *err) ANS_MUST_CHECK;
/* Replaces a file in one step (temporary file beside it, synced, renamed; mode and symbolic links stay), so that a reader or a crash never
 * sees half of it. */
ans_status ans_fmt_write(const char *path, const char *text, size_t len, ans_error *err) ANS_MUST_CHECK;
#endif
