/* The households and cases as the columns that VM and replay read: Wohngeld (persons, households, members, receipts of income, parts of the rent, maintenance) and Unterhaltsvorschuss (persons,
 * cases). Facts are found by name; enumerations must have the order this workload was written for. See laws.h. */
#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "laws.h"

enum { MAX_FACTS = 48 };
typedef struct named { const char *name; } named;
typedef struct check { const char *unit, *fact, *value; int32_t number; } check;

#define X(name, text) {text},
static const named wg_person[] = {LAW_WG_PERSON(X)}, wg_house[] = {LAW_HOUSE(X)}, wg_member[] = {LAW_MEMBER(X)}, wg_income[] = {LAW_INCOME(X)}, wg_part[] = {LAW_PART(X)}, wg_support[] = {LAW_SUPPORT(X)};
static const named uvg_person[] = {LAW_UVG_PERSON(X)}, uvg_cell[] = {LAW_CASE_CELL(X)}, uvg_line[] = {LAW_CASE_LINE(X)};
#undef X

static bool refuse(const ans_program *p, const char *unit, const char *name) {
  fprintf(stderr, "bench: package %s has no \"%s.%s\" of the form this workload was written for\n", p->name, unit, name);
  return false;
}

static bool bind(const ans_program *p, const char *unit, const named *names, uint32_t n, ans_fact_kind kind, uint32_t *out) {
  const uint32_t u = ans_program_find_unit(p, unit);
  if (u == ANS_NONE) return refuse(p, unit, "");
  for (uint32_t k = 0; k < n; k++) {
    out[k] = ans_program_find_fact(p, u, names[k].name);
    if (out[k] == ANS_NONE || p->facts[out[k]].kind != kind) return refuse(p, unit, names[k].name);
  }
  return true;
}

static bool bind_one(const ans_program *p, const char *unit, const char *name, uint32_t *out) { return bind(p, unit, &(named){name}, 1, ANS_FACT_SCALAR, out); }

static bool checked(const ans_program *p, const check *list, size_t n) {
  for (size_t k = 0; k < n; k++) {
    const uint32_t fact = ans_program_find_fact(p, ans_program_find_unit(p, list[k].unit), list[k].fact);
    const ans_type t = p->facts[fact].type;
    if (t.tag != ANS_T_ENUM || p->enums[t.ref].value_count <= (uint32_t)list[k].number || strcmp(p->enum_values[p->enums[t.ref].first_value + (uint32_t)list[k].number], list[k].value) != 0)
      return refuse(p, list[k].unit, list[k].fact);
  }
  return true;
}

static ans_status put_cells(ans_columns_builder *b, uint32_t row, const bench_cell *cells, const uint32_t *facts, uint32_t n, ans_error *err) {
  ans_status status = ANS_OK;
  for (uint32_t k = 0; k < n && status == ANS_OK; k++)
    if (cells[k].state != ANS_UNKNOWN) status = ans_columns_set(b, facts[k], row, (ans_scalar){cells[k].value, cells[k].state}, err);
  return status;
}

static ans_status put_lines(ans_columns_builder *b, const law_population *w, uint32_t row, const bench_run *lines, const uint32_t *facts, uint32_t n, ans_error *err) {
  ans_status status = ANS_OK;
  for (uint32_t k = 0; k < n && status == ANS_OK; k++)
    if (lines[k].count) status = ans_columns_set_timeline(b, facts[k], row, w->base->pool + lines[k].first, lines[k].count, err);
  return status;
}

/* A row of a unit with one or two references. */
static ans_status put_row(ans_columns_builder *b, uint32_t unit, const uint32_t *refs, const uint32_t *targets, uint32_t n, ans_error *err) {
  uint32_t row;
  ans_status status = ans_columns_add_row(b, unit, NULL, &row, err);
  for (uint32_t k = 0; k < n && status == ANS_OK; k++) status = ans_columns_set(b, refs[k], row, (ans_scalar){targets[k], ANS_VALUE}, err);
  return status;
}

/* --- Wohngeld ---------------------------------------------------------------------------------------------------------------------------------------------------------------------- */
typedef struct wg_names {
  uint32_t unit[6], birth, death, recipient, member_house, member_person, income_member, part_house, support_house;
  uint32_t person[MAX_FACTS], house[MAX_FACTS], member[MAX_FACTS], income[MAX_FACTS], part[MAX_FACTS], support[MAX_FACTS];
} wg_names;
enum { U_PERSON, U_HOUSE, U_MEMBER, U_INCOME, U_PART, U_SUPPORT };

