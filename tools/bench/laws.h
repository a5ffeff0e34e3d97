/* Wohngeld and Unterhaltsvorschuss about the households of the synthetic population (workload.h), in the same plain form: arrays of cells, and timelines as runs in a pool.
 * Persons are those of the population; what only one law asks about them stands beside them (law_person, row r is person r). Rows of a cluster are contiguous, members are
 * ordered by household, receipts of income by member. References are always known; every other cell may be unknown.
 *
 * The scalar programs below are written from the statutes (WoGG, WoGV; UhVorschG, § 1612a BGB, MinUhV) and the choices that the READMEs of the rule packages mark. They share
 * no code with the engines. Outputs of both laws: entitled (or open) and the amount (or not determined).
 * Facts that the workload never varies stand at the head of scalar_wohngeld.c and scalar_uvg.c.
 * Memory: one law_population owns its arrays. Not thread-safe. Exits on memory exhaustion (a tool). */
#ifndef ANS_BENCH_LAWS_H
#define ANS_BENCH_LAWS_H
#include "workload.h"
#include "scalar.h"

/* --- facts by index, with their names in the packages ------------------------------------------------------------------------------------------------------------- */
#define LAW_WG_PERSON(X) X(FOREIGNER, "Ausländer") X(IN_COUNTRY, "Im_Bundesgebiet") X(GROUND, "Aufenthaltsgrund") X(EXEMPT, "Völkerrechtlich_befreit") X(TITLE_3, "Titel_nach_Satz_3")
#define LAW_HOUSE(X)                                                                                                                                        \
  X(FORM, "Wohnform") X(OWN_USE, "Selbst_genutzt") X(HOME_FOR_GOOD, "Auf_Dauer_im_Heim") X(OTHER_NAMED, "Andere_Person_bestimmt") X(PLACE, "Gemeinde")         \
  X(DISTRICT, "Kreis") X(RENT, "Entgelt") X(RENT_COMPLETE, "Mietangaben_vollständig") X(AREA, "Wohnfläche") X(OCCUPANTS, "Bewohner") X(RENTAL_VALUE, "Mietwert") \
  X(BURDEN, "Belastung") X(OTHERS, "Andere_Bewohner") X(ABUSE_SIGN, "Anhalt_für_Missbrauch") X(ABUSE, "Missbräuchlich") X(APPLIED_ON, "Antrag_gestellt")       \
  X(RUNS_UNTIL, "Läuft_bis") X(GRANT_MONTHS, "Bewilligungsmonate") X(DECIDED, "Bewilligt_am") X(GRANTED, "Bewilligtes_Wohngeld") X(GIVEN_UP, "Nutzung_aufgegeben") \
  X(CHANGE_IN_HOME, "Wechsel_im_Heim")
#define LAW_MEMBER(X)                                                                                                                                       \
  X(RELATION, "Beziehung") X(CENTRE, "Lebensmittelpunkt") X(SEPARATED, "Getrennt_lebend") X(PRESUMED, "Vermutung") X(WILL, "Verantwortungswille")               \
  X(DISPUTED, "Vermutung_bestritten") X(IS_CHILD, "Kind") X(CUSTODY, "Betreuung") X(AFTER_DEATH, "Nach_Tod_geändert") X(TRANSFER, "Transferleistung")           \
  X(COSTS_COUNTED, "Unterkunft_berücksichtigt") X(ONLY_RECIPIENTS, "Nur_Empfänger") X(COUNTED_WITH, "Mitberechnung") X(LOAN, "Nur_Darlehen")                    \
  X(AVOIDABLE, "Hilfebedürftigkeit_vermeidbar") X(NOT_YET, "Noch_nicht_erbracht") X(SUBSIDIARY, "Nachrangig_erbracht") X(ASKED_FROM, "Leistung_beantragt_ab")   \
  X(PAID_FROM, "Leistung_bewilligt_ab") X(PAID_TO, "Leistung_bewilligt_bis") X(LAPSED, "Ausschluss_entfallen") X(WAIVED, "Verzicht_ab")                         \
  X(INCOME_COMPLETE, "Einnahmen_vollständig") X(TAXES, "Steuern") X(HEALTH, "Krankenbeitrag") X(PENSION, "Rentenbeitrag") X(HEALTH_FREE, "Kranken_beitragsfrei") \
  X(PENSION_FREE, "Renten_beitragsfrei") X(DISABILITY, "GdB") X(CARED_AT_HOME, "Pflege_zu_Hause") X(NS_VICTIM, "NS_Opfer") X(CHILD_BENEFIT, "Kindergeld")       \
  X(EARNINGS, "Erwerbseinnahmen") X(BASIC_MONTHS, "Grundrentenzeiten") X(EQUAL_MONTHS, "Vergleichbare_Zeiten") X(OLD_AGE, "Rente") X(AID, "Förderung")          \
  X(AID_LOAN, "Förderung_nur_Darlehen") X(AID_SINCE, "Ausbildung_seit")
