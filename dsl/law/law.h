/* Statute texts beside the rules: import of official XML, the tree law → § → Absatz → Satz → Nummer → Buchstabe …, citations resolved
 * against it, and drift between the text that was read when the rule was written and the text of today.
 *
 * Why a tree of ranges: a unit is a byte range of its paragraph's normalised text, never a copy, so that parent and child cannot disagree and
 * the file stays as small as the statute. The hash of a unit is SHA-256 over that range: NFC, blanks folded to one, without the unit's own
 * label and without sentence numbers printed by an editor (a renumbering by the publisher is no change of the law).
 * Invariants: units are in text order, a unit's descendants are the units up to its `end`, and lie inside its range; roots are §, Artikel, Anlage.
 * A law is immutable after import or load and may be shared by threads. No network, no DTD, no entities: docs/formats/law.md. */
#ifndef ANS_LAW_H
#define ANS_LAW_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "anspruch/status.h"
#include "base/buffer.h"
#include "code/program.h"
#include "syntax/tree.h"

/* Documented limits (docs/formats/law.md); beyond them ANS_LIMIT. */
enum {
  ANS_LAW_MAX_BYTES = 16 << 20,     /* of an XML file */
  ANS_LAW_MAX_FILE = 128 << 20,     /* of an imported law */
  ANS_LAW_MAX_TEXT = 48 << 20,      /* of normalised text */
  ANS_LAW_MAX_NODES = 1000000,      /* elements and attributes of an XML file */
  ANS_LAW_MAX_DEPTH = 100,          /* nested elements */
  ANS_LAW_MAX_UNITS = 500000,
  ANS_LAW_MAX_USES = 500000,        /* citations of a package, counted with repetition */
  ANS_LAW_MAX_REFS = 4000000,       /* units that citations speak of, ranges written out */
  ANS_LAW_NUMBER_SIZE = 24,              /* bytes of a number such as "12b", with its NUL */
  ANS_LAW_MAX_PARTS = 12,           /* parts of a citation */
  ANS_LAW_MAX_EXPANDED = 64         /* single citations that one citation with several numbers stands for */
};

/* X(NAME, keyword of a citation, German, English) */
#define ANS_LAW_LEVELS(X)                                                  \
  X(PARAGRAPH, "§", "Paragraf", "section")                                 \
  X(ARTICLE, "Art.", "Artikel", "article")                                 \
  X(ANNEX, "Anlage", "Anlage", "annex")                                    \
  X(SUBSECTION, "Abs.", "Absatz", "subsection")                            \
  X(SENTENCE, "Satz", "Satz", "sentence")                                  \
  X(NUMBER, "Nr.", "Nummer", "number")                                     \
  X(LETTER, "Buchst.", "Buchstabe", "letter")                              \
  X(DOUBLE, "Doppelbuchst.", "Doppelbuchstabe", "double letter")           \
  X(TRIPLE, "Dreifachbuchst.", "Dreifachbuchstabe", "triple letter")       \
  X(DASH, "Spiegelstrich", "Spiegelstrich", "indent")                      \
  X(HALF, "Halbsatz", "Halbsatz", "half-sentence")
typedef enum ans_law_level {
#define X(id, keyword, de, en) ANS_LAW_##id,
  ANS_LAW_LEVELS(X)
#undef X
  ANS_LAW_LEVEL_COUNT
} ans_law_level;
const char *ans_law_keyword(ans_law_level level);

typedef struct ans_law_unit {
  ans_law_level level;          /* never HALF: half-sentences are found when cited */
  const char *number;           /* "32", "4", "2a", "aa" */
  const char *title;            /* heading of §, Artikel or Anlage; "" otherwise. Not part of the hash */
  uint32_t parent;              /* ANS_NONE for a root */
  uint32_t end;                 /* index after the last descendant */
  uint32_t at, len;             /* bytes in text */
  uint8_t sha256[32];
} ans_law_unit;

typedef struct ans_law {
  const char *format;           /* "gii" or "legaldocml": where the text came from */
  const char *name, *official;  /* "EStG"; official abbreviation if it differs ("SGB X" beside "SGB 10"), or "" */
  const char *title, *id, *state; /* full title; doknr or ELI; amendment state as the publisher words it; each may be "" */
  char source_sha256[65];       /* of the XML file */
  const char *text; size_t text_len; /* paragraphs, each ended by a line feed */
  const ans_law_unit *units; uint32_t unit_count;
  struct ans_arena *arena;
} ans_law;

/* Reads gii XML (gesetze-im-internet.de) or LegalDocML.de, told apart by the root element. name stands in errors. Errors: ANS_INPUT with line
 * (not well-formed, entities or declarations, no text, unknown root), ANS_LIMIT, ANS_MEMORY. Caller frees with ans_law_free. */
