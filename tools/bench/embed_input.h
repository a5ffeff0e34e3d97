/* One component of columns as the input of an emitted package, through the package's own tables instead of its typed structs: for programs that compare or measure emitted packages.
 * A program that embeds one fills the structs of its header (docs/embedding.md). Aborts on memory exhaustion. */
#ifndef ANS_BENCH_EMBED_INPUT_H
#define ANS_BENCH_EMBED_INPUT_H
#include "anspruch_embed.h"
#include "columns/columns.h"

/* The entry points of one emission. */
typedef struct embed_code {
  const an_package *package;
  size_t (*memory)(const void *input);
  an_status (*start)(an_run *run, void *block, size_t size, int32_t period, int32_t law_known);
  an_status (*evaluate)(an_run *run, const void *input);
} embed_code;

typedef struct embed_input {
  unsigned char *bytes;                /* the package's input struct */
  unsigned char **rows;                /* per unit */
  an_interval **items;                 /* per fact: intervals of all rows */
  an_text *texts;                      /* of all components: positions are those of the columns */
  an_given *given;
  uint32_t units, facts;
} embed_input;

/* The columns must outlive the input, whose texts point into them. */
embed_input embed_input_new(const an_package *package, const ans_columns *c, uint32_t component);
void embed_input_free(embed_input *in);
/* A cell's value with a reference counted from the component's first row. */
int64_t embed_relative(const ans_columns *c, ans_type t, ans_scalar v, uint32_t component);
#endif
