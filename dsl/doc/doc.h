/* Rule packages as static web pages: statute and rule side by side, what every unit of the statute has become (paragraph × status), the
 * dependencies of each benefit as a drawing, parameters, facts, test cases with their outcome.
 *
 * Rendered from the lossless tree (the source as its author wrote it), the typed tree (what a name refers to) and the imported law; so a page
 * shows what is compiled, never a second description of it. A page is one file: no script, no font, no picture, nothing fetched; well-formed
 * XML as well as HTML. The same input gives the same bytes: file names are shown without their folder, and there is no date of making.
 * Everything shown is escaped. One thread; all memory is in the call or in the buffer of the caller. docs/formats/doc.md. */
#ifndef ANS_DOC_H
#define ANS_DOC_H
#include "base/buffer.h"
#include "law/law.h"
#include "sema/typed.h"

enum {
  ANS_DOC_MAX_BYTES = 256 << 20,  /* of a page */
  ANS_DOC_MAX_NODES = 100,        /* results in one drawing; beyond it a drawing is split */
  ANS_DOC_FILE_NAME = 256
};
typedef enum ans_doc_outcome { ANS_DOC_NOT_RUN, ANS_DOC_PASSED, ANS_DOC_FAILED } ans_doc_outcome;

typedef struct ans_doc_package {
  const ans_model *model;         /* with its trees */
  const uint8_t *sha256;          /* identity of the compiled package, 32 bytes */
  const ans_law_uses *uses;       /* citations of the trees */
  const ans_law_status *status; size_t status_count; /* one for each law given */
  const uint8_t *const *outcomes; /* ans_doc_outcome of each expectation of each case of the model, or NULL: not run */
} ans_doc_package;

/* "bund/estg/kindergeld" → "bund-estg-kindergeld.html". Two packages may get the same name (a/b-c, a-b/c): the caller refuses that. */
const char *ans_doc_file_name(const char *package, char out[ANS_DOC_FILE_NAME]);
/* The page of a package, and the page over several; appended to out. ANS_MEMORY, ANS_LIMIT (out is full). */
ans_status ans_doc_page(const ans_doc_package *p, ans_lang lang, ans_buffer *out, ans_error *err) ANS_MUST_CHECK;
ans_status ans_doc_index(const ans_doc_package *p, size_t n, ans_lang lang, ans_buffer *out, ans_error *err) ANS_MUST_CHECK;
#endif