#define LAW_INCOME(X)                                                                                                                                       \
  X(SOURCE, "Art") X(SUM, "Betrag") X(COSTS, "Werbungskosten") X(RHYTHM, "Turnus") X(RECEIVED, "Zufluss") X(FOR_FROM, "Zurechnung_von") X(FOR_TO, "Zurechnung_bis")
#define LAW_PART(X) X(PART, "Art") X(PART_SUM, "Betrag")
#define LAW_SUPPORT(X) X(SUPPORT, "Art") X(SPENT, "Aufwendung") X(TITLED, "Titel")

#define LAW_UVG_PERSON(X) X(MARITAL, "Familienstand") X(LIVES_APART, "Lebt_getrennt") X(PARTNER_AWAY, "Partner_in_Anstalt") X(FREE_MOVER, "Deutsch_oder_freizügigkeitsberechtigt") X(PERMIT, "Aufenthaltstitel_genügt")
#define LAW_CASE_CELL(X) X(ASKED, "Antrag_gestellt") X(EFFORTS, "Zumutbare_Bemühungen")
#define LAW_CASE_LINE(X)                                                                                                                                    \
  X(WITH_PARENT, "Lebt_beim_Elternteil") X(TOGETHER, "Zusammenleben") X(OTHER_DIED, "Anderer_Elternteil_gestorben") X(PAID, "Unterhaltszahlung")                \
  X(ORPHAN, "Waisenbezüge") X(REGULAR, "Leistung_regelmäßig") X(SGB2, "SGB_II_Bezug") X(HELP_AVOIDED, "Hilfebedürftigkeit_vermeidbar")                         \
  X(PARENT_INCOME, "Elterneinkommen") X(UNCOOPERATIVE, "Mitwirkung_ausgeblieben") X(REFUSED, "Mitwirkung_verweigert") X(ADVANCE, "Vorausleistung")             \
  X(SGB8, "SGB_VIII_deckt_Bedarf") X(BENEFIT, "Kindergeld") X(SCHOOL_ENDED, "Schule_beendet") X(TRAINEE, "In_Ausbildung") X(CAPITAL, "Vermögenseinkünfte")      \
  X(WAGE, "Arbeitslohn") X(MONTHS_SO_FAR, "Bisherige_Leistungsmonate")

#define X(name, text) LAW_##name,
enum { LAW_WG_PERSON(X) LAW_WG_PERSON_COUNT };
enum { LAW_HOUSE(X) LAW_HOUSE_COUNT };
enum { LAW_MEMBER(X) LAW_MEMBER_COUNT };
enum { LAW_INCOME(X) LAW_INCOME_COUNT };
enum { LAW_PART(X) LAW_PART_COUNT };
enum { LAW_SUPPORT(X) LAW_SUPPORT_COUNT };
enum { LAW_UVG_PERSON(X) LAW_UVG_PERSON_COUNT };
enum { LAW_CASE_CELL(X) LAW_CASE_CELL_COUNT };
enum { LAW_CASE_LINE(X) LAW_CASE_LINE_COUNT };
#undef X

