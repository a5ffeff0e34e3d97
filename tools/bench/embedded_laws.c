/* The entry points of the emissions that are made with the bench, behind one type: each takes its own struct, whose bytes embed_input.h fills. See embedded.h. */
#include "embedded.h"
#include "kindergeld.h"
#include "unterhaltsvorschuss.h"
#include "wohngeld.h"

#define EMITTED(name)                                                                                                                                                  \
  static size_t name##_bytes(const void *input) { return name##_memory(input); }                                                                                       \
  static an_status name##_decide(an_run *run, const void *input) { return name##_evaluate(run, input); }                                                               \
  const embed_code embedded_##name = {&name##_package, name##_bytes, name##_start, name##_decide};
EMITTED(kindergeld)
EMITTED(wohngeld)
EMITTED(unterhaltsvorschuss)
