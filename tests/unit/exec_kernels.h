/* Kernels against scalar functions, for every variant this processor runs. Used by test_exec.c only. */
#ifndef ANS_TEST_EXEC_KERNELS_H
#define ANS_TEST_EXEC_KERNELS_H

/* The variants of this processor; the baseline always. */
static unsigned kernel_sets(const vm_kernels *out[3]) {
  static const char *const names[] = {"portable", "avx2", "avx512"};
  unsigned n = 0;
  for (unsigned i = 0; i < 3; i++)
    if (vm__kernels_named(names[i])) out[n++] = vm__kernels_named(names[i]);
  cr_assert(n > 0 && out[0] == &vm__kernels_base);
  return n;
}

Test(exec, isa_variable) {
  cr_assert_str_eq(ans_vm_isa(), vm__kernels()->name);
  cr_assert_eq(setenv("ANSPRUCH_ISA", "portable", 1), 0);
  cr_assert_str_eq(ans_vm_isa(), "portable");
  OK(ans_vm_isa_check(ERR));
  cr_assert_eq(setenv("ANSPRUCH_ISA", "sse9", 1), 0);
  cr_assert_null(ans_vm_isa());
  ans_error err = {0};
  cr_assert_eq(ans_vm_isa_check(&err), ANS_USAGE);
  cr_assert_str_eq(err.code, "E-EXEC-ISA");
  cr_assert_str_eq(err.args[0], "sse9");
  cr_assert_not_null(strstr(err.args[1], "portable"));
  cr_assert_eq(unsetenv("ANSPRUCH_ISA"), 0);
}

/* Bitmap and selection kernels against one bit at a time, with every kind of word and tail. */
Test(exec, bitmap_kernels) {
  enum { WORDS = 70, ROWS = WORDS * 64 };
  static uint64_t a[WORDS], b[WORDS], m[WORDS], d[WORDS], before[WORDS];
  static int32_t ref[ROWS];
  const vm_kernels *sets[3];
  const unsigned count = kernel_sets(sets);
  seed_state = 11;
  for (int round = 0; round < 300; round++) {
    const size_t n = 1 + (size_t)below(ROWS), words = (n + 63) / 64;
    const uint64_t limit = 1 + below(ROWS);
    for (size_t w = 0; w < words; w++) a[w] = rnd(), b[w] = rnd() & rnd(), m[w] = below(3) ? rnd() & rnd() & rnd() & (below(2) ? 255 : ~UINT64_C(0)) : 0 - (uint64_t)below(2), before[w] = rnd();
    if (n % 64) m[words - 1] &= (UINT64_C(1) << n % 64) - 1;
    for (size_t i = 0; i < n; i++) ref[i] = 100 + (round % 2 ? (int32_t)below(ROWS) : below(9) ? (int32_t)i + (int32_t)below(200) - 60 : -(int32_t)below(150));
    for (unsigned s = 0; s < count; s++) {
      const vm_kernels *k = sets[s];
      for (unsigned op = 0; op < 11; op++) {
        uint64_t all = 0, got = 0;
        memcpy(d, before, sizeof d);
        switch (op) {
          case 0: got = k->both(d, a, b, words); break;
          case 1: got = k->either(d, a, b, words); break;
          case 2: got = k->without(d, a, b, words); break;
          case 3: got = k->neither(d, a, b, words); break;
          case 4: got = k->differ(d, a, b, words); break;
          case 5: got = k->join(d, a, b, m, words); break;
          case 6: got = k->mix(d, m, a, b, words); break;
          case 7: got = k->put(d, a, m, words); break;
          case 8: got = k->add_bits(d, a, words); break;
          case 9: got = k->drop_bits(d, m, words); break;
          default: got = k->gather_bits(d, ref, 100, a, limit < words * 64 ? limit : words * 64, n); break;
        }
        for (size_t w = 0; w < words; w++) {
          uint64_t want = 0;
          for (unsigned j = 0; j < 64 && (op < 10 || w * 64 + j < n); j++) {
            const uint64_t p = a[w] >> j & 1, q = b[w] >> j & 1, o = m[w] >> j & 1, e = before[w] >> j & 1;
            const uint64_t row = op == 10 ? (uint64_t)(int64_t)ref[w * 64 + j] - 100 : 0;
            const uint64_t bits[11] = {p & q, p | q, p & !q, !(p | q), p != q, (p | q) & !o, o ? p : q, o ? p : e, p | e, e & !o, row < limit && row < words * 64 ? a[row / 64] >> row % 64 & 1 : 0};
            want |= bits[op] << j;
          }
          cr_assert_eq(d[w], want, "%s: operation %u, word %zu of %zu", k->name, op, w, words);
          all |= want;
        }
        cr_assert_eq(got, all, "%s: operation %u", k->name, op);
      }
    }
  }
}

