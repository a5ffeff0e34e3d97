/* Kernels over values against one row at a time, at one width: V the type of a value, U the same without sign, V_MIN and V_MAX its bounds, SET(k) the kernels, WIDTH the name of the
 * test. No include guard: test_exec.c takes it in once for each width, by exec_kernels.h. Row counts lie around multiples of 64, values often at the bounds of the width. */
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define N(x) JOIN(x, WIDTH)

static V N(any_value_)(void) {
  const V far[] = {V_MIN, V_MIN + 1, V_MAX, V_MAX - 1, 0, -1, 1};
  return below(4) ? (V)((V)rnd() >> below(8 * sizeof(V))) : far[below(7)];
}
static size_t N(any_count_)(size_t most) {
  const size_t n = below(3) ? 1 + below((uint32_t)most) : 64 * (1 + below(3)) + below(3) - 1;
  return n < most ? n : most;
}

enum { N(ROWS_) = 200, N(WORDS_) = 4 };

static void N(check_two_operands_)(const vm_kernels *k, const V *a, const V *b, const uint64_t *m, size_t n) {
  static V d[N(ROWS_) + 1];
  uint64_t t[N(WORDS_)];
  d[n] = 123; /* nothing behind the last row is written */
  for (unsigned form = 0; form < 3; form++)
    for (unsigned op = 0; op < 8; op++) {
      switch (op) {
        case 0: SET(k).plain_add[form](d, a, b, n); break;
        case 1: SET(k).plain_sub[form](d, a, b, n); break;
        case 2: SET(k).plain_mul[form](d, a, b, n); break;
        case 3: SET(k).min[form](d, a, b, n); break;
        case 4: SET(k).max[form](d, a, b, n); break;
        case 5: SET(k).eq[form](t, a, b, n); break;
        case 6: SET(k).lt[form](t, a, b, n); break;
        default: SET(k).le[form](t, a, b, n); break;
      }
      for (size_t i = 0; i < n; i++) {
        const V x = a[form == 1 ? 0 : i], y = b[form == 2 ? 0 : i];
        const V want[5] = {(V)((U)x + (U)y), (V)((U)x - (U)y), (V)((U)x * (U)y), x < y ? x : y, x > y ? x : y};
        const bool is[3] = {x == y, x < y, x <= y};
        if (op < 5) cr_assert_eq(d[i], want[op], "%s: operation %u form %u row %zu of %zu", k->name, op, form, i, n);
        else cr_assert_eq(t[i / 64] >> i % 64 & 1, is[op - 5], "%s: comparison %u form %u row %zu of %zu", k->name, op - 5, form, i, n);
      }
      if (op > 4 && n % 64) cr_assert_eq(t[n / 64] >> n % 64, 0, "%s: tail", k->name);
    }
  for (unsigned form = 0; form < 4; form++) {
    SET(k).blend[form](d, m, a, b, n);
    for (size_t i = 0; i < n; i++) cr_assert_eq(d[i], m[i / 64] >> i % 64 & 1 ? a[form & 1 ? 0 : i] : b[form & 2 ? 0 : i], "%s: blend %u row %zu of %zu", k->name, form, i, n);
  }
  for (unsigned one = 0; one < 2; one++) {
    memcpy(d, b, n * sizeof *d);
    SET(k).take(d, m, a, one, n);
    for (size_t i = 0; i < n; i++) cr_assert_eq(d[i], m[i / 64] >> i % 64 & 1 ? a[one ? 0 : i] : b[i], "%s: take row %zu of %zu", k->name, i, n);
  }
  memcpy(d, a, n * sizeof *d);
  SET(k).clear(d, m, n);
  for (size_t i = 0; i < n; i++) cr_assert_eq(d[i], m[i / 64] >> i % 64 & 1 ? 0 : a[i], "%s: clear row %zu of %zu", k->name, i, n);
  cr_assert_eq(d[n], 123, "%s: behind row %zu", k->name, n);
}

/* Bounds are of 64 bits at either width, and often beyond it. */
static void N(check_bounds_)(const vm_kernels *k, const V *a, const uint64_t *m, size_t n) {
  int64_t lo, hi, low = INT64_MAX, high = INT64_MIN;
  SET(k).bounds(a, m, n, &lo, &hi);
  for (size_t i = 0; i < n; i++) {
    if (m && !(m[i / 64] >> i % 64 & 1)) continue;
    low = a[i] < low ? a[i] : low;
    high = a[i] > high ? a[i] : high;
  }
  cr_assert(lo == low && hi == high, "%s: bounds of %zu rows", k->name, n);
  for (unsigned round = 0; round < 8; round++) {
    const int64_t from = below(2) ? (int64_t)rnd() >> below(60) : below(2) ? a[below((uint32_t)n)] : INT64_C(-2147483649) + below(3);
    const int64_t to = below(2) ? (int64_t)rnd() >> below(60) : below(2) ? a[below((uint32_t)n)] : INT64_C(2147483646) + below(3);
    bool want = false;
    for (size_t i = 0; i < n; i++) want = want || a[i] < from || a[i] > to;
    cr_assert_eq(SET(k).outside(a, from, to, n), want, "%s: outside %lld … %lld", k->name, (long long)from, (long long)to);
  }
}

