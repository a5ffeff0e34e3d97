/* A seeded synthetic population for measurements of the Kindergeld package, in the plain form a hand-written program would use:
 * an array of persons, an array of pairs (possible recipient × child), timelines as runs in one pool. From this one form come the columns of
 * the engines, the input of the scalar program and the content of a store, so that all of them see the same facts.
 *
 * Everything is invented; no number describes real people. A cluster is a family household and the households its pointers lead to, or a
 * household without a child. Clusters depend on (seed, number) only, so a population can be made in pieces.
 * Rejected: reading the register generator's files, which would measure parsing and tie the numbers to a wire format.
 * Memory: one population owns its arrays; bench_population_dispose frees them. Not thread-safe. */
#ifndef ANS_BENCH_WORKLOAD_H
#define ANS_BENCH_WORKLOAD_H
#include "columns/columns.h"
#include "store/store.h"

/* Facts by index, with their names in the package. */
#define BENCH_PERSON_SCALARS(X)                                                                                            \
  X(BIRTH, "Geburtsdatum") X(DEATH, "Sterbedatum") X(IDNR, "IdNr_vergeben") X(NATION, "Staatsangehörigkeit")               \
  X(DUTY, "Pflichtdienst_vor_Juli_2011") X(FIRST_DEGREE, "Erstausbildung_abgeschlossen") X(DISABLED_SINCE, "Behinderung_eingetreten")
#define BENCH_PERSON_TIMELINES(X)                                                                                          \
  X(RESIDENCE, "Wohnsitz") X(TAX, "Steuerpflicht_ohne_Wohnsitz") X(FREEDOM, "Freizügigkeit_geprüft") X(TITLE, "Aufenthaltstitel_genügt")  \
  X(TRAINING, "Ausbildung") X(STUDY, "Studium") X(OTHER_TRAINING, "Sonstige_Ausbildung") X(RECOGNISED, "Ausbildung_anerkannt")            \
  X(PLACE_SOUGHT, "Ausbildungsplatz_gesucht") X(PLACE_MISSING, "Ausbildungsplatz_fehlt") X(VOLUNTARY, "Freiwilligendienst")               \
  X(MILITARY, "Wehrdienst") X(EXTENSION, "Verlängerung_festgestellt") X(SEEKING, "Arbeitsuchend") X(HOURS, "Wochenstunden")               \
  X(MARGINAL, "Geringfügig") X(MARGINAL_HARMLESS, "Geringfügigkeit_unschädlich") X(JOB_IS_TRAINING, "Ausbildungsdienstverhältnis")        \
  X(DISABLED, "Behinderung") X(UNABLE, "Außerstande_sich_zu_unterhalten") X(FOREIGN_BENEFIT, "Andere_Leistung")
#define BENCH_PAIR_SCALARS(X) X(KIND, "Art") X(APPLIED, "Antragseingang")
#define BENCH_PAIR_TIMELINES(X)                                                                                            \
  X(HOUSEHOLD, "Haushaltsaufnahme") X(FOSTER_BOND, "Pflegekindschaft") X(MAINTENANCE, "Unterhaltsrente") X(DESIGNATED, "Bestimmung")      \
  X(WAIVER, "Verzicht_auf_Vorrang")

#define X(name, text) BENCH_##name,
enum { BENCH_PERSON_SCALARS(X) BENCH_PERSON_SCALAR_COUNT };
enum { BENCH_PERSON_TIMELINES(X) BENCH_PERSON_TIMELINE_COUNT };
enum { BENCH_PAIR_SCALARS(X) BENCH_PAIR_SCALAR_COUNT };
enum { BENCH_PAIR_TIMELINES(X) BENCH_PAIR_TIMELINE_COUNT };
#undef X
/* Values of the enumerations, in the order of the package (checked when the names are bound). */
enum { BENCH_AT_HOME, BENCH_IN_EU, BENCH_THIRD_COUNTRY };                              /* Wohnort */
enum { BENCH_GERMAN, BENCH_EU_CITIZEN, BENCH_THIRD_NATIONAL };                         /* Staat */
enum { BENCH_NO_TAX, BENCH_TAX_EXTENDED, BENCH_TAX_ON_REQUEST };                       /* Auslandssteuerpflicht */
enum { BENCH_NATURAL, BENCH_ADOPTED, BENCH_FOSTER, BENCH_STEPCHILD, BENCH_GRANDCHILD };/* Kindschaftsart */