Test(exec, division_kernel_is_exact) {
  const vm_kernels *sets[3];
  const unsigned count = kernel_sets(sets);
  int64_t a[200], d[200], want;
  seed_state = 5;
  for (int round = 0; round < 4000; round++) {
    int64_t by = round < 2000 ? (int64_t)(rnd() >> below(64)) : edges[below(EDGES)];
    if (below(2)) by = (int64_t)(0 - (uint64_t)by);
    if (by == 0 || by == -1) by = 2;
    const bool small = round % 2;
    for (int i = 0; i < 200; i++) {
      a[i] = small ? (int64_t)below(UINT32_C(1) << 31) - (below(2) ? INT64_C(0x7fffffff) : 0) : i < (int)EDGES ? edges[i] : (int64_t)(rnd() >> below(64));
      if (i % 3 == 0) a[i] = (int64_t)((uint64_t)(a[i] / by) * (uint64_t)by + (uint64_t)(by / 2)); /* around the half */
      if (small && (a[i] > INT32_MAX || a[i] < -INT32_MAX)) a[i] = i;
    }
    for (int mode = 0; mode < 3; mode++)
      for (unsigned s = 0; s < count; s++) {
        sets[s]->divide(d, a, by, mode, 200);
        for (int i = 0; i < 200; i++) {
          cr_assert(vm__divide(a[i], by, mode, &want));
          cr_assert_eq(d[i], want, "%lld / %lld mode %d: got %lld, expected %lld", (long long)a[i], (long long)by, mode, (long long)d[i], (long long)want);
        }
      }
  }
}

/* Bits collected behind references, several bitmaps at once, and days reached. */
Test(exec, reference_kernels) {
  enum { WORDS = 40, ROWS = WORDS * 64 };
  static uint64_t from[WORDS], without[WORDS], src[3][WORDS], out[3][WORDS], want[3][WORDS];
  static int32_t ref[ROWS];
  const vm_kernels *sets[3];
  const unsigned count = kernel_sets(sets);
  seed_state = 31;
  for (int round = 0; round < 400; round++) {
    const size_t n = 1 + (size_t)below(ROWS), words = (n + 63) / 64;
    const uint64_t limit = below(9) ? 1 + below(ROWS) : 0;
    const int32_t spread = 1 + (int32_t)below(below(2) ? 20 : ROWS);
    for (size_t w = 0; w < WORDS; w++) from[w] = below(4) ? rnd() : 0, without[w] = rnd() & rnd() & rnd(), src[0][w] = rnd(), src[1][w] = rnd() & rnd(), src[2][w] = 0;
    for (size_t i = 0; i < n; i++) ref[i] = 7 + (int32_t)i + (int32_t)below((uint32_t)spread) - spread / 2;
    for (unsigned s = 0; s < count; s++) {
      const vm_kernels *k = sets[s];
      for (unsigned form = 0; form < 4; form++) {
        memset(out[0], 0, sizeof out[0]);
        memset(want[0], 0, sizeof want[0]);
        k->scatter(out[0], ref, 7, form & 1 ? from : NULL, form & 2 ? without : NULL, limit, n);
        for (size_t i = 0; i < n; i++) {
          const uint64_t to = (uint64_t)(int64_t)ref[i] - 7;
          if ((!(form & 1) || from[i / 64] >> i % 64 & 1) && !(form & 2 && without[i / 64] >> i % 64 & 1) && to < limit) want[0][to / 64] |= UINT64_C(1) << to % 64;
        }
        cr_assert_arr_eq(out[0], want[0], sizeof out[0], "%s: scatter", k->name);
      }
      for (unsigned j = 0; j < 3; j++) {
        memset(want[j], 0, sizeof want[j]);
        for (size_t i = 0; i < n; i++) {
          const uint64_t row = (uint64_t)(int64_t)ref[i] - 7;
          if (row < limit) want[j][i / 64] |= (src[j][row / 64] >> row % 64 & 1) << i % 64;
        }
        k->gather_bits(out[j], ref, 7, src[j], limit, n);
        cr_assert_arr_eq(out[j], want[j], words * sizeof(uint64_t), "%s: bitmap %u", k->name, j);
      }
      if (limit) {
        static uint8_t places[ROWS];
        static uint32_t begin[2 * WORDS];
        static uint64_t inside[WORDS];
        const int32_t kept = ref[n / 2];
        if (round % 4 == 0) ref[n / 2] = round % 8 ? (int32_t)rnd() : 7 + (int32_t)below(ROWS); /* one of them leads far away, or nowhere */
        k->place(places, begin, inside, ref, 7, limit, n);
        for (unsigned j = 0; j < 3; j++) {
          memset(want[j], 0, sizeof want[j]);
          for (size_t i = 0; i < n; i++) {
            const uint64_t row = (uint64_t)(int64_t)ref[i] - 7;
            if (row < limit) want[j][i / 64] |= (src[j][row / 64] >> row % 64 & 1) << i % 64;
          }
          const uint64_t any = k->placed(out[j], places, begin, inside, ref, 7, src[j], limit, n);
          cr_assert_arr_eq(out[j], want[j], words * sizeof(uint64_t), "%s: bitmap %u from places", k->name, j);
          for (size_t w = 0; w < words && !any; w++) cr_assert_eq(out[j][w], 0, "%s: bits found but not told", k->name);
        }
        ref[n / 2] = kept;
      }
      static uint16_t since[ROWS], neck_since[ROWS];
      const uint16_t day = (uint16_t)(below(3) ? rnd() : 0 - (uint64_t)below(2)), last = (uint16_t)(day > UINT16_MAX - 40 ? UINT16_MAX : day + below(40));
      for (size_t i = 0; i < n; i++) since[i] = (uint16_t)(below(4) ? rnd() : below(2) ? day + below(50) : 0), neck_since[i] = (uint16_t)(since[i] - below(since[i] + 1u));
      if (n > 64 && below(2)) memset(since + 64, 0, (n < 128 ? n - 64 : 64) * sizeof *since); /* a word wholly in its tails */
      const uint64_t some = k->settled(out[0], out[1], since, neck_since, day, last, n);
      uint64_t any = 0;
      for (size_t i = 0; i < words * 64; i++) {
        const bool neck = i < n && neck_since[i] <= day && since[i] > last;
        cr_assert_eq(out[1][i / 64] >> i % 64 & 1, neck, "%s: neck", k->name);
        cr_assert_eq(out[0][i / 64] >> i % 64 & 1, neck || (i < n && since[i] <= day), "%s: settled", k->name);
        any |= neck;
      }
      cr_assert_eq(some != 0, any != 0, "%s: necks found", k->name);
    }
  }
}