static void N(check_sums_)(const vm_kernels *k, const V *a, const uint64_t *m, size_t n) {
  static uint64_t run[N(ROWS_) + 1], sum[N(ROWS_) + 1];
  static V d[N(ROWS_)];
  uint32_t offsets[N(ROWS_) + 1], items[N(ROWS_)];
  size_t groups = 0;
  sum[0] = 0;
  for (size_t i = 0; i < n; i++) sum[i + 1] = sum[i] + (m && !(m[i / 64] >> i % 64 & 1) ? 0 : (uint64_t)a[i]);
  SET(k).prefix(run, a, m, n);
  for (size_t i = 0; i <= n; i++) cr_assert_eq(run[i], sum[i], "%s: running sum %zu of %zu", k->name, i, n);
  for (uint32_t at = 0; at <= n && groups < N(ROWS_); at += below(90), groups++) offsets[groups] = at;
  groups--;
  for (size_t i = 0; i < n; i++) items[i] = below((uint32_t)n);
  SET(k).spans(d, run, offsets, groups);
  for (size_t g = 0; g < groups; g++) cr_assert_eq(d[g], (V)(U)(sum[offsets[g + 1]] - sum[offsets[g]]), "%s: group %zu", k->name, g);
  SET(k).lengths(d, offsets, groups);
  for (size_t g = 0; g < groups; g++) cr_assert_eq(d[g], (V)(offsets[g + 1] - offsets[g]), "%s: length %zu", k->name, g);
  for (unsigned by_items = 0; m && by_items < 2; by_items++) {
    SET(k).counts(d, m, by_items ? items : NULL, offsets, groups);
    for (size_t g = 0; g < groups; g++) {
      V want = 0;
      for (uint32_t i = offsets[g]; i < offsets[g + 1]; i++) want += m[(by_items ? items[i] : i) / 64] >> (by_items ? items[i] : i) % 64 & 1;
      cr_assert_eq(d[g], want, "%s: members of group %zu", k->name, g);
    }
  }
}

static void N(check_references_)(const vm_kernels *k, const V *src, size_t limit, size_t n) {
  static V d[N(ROWS_) + 1];
  static int32_t ref[N(ROWS_)];
  const int32_t base = below(2) ? 0 : below(2) ? 99999000 : (int32_t)below(1000);
  const bool close = below(2); /* neighbours name rows near each other */
  for (size_t i = 0; i < n; i++) ref[i] = close && below(60) ? base + (int32_t)(i * limit / n) + (int32_t)below(20) - 10 : below(8) ? base + (int32_t)below((uint32_t)limit + 2) - 1 : below(2) ? 0 : (int32_t)rnd();
  d[n] = 123;
  SET(k).gather(d, ref, base, src, limit, n);
  cr_assert_eq(d[n], 123, "%s: behind row %zu", k->name, n);
  for (size_t i = 0; i < n; i++) {
    const int64_t row = (int64_t)ref[i] - base;
    cr_assert_eq(d[i], row >= 0 && row < (int64_t)limit ? src[row] : 0, "%s: row %lld of %zu", k->name, (long long)row, limit);
  }
}

/* The first or the last interval of a row, where it has a value on the day asked. */
static void N(check_lines_)(const vm_kernels *k) {
  enum { LINES = 70 };
  uint32_t offsets[LINES + 1] = {0};
  ans_interval items[4 * LINES];
  int32_t rows[64], days[64];
  for (unsigned r = 0; r < LINES; r++) {
    int32_t day = -50;
    offsets[r + 1] = offsets[r] + below(5);
    for (uint32_t i = offsets[r]; i < offsets[r + 1]; i++) {
      items[i] = (ans_interval){.from = day + (int32_t)below(20), .value = below(9) ? N(any_value_)() : 0, .state = below(5) ? ANS_VALUE : ANS_UNKNOWN};
      items[i].to = day = items[i].from + (int32_t)below(30);
      day++;
    }
  }
  for (unsigned j = 0; j < 64; j++) rows[j] = (int32_t)below(LINES + 4) - 2, days[j] = (int32_t)below(160) - 60;
  for (unsigned form = 0; form < 4; form++) {
    const vm_lines lines = {.offsets = offsets, .items = items, .rows = form & 1 ? rows : NULL, .days = days, .row0 = 3, .low = 0, .count = LINES, .one_day = form & 2};
    const uint64_t todo = below(3) ? rnd() : ~UINT64_C(0);
    V v[64] = {0};
    uint64_t truth = 0, again = 0, found = SET(k).lines_at(&lines, todo, v, &truth);
    cr_assert_eq(SET(k).lines_at(&lines, todo, NULL, &again), found);
    cr_assert_eq(again & found, truth & found);
    for (unsigned j = 0; j < 64; j++) {
      const int64_t row = form & 1 ? rows[j] : 3 + (int64_t)j, day = days[form & 2 ? 0 : j];
      const ans_interval *x = NULL;
      if (row >= 0 && row < LINES && offsets[row] < offsets[row + 1]) {
        x = &items[offsets[row]];
        if (x->from > day || x->to < day) x = &items[offsets[row + 1] - 1];
        if (x->from > day || x->to < day || x->state != ANS_VALUE) x = NULL;
      }
      cr_assert_eq(found >> j & 1, (todo >> j & 1) && x, "%s: form %u row %u", k->name, form, j);
      if (!(found >> j & 1)) continue;
      cr_assert_eq(v[j], x->value, "%s: form %u row %u", k->name, form, j);
      cr_assert_eq(truth >> j & 1, x->value != 0);
    }
  }
}