static bool wg_bind(const ans_program *p, wg_names *n) {
  static const char *const units[] = {"Person", "Haushalt", "Mitglied", "Einnahme", "Mietbestandteil", "Unterhalt"};
  static const check checks[] = {
    {"Haushalt", "Wohnform", "keine", WG_NO_HOUSING}, {"Haushalt", "Wohnform", "Heim", WG_HOME}, {"Haushalt", "Wohnform", "Eigentum", WG_OWNED}, {"Haushalt", "Gemeinde", "Jena", WG_PLACE_JENA},
    {"Haushalt", "Gemeinde", "übrige_in_Thüringen", WG_PLACE_REST}, {"Haushalt", "Gemeinde", "außerhalb_Thüringens", WG_PLACE_OUTSIDE}, {"Haushalt", "Kreis", "Weimarer_Land", WG_DISTRICT_WEIMAR},
    {"Person", "Aufenthaltsgrund", "keiner", WG_GROUND_NONE}, {"Mitglied", "Beziehung", "Partner", WG_PARTNER}, {"Mitglied", "Beziehung", "Pflegekind", WG_FOSTER_CHILD}, {"Mitglied", "Beziehung", "keine", WG_NO_RELATION},
    {"Mitglied", "Betreuung", "unter_einem_Drittel", WG_LESS}, {"Mitglied", "Transferleistung", "Übergangsgeld", WG_T_TRANSITION}, {"Mitglied", "Transferleistung", "AsylbLG", WG_T_ASYLUM},
    {"Mitglied", "Transferleistung", "SGB_VIII", WG_T_SGB8}, {"Mitglied", "Transferleistung", "BVG", WG_T_BVG}, {"Mitglied", "Mitberechnung", "AsylbLG", WG_WITH_ASYLUM}, {"Mitglied", "Ausschluss_entfallen", "keiner", 0},
    {"Mitglied", "Krankenbeitrag", "für_Mitglied", WG_FOR_MEMBER}, {"Mitglied", "Förderung", "keine", 0}, {"Einnahme", "Turnus", "Sonderzuwendung", WG_BONUS}, {"Einnahme", "Art", "nichtselbständige_Arbeit", WG_I_WAGE},
    {"Einnahme", "Art", "pauschal_besteuert_40a", WG_I_40A}, {"Einnahme", "Art", "Einnahmen_Paragraf_3_Nr_21", WG_I_3_21}, {"Einnahme", "Art", "Fulbright", WG_I_FULBRIGHT}, {"Einnahme", "Art", "Mietwert", WG_I_RENTAL_VALUE},
    {"Einnahme", "Art", "Transferleistung_ausgenommen", WG_I_TRANSFER_FREE}, {"Mietbestandteil", "Art", "weitere_Leistungen", WG_P_MORE}, {"Unterhalt", "Art", "früherer_Ehegatte", 2}};
  for (int k = 0; k < 6; k++) n->unit[k] = ans_program_find_unit(p, units[k]);
  return bind(p, "Person", wg_person, LAW_WG_PERSON_COUNT, ANS_FACT_SCALAR, n->person) && bind(p, "Haushalt", wg_house, LAW_HOUSE_COUNT, ANS_FACT_SCALAR, n->house) &&
         bind(p, "Mitglied", wg_member, LAW_MEMBER_COUNT, ANS_FACT_SCALAR, n->member) && bind(p, "Einnahme", wg_income, LAW_INCOME_COUNT, ANS_FACT_SCALAR, n->income) &&
         bind(p, "Mietbestandteil", wg_part, LAW_PART_COUNT, ANS_FACT_SCALAR, n->part) && bind(p, "Unterhalt", wg_support, LAW_SUPPORT_COUNT, ANS_FACT_SCALAR, n->support) &&
         bind_one(p, "Person", "Geburtsdatum", &n->birth) && bind_one(p, "Person", "Sterbedatum", &n->death) && bind_one(p, "Haushalt", "Berechtigter", &n->recipient) &&
         bind_one(p, "Mitglied", "Haushalt", &n->member_house) && bind_one(p, "Mitglied", "Person", &n->member_person) && bind_one(p, "Einnahme", "Mitglied", &n->income_member) &&
         bind_one(p, "Mietbestandteil", "Haushalt", &n->part_house) && bind_one(p, "Unterhalt", "Haushalt", &n->support_house) && checked(p, checks, sizeof checks / sizeof *checks);
}