/* A number of at most `bits` bits, of either sign, often at the edge. */
static int64_t of_bits(unsigned bits) {
  const uint64_t all = bits ? ~UINT64_C(0) >> (64 - bits) : 0, x = below(4) ? rnd() & all >> below(bits + 1) : all - below(3);
  return below(2) ? (int64_t)(x & all) : (int64_t)(0 - (x & all));
}

/* Rounded products through 128 bits, with every shift that a divisor allows, factors that fill the bits there are, and products around a half. */
Test(exec, scaled_products_are_exact) {
  enum { ROWS = 130 };
  const vm_kernels *sets[3];
  const unsigned count = kernel_sets(sets);
  int64_t a[ROWS], b[ROWS], d[ROWS], want;
  seed_state = 17;
  for (int round = 0; round < 6000; round++) {
    int64_t up = 1, down = (int64_t)((rnd() >> 1 >> below(60)) | 4);
    if (below(4) == 0) down = INT64_C(1) << (2 + below(61));
    else if (below(3) == 0)
      for (down = 10; below(8) && down < INT64_C(1000000000000000000);) down *= 10;
    for (unsigned k = below(4); k; k--) up *= 10;
    const unsigned log = 63u - (unsigned)__builtin_clzll((uint64_t)down), shift = log >= 2 ? below(log - 1) : 0;
    const unsigned widened = up > 1 ? 64u - (unsigned)__builtin_clzll((uint64_t)up) : 0, all = 63 + shift - widened;
    unsigned bits_a = all > 63 ? all - (63 - widened) + below(63 - (all - (63 - widened)) + 1) : below(all + 1);
    if (bits_a > 63) bits_a = 63;
    const unsigned bits_b = all - bits_a > 63 - widened ? 63 - widened : all - bits_a;
    for (int i = 0; i < ROWS; i++) a[i] = of_bits(bits_a), b[i] = of_bits(bits_b);
    for (int i = 0; i < ROWS; i += 3) /* a product near a multiple, or half of one */
      if (b[i] && down / 2 / b[i] && __builtin_clzll((uint64_t)(down / b[i] < 0 ? -(down / b[i]) : down / b[i]) | 1) >= (int)(64 - bits_a)) a[i] = down / (below(2) ? 2 : 1) / b[i];
    for (int mode = 0; mode < 3; mode++)
      for (unsigned s = 0; s < count; s++)
        for (unsigned one = 0; one < 2; one++) {
          sets[s]->scale[one](d, a, b, up, down, shift, mode, ROWS);
          for (int i = 0; i < ROWS; i++) {
            cr_assert(ans_div_round((ans_int128)a[i] * b[one ? 0 : i] * up, down, mode, &want));
            cr_assert_eq(d[i], want, "%s: %lld * %lld * %lld / %lld mode %d shift %u: got %lld, expected %lld", sets[s]->name, (long long)a[i], (long long)b[one ? 0 : i], (long long)up, (long long)down, mode,
                         shift, (long long)d[i], (long long)want);
          }
        }
  }
}

