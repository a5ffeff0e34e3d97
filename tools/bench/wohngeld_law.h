/* Amounts of the WoGG and the WoGV by the day of the law, for the scalar and the column program. Money is cents. */
#ifndef ANS_BENCH_WOHNGELD_LAW_H
#define ANS_BENCH_WOHNGELD_LAW_H
#include "laws.h"

enum { WG_NEVER = 9999 * 12 + 11, WG_LEAST_PAID = 1000 };
typedef struct wg_factors { int64_t a, b, c /* 10^-8 */, least_m, least_y /* cents */; } wg_factors;
/* Anlage 2 and 3 Nr. 1, 1 to 12 persons; law: year*12+month-1 of the law, from 2020 on. */
const wg_factors *wg_factors_of(int32_t law, int64_t persons);
/* Anlage 1 and § 12 Abs. 7: most rent with the climate component; level 0 (I) to 6. */
int64_t wg_most_rent(int32_t law, int64_t persons, int32_t level);
/* § 12 Abs. 6: both components for heating. */
int64_t wg_heating(int32_t law, int64_t persons);
/* § 12 Abs. 2, Anlage of the WoGV: 0 to 6, or -1 if a human must say. */
int32_t wg_level(const law_house *h, int32_t law);
#endif