static ans_status wg_persons(ans_columns_builder *b, const wg_names *n, const law_population *w, uint32_t from, uint32_t to, ans_error *err) {
  ans_status st = ANS_OK;
  for (uint32_t i = from; i < to && st == ANS_OK; i++) {
    const bench_cell *q = w->base->persons[i].cell;
    st = put_row(b, n->unit[U_PERSON], NULL, NULL, 0, err);
    if (st == ANS_OK) st = put_cells(b, i, w->persons[i].cell, n->person, LAW_WG_PERSON_COUNT, err);
    if (st == ANS_OK) st = put_cells(b, i, &q[BENCH_BIRTH], &n->birth, 1, err);
    if (st == ANS_OK) st = put_cells(b, i, &q[BENCH_DEATH], &n->death, 1, err);
  }
  return st;
}

static ans_status wg_houses(ans_columns_builder *b, const wg_names *n, const law_population *w, uint32_t from, uint32_t to, ans_error *err) {
  const law_house *first = &w->houses[from], *last = &w->houses[to];
  ans_status st = ANS_OK;
  for (uint32_t i = from; i < to && st == ANS_OK; i++) {
    st = put_row(b, n->unit[U_HOUSE], &n->recipient, &w->houses[i].recipient, 1, err);
    if (st == ANS_OK) st = put_cells(b, i, w->houses[i].cell, n->house, LAW_HOUSE_COUNT, err);
  }
  for (uint32_t i = first->first_part; i < last->first_part && st == ANS_OK; i++) {
    st = put_row(b, n->unit[U_PART], &n->part_house, &w->parts[i].house, 1, err);
    if (st == ANS_OK) st = put_cells(b, i, w->parts[i].cell, n->part, LAW_PART_COUNT, err);
  }
  for (uint32_t i = first->first_support; i < last->first_support && st == ANS_OK; i++) {
    st = put_row(b, n->unit[U_SUPPORT], &n->support_house, &w->supports[i].house, 1, err);
    if (st == ANS_OK) st = put_cells(b, i, w->supports[i].cell, n->support, LAW_SUPPORT_COUNT, err);
  }
  return st;
}

static ans_status wg_members(ans_columns_builder *b, const wg_names *n, const law_population *w, uint32_t from, uint32_t to, ans_error *err) {
  ans_status st = ANS_OK;
  for (uint32_t i = from; i < to && st == ANS_OK; i++) {
    const law_member *m = &w->members[i];
    const uint32_t refs[] = {n->member_house, n->member_person}, targets[] = {m->house, m->person};
    st = put_row(b, n->unit[U_MEMBER], refs, targets, 2, err);
    if (st == ANS_OK) st = put_cells(b, i, m->cell, n->member, LAW_MEMBER_COUNT, err);
  }
  for (uint32_t i = w->members[from].first_income; i < w->members[to].first_income && st == ANS_OK; i++) {
    st = put_row(b, n->unit[U_INCOME], &n->income_member, &w->incomes[i].member, 1, err);
    if (st == ANS_OK) st = put_cells(b, i, w->incomes[i].cell, n->income, LAW_INCOME_COUNT, err);
  }
  return st;
}

ans_status law_wohngeld_columns(const ans_program *p, const law_population *w, ans_columns **out, ans_error *err) {
  wg_names n;
  if (!wg_bind(p, &n)) return ANS_INPUT;
  ans_columns_builder *b = ans_columns_builder_new(p);
  ans_status st = b ? ANS_OK : ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "columns", (char *)NULL);
  for (uint32_t k = 0; k < w->base->cluster_count && st == ANS_OK; k++) {
    const law_cluster *c = &w->clusters[k];
    st = ans_columns_begin_component(b, err);
    if (st == ANS_OK) st = wg_persons(b, &n, w, w->base->clusters[k].first_person, w->base->clusters[k + 1].first_person, err);
    if (st == ANS_OK) st = wg_houses(b, &n, w, c[0].first_house, c[1].first_house, err);
    if (st == ANS_OK) st = wg_members(b, &n, w, w->houses[c[0].first_house].first_member, w->houses[c[1].first_house].first_member, err);
    if (st == ANS_OK) st = ans_columns_end_component(b, err);
  }
  if (st == ANS_OK) st = ans_columns_finish(b, out, err);
  ans_columns_builder_free(b);
  return st;
}