Test(exec, small_divisors_by_row_are_exact) {
  enum { ROWS = 130, LIMIT = 1024 };
  const vm_kernels *sets[3];
  const unsigned count = kernel_sets(sets);
  static uint64_t reciprocals[LIMIT];
  int64_t a[ROWS], b[ROWS], d[ROWS], want;
  seed_state = 23;
  for (uint64_t m = 1; m < LIMIT; m++) reciprocals[m] = UINT64_MAX / m;
  for (int round = 0; round < 3000; round++) {
    for (int i = 0; i < ROWS; i++) {
      b[i] = below(9) ? 1 + (int64_t)below(below(2) ? 12 : LIMIT - 1) : edges[below(EDGES)];
      a[i] = of_bits(63);
      if (i % 3 == 0 && b[i] > 0 && b[i] < LIMIT) a[i] = a[i] / 2 / b[i] * b[i] + b[i] / 2 * (a[i] < 0 ? -1 : 1);
    }
    for (int mode = 0; mode < 3; mode++)
      for (unsigned s = 0; s < count; s++) {
        sets[s]->divide_each(d, a, b, reciprocals, LIMIT, mode, ROWS);
        for (int i = 0; i < ROWS; i++) {
          if (b[i] < 1 || b[i] >= LIMIT) continue;
          cr_assert(vm__divide(a[i], b[i], mode, &want));
          cr_assert_eq(d[i], want, "%s: %lld / %lld mode %d: got %lld, expected %lld", sets[s]->name, (long long)a[i], (long long)b[i], mode, (long long)d[i], (long long)want);
        }
      }
  }
}

/* Between the widths: numbers that fit keep their value, the nearest number of an interval counts from its beginning. */
Test(exec, width_kernels) {
  enum { ROWS = 200 };
  const vm_kernels *sets[3];
  const unsigned count = kernel_sets(sets);
  static const int32_t far[] = {INT32_MIN, INT32_MIN + 1, INT32_MAX, INT32_MAX - 1, 0, -1};
  int32_t a[ROWS], d[ROWS];
  int64_t wide[ROWS], x[ROWS];
  seed_state = 43;
  for (int round = 0; round < 1000; round++) {
    const size_t n = below(3) ? 1 + below(ROWS) : 63 + below(3);
    const int64_t low = below(2) ? (int64_t)below(5000) - 2500 : below(2) ? INT64_MIN : INT64_MAX - 5000, high = low + below(5000);
    for (size_t i = 0; i < n; i++) a[i] = below(3) ? (int32_t)rnd() : far[below(6)], x[i] = below(2) ? low + (int64_t)below(5000) : edges[below(EDGES)];
    for (unsigned s = 0; s < count; s++) {
      sets[s]->widen(wide, a, n);
      for (size_t i = 0; i < n; i++) cr_assert_eq(wide[i], a[i], "%s: widen", sets[s]->name);
      sets[s]->narrow(d, wide, n);
      for (size_t i = 0; i < n; i++) cr_assert_eq(d[i], a[i], "%s: narrow", sets[s]->name);
      sets[s]->nearest(d, x, low, high, n);
      for (size_t i = 0; i < n; i++) cr_assert_eq(d[i], (x[i] < low ? low : x[i] > high ? high : x[i]) - low, "%s: nearest", sets[s]->name);
    }
  }
}