/* Enumerations in the order of the packages (checked by name when they are bound). */
enum { WG_RENTED, WG_LIKE_RENTED, WG_OWN_BLOCK, WG_HOME, WG_OWNED, WG_NO_HOUSING };
enum { WG_GROUND_NONE = 6, WG_PLACE_JENA = 16, WG_PLACE_REST = 35, WG_PLACE_OUTSIDE = 36, WG_DISTRICT_WEIMAR = 10, WG_DISTRICTS = 17 };
enum { WG_RECIPIENT, WG_SPOUSE, WG_CIVIL_PARTNER, WG_PARTNER, WG_RELATIVE, WG_FOSTER_CHILD, WG_FOSTER_PARENT, WG_NO_RELATION };
enum { WG_EQUAL, WG_A_THIRD, WG_LESS, WG_NOT_SHARED };
enum { WG_T_NONE, WG_T_SGB2, WG_T_TRAINEES, WG_T_TRANSITION, WG_T_INJURY, WG_T_BASIC, WG_T_SGB12, WG_T_SGB14, WG_T_SGB14_HOME, WG_T_ASYLUM, WG_T_SGB8, WG_T_BVG };
enum { WG_WITH_NONE, WG_WITH_SGB2, WG_WITH_BASIC, WG_WITH_SGB12, WG_WITH_SGB14, WG_WITH_ASYLUM };
enum { WG_NO_DUE, WG_COMPULSORY, WG_CURRENT, WG_FOR_MEMBER };
enum { WG_CURRENT_INCOME, WG_ONE_OFF, WG_BONUS };
enum { WG_P_HEATING, WG_P_WATER, WG_P_HEAT_SUPPLY, WG_P_WATER_SUPPLY, WG_P_ENERGY, WG_P_GARAGE, WG_P_PARKING, WG_P_MORE };
enum { WG_I_FARM, WG_I_TRADE, WG_I_SELF, WG_I_WAGE, WG_I_PENSION, WG_I_CAPITAL, WG_I_LETTING, WG_I_OTHER, WG_I_37B, WG_I_40A, WG_I_WAGE_REPLACEMENT = 15, WG_I_EQUALISATION = 17, WG_I_ANTI_D = 19,
       WG_I_3_21 = 21, WG_I_FOR_CARE = 26, WG_I_FROM_OTHERS = 27, WG_I_GIFT = 28, WG_I_ALIMONY_CARE = 29, WG_I_ALIMONY = 30, WG_I_UVG = 32, WG_I_SGB8_KEEP = 34, WG_I_SGB8_RAISE = 35, WG_I_FOSTERING = 36,
       WG_I_STUDENT = 37, WG_I_FULBRIGHT = 39, WG_I_TRANSFER = 40, WG_I_TRANSFER_FREE = 41, WG_I_RENTAL_VALUE = 42, WG_I_SUBLET = 43 };
enum { UVG_SINGLE, UVG_MARRIED, UVG_PARTNERED, UVG_WIDOWED, UVG_DIVORCED };
enum { UVG_THIS_PARENT, UVG_THIRD, UVG_OTHER_PARENT, UVG_NOBODY };
enum { UVG_NOT_COVERED, UVG_PARTLY, UVG_FULLY };

typedef struct law_person { bench_cell cell[LAW_WG_PERSON_COUNT]; bench_run line[LAW_UVG_PERSON_COUNT]; } law_person;
typedef struct law_house { uint32_t recipient, first_member, first_part, first_support; bool crosses; bench_cell cell[LAW_HOUSE_COUNT]; } law_house; /* firsts: the next house's is the end */
typedef struct law_member { uint32_t house, person, first_income; bench_cell cell[LAW_MEMBER_COUNT]; } law_member;
typedef struct law_income { uint32_t member; bench_cell cell[LAW_INCOME_COUNT]; } law_income;
typedef struct law_part { uint32_t house; bench_cell cell[LAW_PART_COUNT]; } law_part;
typedef struct law_support { uint32_t house; bench_cell cell[LAW_SUPPORT_COUNT]; } law_support;
typedef struct law_case { uint32_t child, parent; bool crosses; bench_cell cell[LAW_CASE_CELL_COUNT]; bench_run line[LAW_CASE_LINE_COUNT]; } law_case;
typedef struct law_cluster { uint32_t first_house, first_case; } law_cluster;

typedef struct law_population {
  const bench_population *base;
  law_person *persons; law_house *houses; law_member *members; law_income *incomes; law_part *parts; law_support *supports; law_case *cases; law_cluster *clusters; /* houses, members, clusters: one more, the end */
  uint32_t house_count, member_count, income_count, part_count, support_count, case_count;
  uint32_t crossing_houses, crossing_clusters;   /* a member (a case) points into another home */
  size_t person_cap, house_cap, member_cap, income_cap, part_cap, support_cap, case_cap, cluster_cap;
} law_population;

/* The households and cases of a population; its timelines go into that population's pool. Depends on (seed, cluster) only. */
void law_population_make(law_population *p, bench_population *base, const bench_rates *rates, uint64_t first_cluster);
void law_population_dispose(law_population *p);

