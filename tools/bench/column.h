/* The arithmetic core of the three laws as hand-written column C: arrays of one field for all rows, one loop per step without branches, left to the vectoriser of the compiler. Written to show what
 * plain C reaches when the layout suits it, not to replace the scalar program. It covers only rows about which everything is known and whose outcome needs nothing beyond the core:
 *
 *   Kindergeld           pairs of a cluster without pointers across households, a sole recipient who lives here, and a child under 18 throughout the months compared who lives here with the
 *                        recipient: is there a payment, and how much (2023 on: one amount for every child)
 *   Wohngeld             households without pointers, all members counted in every month compared, tenants with complete data, current income only, no application that moves the period:
 *                        income, deductions, allowances, rent, ceilings, formula and rounding
 *   Unterhaltsvorschuss  cases whose timelines do not change in the years compared: ages, rates, parts of a month, set-off, rounding
 *
 * Which rows these are is decided when the columns are made (not timed), by the facts, never by the result. The share covered is printed. Sums that could overflow are checked once per
 * block by a flag that collects over all rows.
 * Memory: column_laws owns its arrays. Threads: one per object. */
#ifndef ANS_BENCH_COLUMN_H
#define ANS_BENCH_COLUMN_H
#include "laws.h"

enum { COLUMN_KINDERGELD, COLUMN_WOHNGELD, COLUMN_UVG, COLUMN_LAWS };
typedef struct column_laws column_laws;
/* NULL on memory exhaustion. The population must have no unknown facts and outlive the object. */
column_laws *column_laws_make(const law_population *w);
void column_laws_free(column_laws *c);
uint32_t column_rows(const column_laws *c, unsigned law);
uint32_t column_row(const column_laws *c, unsigned law, uint32_t k);      /* the row of the population (pair, house, case) */
int64_t column_cents(const column_laws *c, unsigned law, uint32_t k);     /* the amount decided by the last run */
/* All covered rows of a law for one month. False: overflow, or a month outside those compared. */
bool column_run(column_laws *c, unsigned law, int32_t month);
/* The scalar program on exactly these rows, for a fair ratio. */
bool column_scalar(column_laws *c, unsigned law, int32_t month);
/* The covered rows as CSV for programs in other languages (peers/): kindergeld.csv, wohngeld.csv, wohngeld-members.csv, unterhaltsvorschuss.csv in a folder that exists, and law.json (the amounts of that month), with the exact cents of the
 * month. False: a file cannot be written. */
bool column_dump(column_laws *c, const char *folder, int32_t month);
#endif