#define V int64_t
#define U uint64_t
#define V_MIN INT64_MIN
#define V_MAX INT64_MAX
#define SET(k) (k)->v8
#define WIDTH 8
#include "exec_kernel_values.h"
#define V int32_t
#define U uint32_t
#define V_MIN INT32_MIN
#define V_MAX INT32_MAX
#define SET(k) (k)->v4
#define WIDTH 4
#include "exec_kernel_values.h"

enum { BLOCK = 1461 };
/* A block whose kernel reports no doubt must be exact; it may doubt only if some row has no result, and then the VM looks at each. */
static void check_block(const int32_t *got, uint64_t doubt, const int64_t *want, const bool *ok, size_t n, const char *what, int64_t by) {
  bool all = true;
  for (size_t i = 0; i < n; i++) all = all && ok[i];
  cr_assert_eq(doubt == 0, all, "%s %lld", what, (long long)by);
  for (size_t i = 0; i < n && all; i++) cr_assert_eq(got[i], want[i], "%s by %lld: got %lld, expected %lld", what, (long long)by, (long long)got[i], (long long)want[i]);
}

/* Every day from 0001-01-01 to 9999-12-31. */
Test(exec, calendar_kernels_are_exact) {
  const vm_kernels *sets[3];
  const unsigned count = kernel_sets(sets);
  static const int64_t years[] = {0, 1, 18, 25, 9998}, months[] = {-12000, -1, 0, 1, 13, 119987};
  int32_t day[BLOCK], got[BLOCK];
  int64_t want[BLOCK];
  bool ok[BLOCK];
  uint64_t clipped = 0;
  for (int64_t at = ANS_DAY_MIN; at <= ANS_DAY_MAX; at += BLOCK) {
    size_t n = 0;
    while (n < BLOCK && at + (int64_t)n <= ANS_DAY_MAX) day[n] = (int32_t)(at + (int64_t)n), n++;
    for (unsigned y = 0; y < 5; y++) {
      for (size_t i = 0; i < n; i++) ok[i] = ans_date_birthday(day[i], years[y], &want[i]);
      for (unsigned s = 0; s < count; s++) check_block(got, sets[s]->birthday(got, day, years[y], n), want, ok, n, "birthday", years[y]);
    }
    for (unsigned m = 0; m < 6; m++)
      for (int clip = 0; clip < 3; clip++) {
        for (size_t i = 0; i < n; i++) ok[i] = ans_date_add_months(day[i], months[m], clip, &want[i]), clipped += !ok[i];
        for (unsigned s = 0; s < count; s++) check_block(got, sets[s]->add_months(got, day, months[m], clip, n), want, ok, n, "months", months[m]);
      }
    for (size_t i = 0; i < n; i++) want[i] = ans_date_month(day[i]), ok[i] = true;
    for (unsigned s = 0; s < count; s++) check_block(got, sets[s]->month_of(got, day, 1, n), want, ok, n, "month of", 0);
    for (size_t i = 0; i < n; i++) want[i] /= 12;
    for (unsigned s = 0; s < count; s++) check_block(got, sets[s]->month_of(got, day, 12, n), want, ok, n, "year of", 0);
  }
  cr_assert_gt(clipped, 10000); /* missing days occurred */
  for (int64_t at = 12; at <= 9999 * 12 + 11; at += BLOCK) {
    size_t n = 0;
    while (n < BLOCK && at + (int64_t)n <= 9999 * 12 + 11) day[n] = (int32_t)(at + (int64_t)n), n++;
    for (unsigned last = 0; last < 2; last++) {
      for (size_t i = 0; i < n; i++) want[i] = last ? ans_month_last(day[i]) : ans_month_first(day[i]), ok[i] = true;
      for (unsigned s = 0; s < count; s++) check_block(got, sets[s]->month_edge(got, day, last, n), want, ok, n, "month edge", last);
    }
  }
  static const int32_t outside[] = {ANS_DAY_MIN - 1, ANS_DAY_MAX + 1, INT32_MIN, INT32_MAX};
  static const int64_t years_outside[] = {-1, -2, INT64_MIN, INT64_MAX};
  for (unsigned k = 0; k < 4; k++)
    for (unsigned s = 0; s < count; s++) {
      cr_assert(sets[s]->birthday(got, &outside[k], 1, 1) && sets[s]->month_of(got, &outside[k], 1, 1) && sets[s]->add_months(got, &outside[k], 1, 1, 1));
      cr_assert(k < 2 || sets[s]->month_edge(got, &outside[k], 0, 1));
      cr_assert(sets[s]->birthday(got, day, years_outside[k], 1) && sets[s]->add_months(got, day, k < 2 ? 200000 : years_outside[k], 1, 1));
    }
}
#endif