Test(exec, N(value_kernels_)) {
  static V a[N(ROWS_)], b[N(ROWS_)];
  uint64_t m[N(WORDS_)];
  const vm_kernels *sets[3];
  const unsigned count = kernel_sets(sets);
  seed_state = 41;
  for (int round = 0; round < 600; round++) {
    const size_t n = N(any_count_)(N(ROWS_));
    for (size_t w = 0; w < N(WORDS_); w++) m[w] = below(4) ? rnd() & (below(2) ? rnd() & rnd() : ~UINT64_C(0)) : 0 - (uint64_t)below(2);
    if (n % 64) m[n / 64] &= (UINT64_C(1) << n % 64) - 1;
    for (size_t i = 0; i < n; i++) a[i] = N(any_value_)(), b[i] = below(4) ? N(any_value_)() : a[i];
    for (unsigned s = 0; s < count; s++) {
      N(check_two_operands_)(sets[s], a, b, m, n);
      N(check_bounds_)(sets[s], a, round % 3 ? m : NULL, n);
      N(check_sums_)(sets[s], a, round % 3 ? m : NULL, n);
      N(check_references_)(sets[s], b, round % 9 ? n : 0, N(any_count_)(N(ROWS_)));
      N(check_lines_)(sets[s]);
    }
  }
}

/* What keys stand for in a dimension of a table, listed or counted, alone and on top of another dimension. */
Test(exec, N(table_places_)) {
  enum { KEYS = 150, CUTS = 40 };
  const vm_kernels *sets[3];
  const unsigned count = kernel_sets(sets);
  int32_t key[KEYS], from4[KEYS], at4[KEYS];
  V wide[KEYS], from[KEYS], at[KEYS], cuts[CUTS], place[600];
  seed_state = 29;
  for (int round = 0; round < 1500; round++) {
    const size_t n = N(any_count_)(KEYS), many = below(CUTS);
    const V start = (V)below(9) - (below(3) ? 0 : (V)5 << (8 * sizeof(V) - 8));
    const int32_t stride = 1 + (int32_t)below(50), low = below(4) ? (int32_t)below(100) - 50 : below(2) ? INT32_MAX - 600 : INT32_MIN;
    int32_t last = low;
    for (size_t c = 0; c < many; c++) cuts[c] = last += 1 + (int32_t)below(12);
    const int32_t span = last - low + 1;
    for (int32_t v = 0; v < span; v++) place[v] = N(any_value_)();
    for (size_t i = 0; i < n; i++) {
      key[i] = below(10) ? (int32_t)((int64_t)low - 3 + below((uint32_t)span + 6) > INT32_MAX || low == INT32_MIN ? low : low - 3 + (int32_t)below((uint32_t)span + 6)) : below(2) ? INT32_MIN : INT32_MAX;
      wide[i] = below(10) ? key[i] : N(any_value_)();
      from[i] = N(any_value_)(), from4[i] = (int32_t)below(1000);
    }
    for (unsigned s = 0; s < count; s++)
      for (unsigned on = 0; on < 2; on++) {
        memcpy(at, from, sizeof at);
        memcpy(at4, from4, sizeof at4);
        SET(sets[s]).listed(at, on ? at : NULL, on ? start : 0, key, low, span, place, n);
        SET(sets[s]).counted(at4, on ? at4 : NULL, 7, wide, cuts, many, stride, n);
        for (size_t i = 0; i < n; i++) {
          const V listed = place[key[i] < low ? 0 : key[i] > last ? span - 1 : key[i] - low];
          int32_t counted = 7 + (on ? from4[i] : 0);
          for (size_t c = 0; c < many; c++) counted += cuts[c] <= wide[i] ? stride : 0;
          cr_assert_eq(at[i], (V)((U)listed + (on ? (U)start + (U)from[i] : 0)), "%s: listed, key %d", sets[s]->name, key[i]);
          cr_assert_eq(at4[i], counted, "%s: counted, key %lld", sets[s]->name, (long long)wide[i]);
        }
      }
  }
}
#undef N
#undef JOIN
#undef JOIN_
#undef V
#undef U
#undef V_MIN
#undef V_MAX
#undef SET
#undef WIDTH
