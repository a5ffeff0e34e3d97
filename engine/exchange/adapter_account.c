/* Bundeszentralamt für Steuern → IdNr_vergeben. Shapes: docs/registers.md, "idnr". The IBAN is no fact of entitlement; it stays in the evidence and is
 * read again when a payment is made, because it may change in between. */
#include "exchange/internal.h"

static const char *const account__facts[] = {"IdNr_vergeben", NULL};

static ans_status account__read(exchange__adapter *a, json_t *record, ans_error *err) {
  (void)err;
  json_t *assigned = json_object_get(record, "idnr_assigned");
  if (!json_is_boolean(assigned)) a->invalid = "Antwort ungültig: idnr_assigned";
  else exchange__put_number(a, "IdNr_vergeben", ANS_OPEN_PAST, ANS_OPEN_FUTURE, json_is_true(assigned));
  return ANS_OK;
}

const exchange__kind exchange__account = {.register_name = "idnr", .facts = account__facts, .pairs_of_child = false, .read = account__read};