/* The columns of a package about the population, one component per cluster; row r of a unit is entry r of its array. ANS_INPUT with a line on stderr if the package lacks a fact. */
ans_status law_wohngeld_columns(const ans_program *p, const law_population *w, ans_columns **out, ans_error *err) ANS_MUST_CHECK;
ans_status law_uvg_columns(const ans_program *p, const law_population *w, ans_columns **out, ans_error *err) ANS_MUST_CHECK;

typedef struct law_decision { uint8_t entitled /* truth */; bool amount_known; int64_t amount_cents; } law_decision;
/* One month (year*12+month-1) of all houses or cases. False: an overflow, or a household of more than LAW_MAX_MEMBERS. */
enum { LAW_MAX_MEMBERS = 12, WG_FIRST_MONTH = 2020 * 12, WG_LAST_MONTH = 2026 * 12 + 11, UVG_FIRST_MONTH = 2017 * 12 };
bool law_wohngeld(const law_population *w, int32_t month, law_decision *out);
bool law_uvg(const law_population *w, int32_t month, law_decision *out);
/* One row. */
bool law_wohngeld_row(const law_population *w, const month_frame *m, uint32_t house, law_decision *out);
bool law_uvg_row(const law_population *w, const month_frame *m, uint32_t which, law_decision *out);

/* --- shared by the scalar programs ------------------------------------------------------------------------------------------------------------------------------------ */
typedef struct num { int64_t v; bool known; } num;
static inline num num_of(int64_t v) { return (num){v, true}; }
static inline num num_cell(bench_cell c) { return (num){c.value, c.state == ANS_VALUE}; }
static inline truth cell_present(bench_cell c) { return c.state == ANS_VALUE ? YES : c.state == ANS_NOT_APPLICABLE ? NO : OPEN; }
static inline truth cell_true(bench_cell c) { return c.state == ANS_VALUE ? truth_of(c.value != 0) : OPEN; }
static inline truth cell_equals(bench_cell c, int32_t v) { return c.state == ANS_VALUE ? truth_of(c.value == v) : OPEN; }
/* What holds if the condition does, otherwise the other amount; an open condition does not matter if both are the same. */
static inline num num_pick(truth c, num yes, num no) {
  if (c == YES) return yes;
  if (c == NO) return no;
  return yes.known && no.known && yes.v == no.v ? yes : (num){0, false};
}
static inline truth num_above(num a, num b) { return a.known && b.known ? truth_of(a.v > b.v) : OPEN; }
static inline num num_max(num a, num b) { return a.known && b.known ? num_of(a.v > b.v ? a.v : b.v) : (num){0, false}; }
static inline num num_min(num a, num b) { return a.known && b.known ? num_of(a.v < b.v ? a.v : b.v) : (num){0, false}; }
/* Commercial rounding of a quotient of positive divisor: half away from zero. */
static inline int64_t div_half_up(int64_t a, int64_t b) { return a >= 0 ? (a + b / 2) / b : -((-a + b / 2) / b); }

/* scalar_uvg.c: amounts of the law by month, also for the column program. */
enum { UVG_REFORM = 2017 * 12 + 6, UVG_OLD_LIMIT_MONTHS = 72, UVG_MIN_PARENT_INCOME = 60000, UVG_TRAINING_COST = 10000, UVG_SMALLEST = 500 };
typedef struct uvg_rates { int32_t from; int64_t need[3]; } uvg_rates; /* § 1 MinUhV, by stage of age */
const uvg_rates *uvg_need(int32_t month);
int64_t uvg_child_benefit(int32_t month);                      /* § 66 Abs. 1 EStG, a first child */
int64_t uvg_allowance_twelfth(int32_t month);

/* scalar_income.c: what a member of the household contributes to its income (§§ 14 to 18 WoGG). */
typedef struct wg_context {
  const law_population *w;
  const law_house *house;
  int32_t month, first;              /* the month and its first day */
  num begin, key_year;               /* first month of the period of the grant; the year at its beginning, whose tax allowances apply */
  num submitted;                     /* the day on which the application counts as made */
  int64_t length;                    /* months of the grant */
  bool overflow;
} wg_context;
num wg_income_of(wg_context *c, const law_member *m);          /* § 14 to § 16: income of the year after deductions */
num wg_allowances_of(wg_context *c, const law_member *m, truth young /* a child under 25 */);
num wg_support_of(wg_context *c, const law_support *s);        /* § 18 */
num wg_add(wg_context *c, num a, num b);                       /* checked; open if one is */
num wg_sub(wg_context *c, num a, num b);
#endif
