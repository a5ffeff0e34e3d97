/* Who clarifies what is missing: a fact that a register withholds (§ 6 Abs. 5 IDNrG) or that registers contradict each other about is not asked for again; a human looks at the case.
 * The reason of a cell lies in the store, not in the columns, so this stands beside the decision and not in it; the receipt holds the procedure that was stored.
 * Thread rule: the loader's thread. */
#include "batch/batch.h"

ans_status ans_batch_clarify(ans_fact_loader *l, const ans_columns *c, ans_outcome *o, ans_error *err) {
  bool needs = false;
  ans_status status = ANS_OK;
  for (uint32_t i = 0; o->procedure == ANS_PROCEDURE_ASK && i < o->missing_count && !needs && status == ANS_OK; i++)
    if (o->missing[i].blocking) status = ans_fact_needs_human(l, c, o->missing[i].fact, o->missing[i].row, o->missing[i].day, &needs, err);
  if (status == ANS_OK && needs) ans_outcome_clarify(o);
  return status;
}
