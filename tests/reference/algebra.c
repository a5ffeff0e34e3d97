/* Section 2 of docs/semantics.md: truth, conditions, asking for the state, selection. Tables are typed off the text, letter by letter. */
#include "reference_internal.h"

/* Row and column of a cell in the tables: T F N U H E C. */
static int letter(cell x) {
  if (is_value(x)) return x.v != 0 ? 0 : 1;
  return 1 + x.state;
}

static cell from_letter(char c) {
  switch (c) {
    case 'T': return truth_of(true);
    case 'F': return truth_of(false);
    case 'N': return state_of(ANS_NOT_APPLICABLE);
    case 'U': return state_of(ANS_UNKNOWN);
    case 'H': return state_of(ANS_HUMAN);
    case 'E': return state_of(ANS_ERRONEOUS);
    default: return state_of(ANS_CONFLICT);
  }
}

/* 2.1, the table of `und`. */
cell ref__and(cell x, cell y) {
  static const char AND[7][8] = {
      /*        TFNUHEC */
      /* T */ "TFNUHEC",
      /* F */ "FFFFFFF",
      /* N */ "NFNUHEC",
      /* U */ "UFUUHEC",
      /* H */ "HFHHHEC",
      /* E */ "EFEEEEC",
      /* C */ "CFCCCCC",
  };
  return from_letter(AND[letter(x)][letter(y)]);
}

/* 2.1: negates a value, keeps every other state. */
cell ref__not(cell x) { return is_value(x) ? truth_of(x.v == 0) : x; }

/* 2.1: x oder y = nicht (nicht x und nicht y). */
cell ref__or(cell x, cell y) { return ref__not(ref__and(ref__not(x), ref__not(y))); }

/* 2.2: n/a becomes error, every other state stays. */
cell ref__condition(cell x) { return x.state == ANS_NOT_APPLICABLE ? state_of(ANS_ERRONEOUS) : x; }

/* 2.3, one column of the table per case. */
cell ref__known(cell x) {
  switch ((ans_state)x.state) {
    case ANS_VALUE: return truth_of(true);
    case ANS_NOT_APPLICABLE: return truth_of(true);
    case ANS_UNKNOWN: return truth_of(false);
    case ANS_HUMAN: return truth_of(false);
    case ANS_ERRONEOUS: return state_of(ANS_ERRONEOUS);
    case ANS_CONFLICT: break;
  }
  return state_of(ANS_CONFLICT);
}

cell ref__present(cell x) {
  switch ((ans_state)x.state) {
    case ANS_VALUE: return truth_of(true);
    case ANS_NOT_APPLICABLE: return truth_of(false);
    case ANS_UNKNOWN: return state_of(ANS_UNKNOWN);
    case ANS_HUMAN: return state_of(ANS_HUMAN);
    case ANS_ERRONEOUS: return state_of(ANS_ERRONEOUS);
    case ANS_CONFLICT: break;
  }
  return state_of(ANS_CONFLICT);
}

cell ref__default(cell x, cell d) { return x.state == ANS_UNKNOWN ? d : x; }

/* 2.4, with g a condition. */
cell ref__select(cell g, cell a, cell b) {
  g = ref__condition(g);
  if (is_true(g)) return a;
  if (is_false(g)) return b;
  if (g.state == ANS_ERRONEOUS || g.state == ANS_CONFLICT) return g;
  return same_cell(a, b) ? a : g;
}