typedef struct bench_cell { int32_t value; uint8_t state; } bench_cell; /* value, n/a or unknown */
typedef struct bench_run { uint32_t first, count; } bench_run;          /* intervals of a timeline in the pool; none: nothing known */

/* Who somebody is in the cluster; homes of a cluster are numbered from 0. */
enum { BENCH_MOTHER, BENCH_FATHER, BENCH_OTHER_ADULT, BENCH_CHILD_OF_FAMILY, BENCH_ADULT };

typedef struct bench_person {
  uint8_t home, role;                /* where the person lives today, for the laws about households (laws.h) */
  bench_cell cell[BENCH_PERSON_SCALAR_COUNT];
  bench_run line[BENCH_PERSON_TIMELINE_COUNT];
} bench_person;

typedef struct bench_pair {
  uint32_t recipient, child;         /* persons */
  bench_cell cell[BENCH_PAIR_SCALAR_COUNT];
  bench_run line[BENCH_PAIR_TIMELINE_COUNT];
} bench_pair;

typedef struct bench_cluster { uint32_t first_person, first_pair, households; bool crosses; /* a pointer leads into another household */ } bench_cluster;

typedef struct bench_population {
  bench_person *persons; uint32_t person_count;
  bench_pair *pairs; uint32_t pair_count;           /* of a cluster: by recipient, then child */
  ans_interval *pool; uint32_t pool_count;
  bench_cluster *clusters; uint32_t cluster_count;  /* one entry more than clusters: the end */
  uint32_t households, families, crossing;
  size_t person_cap, pair_cap, pool_cap, cluster_cap;
} bench_population;

typedef struct bench_rates {
  uint64_t seed;
  unsigned unknown_percent;          /* share of facts left out; references are always known */
  uint32_t blank_every;              /* 0, or every blank_every-th cluster lacks all facts: the rest is untouched */
  bool families_only;                /* leave out households without a child */
} bench_rates;

/* Appends the clusters with the numbers first … first+count-1; empties the population before if `fresh`. Exits on memory exhaustion (a tool). */
void bench_population_make(bench_population *p, const bench_rates *rates, uint64_t first, uint32_t count, bool fresh);
/* The share that the makers leave out in the cluster of this number. */
unsigned bench_unknown_of(const bench_rates *rates, uint64_t cluster);
void bench_population_dispose(bench_population *p);

/* Indices of the package's facts. False, with a line on stderr, if the package lacks one or orders an enumeration otherwise. */
typedef struct bench_names {
  uint32_t person_unit, pair_unit, recipient, child;
  uint32_t person_cell[BENCH_PERSON_SCALAR_COUNT], person_line[BENCH_PERSON_TIMELINE_COUNT];
  uint32_t pair_cell[BENCH_PAIR_SCALAR_COUNT], pair_line[BENCH_PAIR_TIMELINE_COUNT];
} bench_names;
bool bench_names_bind(const ans_program *p, bench_names *out);

/* Columns of the clusters, one component each; row r of a unit is person (pair) r. */
ans_status bench_columns(const ans_program *p, const bench_names *n, const bench_population *w, ans_columns **out, ans_error *err) ANS_MUST_CHECK;

/* Writes the clusters into an open transaction of a store: persons, pairs, facts from the source of the highest rank, and for every pair that applied an
 * award from `month` on of the given cents, an open application, or nothing. awards: per pair; first_key: number of the first person, for unique keys.
 * *assertions is increased by the facts written. */
enum { BENCH_APPLICATION = -1, BENCH_NOTHING = -2 };
ans_status bench_store_write(ans_store *s, const ans_program *p, const bench_names *n, const bench_population *w, const int64_t *awards, int32_t month, uint64_t first_key,
                             uint64_t *assertions, ans_error *err) ANS_MUST_CHECK;

/* splitmix64 (public domain construction): one state word, good enough for rates. */
static inline uint64_t bench_random(uint64_t *state) {
  uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return z ^ (z >> 31);
}
/* Uniform in 0 … n-1 (bias below 2^-40 for the small n used here). */
static inline uint32_t bench_below(uint64_t *state, uint32_t n) { return (uint32_t)((bench_random(state) >> 32) * n >> 32); }
static inline bool bench_chance(uint64_t *state, uint32_t per_ten_thousand) { return bench_below(state, 10000) < per_ten_thousand; }
#endif
