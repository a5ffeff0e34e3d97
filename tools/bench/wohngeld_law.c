/* Amounts of the WoGG (Anlage 1 to 3, § 12 Abs. 6, 7) and levels of rent of the WoGV. See wohngeld_law.h. Amounts before 2025 follow the non-official renderings that the README of the rule package
 * names; those of 2025 stand in the act itself. The tables were taken over from the rule text and are no independent reading of the law. */
#include "wohngeld_law.h"

typedef struct by_year { int32_t year; wg_factors f[12]; } by_year;
static const by_year factors[] = {
  {2025, {{4000000, 47970, 4080, 5400, 39600}, {3000000, 35710, 3040, 6700, 67900}, {2000000, 29170, 2450, 7900, 90600}, {1000000, 21630, 1760, 9200, 113200}, {0, 19070, 1720, 10300, 135800}, {-1000000, 17220, 1660, 10300, 158500}, {-2000000, 15920, 1650, 11500, 181100}, {-3000000, 15830, 1650, 12800, 203700}, {-4000000, 13760, 1660, 14000, 226400}, {-6000000, 12490, 1660, 15200, 249000}, {-9000000, 11410, 1960, 18700, 271700}, {-12000000, 11070, 2210, 29800, 294300}}},
  {2023, {{4000000, 49910, 4620, 5200, 35000}, {3000000, 37160, 3450, 6400, 60000}, {2000000, 30350, 2780, 7600, 80000}, {1000000, 22510, 2000, 8800, 100000}, {0, 19850, 1950, 9900, 120000}, {-1000000, 17920, 1880, 9900, 140000}, {-2000000, 16570, 1870, 11100, 160000}, {-3000000, 16480, 1870, 12300, 180000}, {-4000000, 14320, 1880, 13500, 200000}, {-6000000, 13000, 1880, 14600, 220000}, {-9000000, 11880, 2220, 18000, 240000}, {-12000000, 11520, 2510, 28600, 260000}}},
  {2022, {{4000000, 56400, 11570, 5200, 27500}, {3000000, 39400, 8630, 6400, 35700}, {2000000, 34000, 6950, 7600, 41400}, {1000000, 30400, 3610, 8800, 44700}, {0, 26800, 3520, 9900, 53200}, {-1000000, 25100, 3020, 9900, 61800}, {-2000000, 23200, 3100, 11100, 70200}, {-3000000, 20600, 3100, 12300, 78700}, {-4000000, 17900, 3260, 13500, 87200}, {-6000000, 14300, 3770, 14600, 95700}, {-10000000, 10700, 4440, 18000, 124800}, {-14000000, 9800, 5030, 28600, 144300}}},
  {2020, {{4000000, 58000, 11800, 5200, 27500}, {3000000, 40500, 8800, 6400, 35700}, {2000000, 35000, 7090, 7600, 41400}, {1000000, 31300, 3680, 8800, 44700}, {0, 27600, 3590, 9900, 53200}, {-1000000, 25800, 3080, 9900, 61800}, {-2000000, 23900, 3160, 11100, 70200}, {-3000000, 21200, 3160, 12300, 78700}, {-4000000, 18400, 3330, 13500, 87200}, {-6000000, 14700, 3850, 14600, 95700}, {-10000000, 11000, 4530, 18000, 124800}, {-14000000, 10100, 5130, 28600, 144300}}},
};

/* Euros for 1 to 5 persons and for each further one, by level. */
typedef struct rents { int32_t year; int16_t most[6][7]; } rents;
static const rents most_rents[] = {
  {2025, {{361, 408, 456, 511, 562, 615, 677}, {437, 493, 551, 619, 680, 745, 820}, {521, 587, 657, 737, 809, 887, 975}, {608, 686, 766, 858, 946, 1035, 1139}, {694, 782, 875, 982, 1080, 1183, 1302}, {82, 94, 106, 119, 129, 149, 163}}},
  {2022, {{347, 392, 438, 491, 540, 591, 651}, {420, 474, 530, 595, 654, 716, 788}, {501, 564, 631, 708, 778, 853, 937}, {584, 659, 736, 825, 909, 995, 1095}, {667, 752, 841, 944, 1038, 1137, 1251}, {79, 90, 102, 114, 124, 143, 157}}},
  {2020, {{338, 381, 426, 478, 525, 575, 633}, {409, 461, 516, 579, 636, 697, 767}, {487, 549, 614, 689, 757, 830, 912}, {568, 641, 716, 803, 884, 968, 1065}, {649, 732, 818, 918, 1010, 1106, 1217}, {77, 88, 99, 111, 121, 139, 153}}},
};

/* Cents for 1 to 5 persons and for each further one. */
static const int64_t carbon[6] = {1440, 1860, 2220, 2580, 2940, 360}, heating[6] = {9600, 12400, 14800, 17200, 19600, 2400}, climate[6] = {1920, 2480, 2960, 3440, 3920, 480};

static int64_t stepped(const int64_t table[6], int64_t persons) { return persons <= 5 ? table[persons - 1] : table[4] + table[5] * (persons - 5); }

const wg_factors *wg_factors_of(int32_t law, int64_t persons) {
  const by_year *y = factors;
  while (law / 12 < y->year) y++;
  return &y->f[persons - 1];
}

int64_t wg_most_rent(int32_t law, int64_t persons, int32_t level) {
  const rents *y = most_rents;
  while (law / 12 < y->year) y++;
  const int64_t euros = persons <= 5 ? y->most[persons - 1][level] : y->most[4][level] + y->most[5][level] * (persons - 5);
  return euros * 100 + (law >= 2023 * 12 ? stepped(climate, persons) : 0);
}

int64_t wg_heating(int32_t law, int64_t persons) {
  const int64_t r = law >= 2021 * 12 ? stepped(carbon, persons) : 0;
  return law >= 2023 * 12 ? r + stepped(heating, persons) : r;
}

int32_t wg_level(const law_house *h, int32_t law) {
  /* Municipalities of Thuringia with a level of their own, in alphabetical order; the rest by district. */
  static const char level[] = "00100001020101012010111110011010210";
  const bench_cell place = h->cell[LAW_PLACE], district = h->cell[LAW_DISTRICT];
  if (place.state != ANS_VALUE || place.value == WG_PLACE_OUTSIDE) return -1;
  if (law < 2023 * 12) return place.value == WG_PLACE_JENA ? 3 : -1;
  if (place.value < WG_PLACE_REST) return level[place.value] - '0';
  return district.state == ANS_VALUE ? district.value == WG_DISTRICT_WEIMAR : -1;
}