ans_status ans_law_import(const char *name, const void *xml, size_t size, ans_law **out, ans_error *err) ANS_MUST_CHECK;
void ans_law_free(ans_law *law);
/* The imported form, JSON lines (docs/formats/law.md). Same law, same bytes. decode checks every range and every hash. */
ans_status ans_law_encode(const ans_law *law, ans_buffer *out, ans_error *err) ANS_MUST_CHECK;
ans_status ans_law_decode(const char *name, const char *bytes, size_t size, ans_law **out, ans_error *err) ANS_MUST_CHECK;
/* A file in either form (XML is imported on the fly), and writing a file whole or not at all. */
ans_status ans_law_open(const char *path, ans_law **out, ans_error *err) ANS_MUST_CHECK;
ans_status ans_law_write_file(const char *path, const char *bytes, size_t size, ans_error *err) ANS_MUST_CHECK;
/* True if a norm called `name` in rules is this law: short name or official abbreviation, blanks, "_" and case ignored, Roman numerals read as
 * numbers (SGB_II = SGB 2), a year of promulgation ignored (BKGG = BKGG 1996); or id given and equal. */
bool ans_law_is(const ans_law *law, const char *name, const char *id);

/* --- citations ----------------------------------------------------------------------------------------------------------- */
typedef struct ans_cite_part { ans_law_level level; char number[ANS_LAW_NUMBER_SIZE]; } ans_cite_part;
typedef struct ans_cite { ans_cite_part part[ANS_LAW_MAX_PARTS]; uint32_t count; char law[128]; } ans_cite;
/* "§ 32 Abs. 4 Satz 2, 3 EStG" gives two citations. Long forms (Absatz, Nummer, Buchstabe …) are understood. ANS_INPUT if text is none. */
ans_status ans_cite_parse(const char *text, ans_cite *out, uint32_t max, uint32_t *count, ans_error *err) ANS_MUST_CHECK;
enum { ANS_CITE_TEXT = 512 };
const char *ans_cite_format(const ans_cite *c, char out[ANS_CITE_TEXT]);

typedef enum ans_law_answer { ANS_LAW_FOUND, ANS_LAW_MISSING, ANS_LAW_AMBIGUOUS /* several units fit */, ANS_LAW_REPEALED /* there, but "(weggefallen)" */ } ans_law_answer;
typedef struct ans_law_target {
  uint32_t unit;                /* found, else the deepest unit that was found, or ANS_NONE */
  uint32_t matched;             /* parts of the citation that were found */
  const char *text; size_t len; /* of the unit or half-sentence; points into the law */
  uint8_t sha256[32];
} ans_law_target;
/* Finds the cited unit. The Satz may be left out where only one sentence has the cited Nummer (§ 32 Abs. 1 Nr. 2). */
ans_law_answer ans_law_resolve(const ans_law *law, const ans_cite *c, ans_law_target *out);
/* For a citation that was not found: the nearest one that exists ("" if none is near), and what there is at the place ("Abs. 1, 2, 3"). */
void ans_law_suggest(const ans_law *law, const ans_cite *c, const ans_law_target *t, char nearest[ANS_CITE_TEXT], char there[ANS_CITE_TEXT]);
/* Full citation of a unit, without the law's name. */
const char *ans_law_cite_unit(const ans_law *law, uint32_t unit, char out[ANS_CITE_TEXT]);

/* The words of a unit that belong to none of the units below it: before them (*lead) and after them (*tail); both may be empty. Of a unit
 * that consists of Absätze or sentences both are. They point into the law's text. */
typedef struct ans_law_words { const char *lead, *tail; size_t lead_len, tail_len; } ans_law_words;
ans_law_words ans_law_own_words(const ans_law *law, uint32_t unit);

/* --- what rests on what --------------------------------------------------------------------------------------------------- */
/* What a citation in the rules says of the provision. */
typedef enum ans_law_role {
  ANS_LAW_MENTIONED,            /* target of an exception, fact, result: nothing about who applies it */
  ANS_LAW_TESTED,               /* named by a prüffall */
  ANS_LAW_CODED,                /* rule, exception, parameter, regime or application of a benefit; whole: abgebildet "…" */
  ANS_LAW_HUMAN,                /* ermessen or beurteilung für …; whole: a member of that nature, which takes the provision as its own */
  ANS_LAW_OMITTED,              /* nicht abgebildet für …; whole: nicht abgebildet "…" */
  ANS_LAW_RANGE_END             /* only there so that its existence is checked; the beginning carries the range */
} ans_law_role;
typedef struct ans_law_use {
  const char *citation, *file, *what; uint32_t line; /* file "" for a compiled package */
  ans_law_role role;
  bool whole;                   /* speaks of everything below the provision too, unless something nearer does */
  const char *until;            /* last citation of a range (§ 5 bis § 8), "" if there is none */
} ans_law_use;
typedef struct ans_law_uses ans_law_uses;
ans_law_uses *ans_law_uses_new(void);
void ans_law_uses_free(ans_law_uses *u);
/* Every citation of a compiled package that something rests on (not the enclosing ones that nobody cites), or of rule text with file and line. */
ans_status ans_law_uses_program(ans_law_uses *u, const ans_program *p, ans_error *err) ANS_MUST_CHECK;
ans_status ans_law_uses_tree(ans_law_uses *u, const ans_tree *t, ans_error *err) ANS_MUST_CHECK;
/* True if the norm the package calls `name` is this law (by its doknr, otherwise by name). */
bool ans_law_uses_is(const ans_law_uses *u, const ans_law *law, const char *name);
size_t ans_law_uses_count(const ans_law_uses *u);
const ans_law_use *ans_law_uses_at(const ans_law_uses *u, size_t i);