/* --- Unterhaltsvorschuss ------------------------------------------------------------------------------------------------------------------------------------------------------------- */
typedef struct uvg_names { uint32_t person_unit, case_unit, birth, child, parent, person[MAX_FACTS], cell[MAX_FACTS], line[MAX_FACTS]; } uvg_names;

static bool uvg_values(const ans_program *p, const uvg_names *n) {
  const check lists[] = {{"Person", "Familienstand", "geschieden", UVG_DIVORCED}, {"Person", "Familienstand", "verpartnert", UVG_PARTNERED}, {"Sache", "Kindergeld", "Dritter", UVG_THIRD},
                         {"Sache", "Kindergeld", "dieser_Elternteil", UVG_THIS_PARENT}, {"Sache", "SGB_VIII_deckt_Bedarf", "ganz", UVG_FULLY}};
  (void)n;
  return checked(p, lists, sizeof lists / sizeof *lists);
}

static bool uvg_bind(const ans_program *p, uvg_names *n) {
  n->person_unit = ans_program_find_unit(p, "Person");
  n->case_unit = ans_program_find_unit(p, "Sache");
  return bind(p, "Person", uvg_person, LAW_UVG_PERSON_COUNT, ANS_FACT_TIMELINE, n->person) && bind(p, "Sache", uvg_cell, LAW_CASE_CELL_COUNT, ANS_FACT_SCALAR, n->cell) &&
         bind(p, "Sache", uvg_line, LAW_CASE_LINE_COUNT, ANS_FACT_TIMELINE, n->line) && bind_one(p, "Person", "Geburtsdatum", &n->birth) && bind_one(p, "Sache", "Kind", &n->child) &&
         bind_one(p, "Sache", "Elternteil", &n->parent) && uvg_values(p, n);
}

static ans_status uvg_cluster(ans_columns_builder *b, const uvg_names *n, const law_population *w, uint32_t k, ans_error *err) {
  ans_status st = ans_columns_begin_component(b, err);
  for (uint32_t i = w->base->clusters[k].first_person; i < w->base->clusters[k + 1].first_person && st == ANS_OK; i++) {
    st = put_row(b, n->person_unit, NULL, NULL, 0, err);
    if (st == ANS_OK) st = put_cells(b, i, &w->base->persons[i].cell[BENCH_BIRTH], &n->birth, 1, err);
    if (st == ANS_OK) st = put_lines(b, w, i, w->persons[i].line, n->person, LAW_UVG_PERSON_COUNT, err);
  }
  for (uint32_t i = w->clusters[k].first_case; i < w->clusters[k + 1].first_case && st == ANS_OK; i++) {
    const law_case *x = &w->cases[i];
    const uint32_t refs[] = {n->child, n->parent}, targets[] = {x->child, x->parent};
    st = put_row(b, n->case_unit, refs, targets, 2, err);
    if (st == ANS_OK) st = put_cells(b, i, x->cell, n->cell, LAW_CASE_CELL_COUNT, err);
    if (st == ANS_OK) st = put_lines(b, w, i, x->line, n->line, LAW_CASE_LINE_COUNT, err);
  }
  return st == ANS_OK ? ans_columns_end_component(b, err) : st;
}

ans_status law_uvg_columns(const ans_program *p, const law_population *w, ans_columns **out, ans_error *err) {
  uvg_names n;
  if (!uvg_bind(p, &n)) return ANS_INPUT;
  ans_columns_builder *b = ans_columns_builder_new(p);
  ans_status st = b ? ANS_OK : ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "columns", (char *)NULL);
  for (uint32_t k = 0; k < w->base->cluster_count && st == ANS_OK; k++) st = uvg_cluster(b, &n, w, k, err);
  if (st == ANS_OK) st = ans_columns_finish(b, out, err);
  ans_columns_builder_free(b);
  return st;
}