/* --- paragraph × status (docs/formats/law.md) ---------------------------------------------------------------------------------- */
typedef enum ans_law_state { ANS_LAW_S_CODED, ANS_LAW_S_HUMAN, ANS_LAW_S_OMITTED, ANS_LAW_S_OPEN, ANS_LAW_S_REPEALED, ANS_LAW_S_COUNT } ans_law_state;
const char *ans_law_state_name(ans_law_state s, ans_lang lang);       /* "umgesetzt" */
const char *ans_law_state_key(ans_law_state s);                       /* "coded": JSON and CSV */
typedef struct ans_law_unit_status {
  ans_law_state state;          /* of a unit with units below: open if one of them is, else the first of coded, human, omitted that occurs */
  uint8_t said;                 /* bits 1 << state: everything that is said of this unit, here or above */
  bool leaf;                    /* nothing below: what is counted */
  bool partly;                  /* open, though something is said of a part */
  bool touched;                 /* its § is cited by the package */
  uint32_t basis;               /* unit whose citation decides: itself or one above; ANS_NONE */
  uint32_t first_use, use_count; /* into ans_law_status.uses: citations of this very unit */
} ans_law_unit_status;
typedef struct ans_law_status {
  const ans_law *law;           /* borrowed */
  ans_law_unit_status *units;   /* one for each unit of the law */
  const ans_law_use **uses;
  uint32_t sections, leaves, count[ANS_LAW_S_COUNT]; /* §§ and leaves in scope: touched ones, or all with `whole` */
  bool whole;
  struct ans_arena *arena;
} ans_law_status;
/* What the citations say of every unit of the law. Borrows law and u. ANS_MEMORY, ANS_LIMIT. */
ans_status ans_law_status_make(const ans_law_uses *u, const ans_law *law, bool whole, ans_law_status *out, ans_error *err) ANS_MUST_CHECK;
void ans_law_status_dispose(ans_law_status *s);
/* True if the unit is to be shown: its § is touched, or the whole law is asked for. */
bool ans_law_status_shown(const ans_law_status *s, uint32_t unit);

typedef enum ans_law_kind {
  ANS_LAW_F_MISSING, ANS_LAW_F_AMBIGUOUS, ANS_LAW_F_REPEALED, ANS_LAW_F_CHANGED, ANS_LAW_F_GONE, ANS_LAW_F_UNPINNED, /* answers that are no */
  ANS_LAW_F_NO_LAW, ANS_LAW_F_STALE                                                                                    /* notes */
} ans_law_kind;
typedef struct ans_law_finding {
  ans_law_kind kind;
  const char *citation;         /* a single one, or the law's name for NO_LAW */
  const char *nearest, *there;  /* suggestions, "" if none */
  const char *before, *now;     /* texts, "" if none */
  const ans_law_use *const *uses; uint32_t use_count;
} ans_law_finding;
typedef struct ans_law_report {
  ans_law_finding *findings; uint32_t count;
  uint32_t citations, resolved, unchecked, failures; /* distinct citations: all, resolved, of laws that were not given; findings that are a no */
  struct ans_arena *arena;
} ans_law_report;
/* Resolves every use against the laws; with a lock (bytes of a lock file, or NULL) compares texts. Findings in the order of first use. */
ans_status ans_law_check(const ans_law_uses *u, ans_law *const *laws, size_t law_count, const char *lock_name, const char *lock, size_t lock_size,
                         ans_law_report *out, ans_error *err) ANS_MUST_CHECK;
void ans_law_report_dispose(ans_law_report *r);
/* The lock file of the uses: hash and wording of every cited unit. Citations that do not resolve are an error (ANS_NEGATIVE): check first. */
ans_status ans_law_pin(const ans_law_uses *u, ans_law *const *laws, size_t law_count, const char *package, const char *version, ans_buffer *out,
                       uint32_t *pinned, ans_error *err) ANS_MUST_CHECK;
#endif
