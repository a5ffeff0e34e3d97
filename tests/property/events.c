/* Life events against full recomputation, with the rules of any package: whatever a register may say after an event, no claim changes that the event did not raise; and
 * at most a fifth more claims are raised than change. Prints the counts; exit code 1 if either fails.
 *
 *   property_events [--events N] [--seed N] [--benefit NAME] [--packages DIR] RULES
 *
 * Each world is a few dozen synthetic families, some of which share a parent. A package with pairs of parent and child (Kindschaft) has those; of every other unit a family has one or two
 * rows, whose references lead to its persons and rows. Births are drawn for packages with pairs only: elsewhere every claim of the parents' cases is raised, which needs no proof. An event names a person and a source (or is a birth). Claims raised: ans_events_process.
 * Claims that change: the facts of that source about that person are drawn anew several times, and every claim of the store is decided again each time. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "batch/batch.h"
#include "exchange/exchange.h"
#include "lower/lower.h"
#include "num/calendar.h"

enum { FAMILIES = 12, EVENTS_PER_WORLD = 40, MAX_CLAIMS = 400, MAX_ROWS = 2000, MAX_TARGETS = 8, UNREADABLE = 200 /* no state: a case that the loader refuses, because somebody is his own ancestor; a human is told of it in any case */, IMPROVE = 1500, DRAWS = 24, PERIOD = 2026 * 12 + 5, FIRST_IDNR = 100 };
typedef struct made { uint32_t unit; int64_t id; int person[MAX_TARGETS]; int persons; } made; /* a row of a unit other than Person and Kindschaft, and to whom its references lead */
typedef struct world { ans_store *s; const ans_program *p; uint32_t benefit; bool pairs; int persons; made rows[MAX_ROWS]; size_t row_count; } world;
typedef struct claims { int64_t id[MAX_CLAIMS]; char key[MAX_CLAIMS][40]; ans_scalar cells[MAX_CLAIMS][3]; size_t n; } claims;
typedef struct raised { char key[MAX_CLAIMS][40]; size_t n; } raised;

static uint64_t state = 1;
static ans_error err;
static uint32_t draw(uint32_t n) { /* xorshift */
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t)((state >> 11) % n);
}

static void must(ans_status st, const char *what) {
  char text[1024];
  if (st == ANS_OK) return;
  fprintf(stderr, "%s: %s\n", what, ans_error_render(&err, ANS_LANG_EN, text, sizeof text));
  exit(2);
}

static const char *idnr(int person, char out[12]) {
  snprintf(out, 12, "%011d", FIRST_IDNR + person);
  return out;
}

static int64_t person_of(world *w, int person) {
  char key[12];
  int64_t id = 0;
  must(ans_store_subject(w->s, ANS_UNIT_PERSON, idnr(person, key), true, &id, &err), "person");
  return id;
}

/* One random value of a fact, as an assertion. Now and then unknown. */
static ans_assertion any_value(const world *w, const ans_fact *f, int64_t subject, const char *source, int64_t at, char text[200]) {
  ans_assertion a = {.subject = subject, .fact = f->name, .source = source, .from_day = ANS_OPEN_PAST, .to_day = ANS_OPEN_FUTURE, .state = ANS_VALUE, .kind = ANS_V_INT, .text = "", .author = "", .recorded_at = at};
  int64_t unit = 1;
  for (int i = 0; i < f->type.scale; i++) unit *= 10;
  if (at != 1000 && draw(12) == 0) {
    a.state = draw(2) ? ANS_UNKNOWN : ANS_NOT_APPLICABLE;
    a.kind = ANS_V_NONE;
    a.text = a.state == ANS_UNKNOWN ? "keine Daten freigegeben" : "";
    return a;
  }
  switch ((ans_type_tag)f->type.tag) {
  case ANS_T_BOOL: a.number = draw(2); break;
  case ANS_T_DATE: a.number = ans_date_from_ymd((int)(1996 + draw(31)), (int)(1 + draw(12)), (int)(1 + draw(28))); break;
  case ANS_T_MONTH: a.number = (int64_t)(1996 + draw(31)) * 12 + draw(12); break;
  case ANS_T_INT:
  case ANS_T_DECIMAL:
  case ANS_T_MONEY: a.number = (int64_t)draw(60) * unit; break;
  case ANS_T_ENUM:
  case ANS_T_LIST:
    a.kind = ANS_V_TEXT;
    snprintf(text, 200, "%s", w->p->enum_values[w->p->enums[f->type.ref].first_value + draw(w->p->enums[f->type.ref].value_count)]);
    a.text = text;
    break;
  case ANS_T_TEXT:
    a.kind = ANS_V_TEXT;
    a.text = "Text";
    break;
  case ANS_T_REF: break;
  }
  return a;
}

/* Who says a fact in a new world: a register where there is one; the case file only says what no register does. */
static const char *usual_source(const world *w, const ans_fact *f) {
  const char *first = w->p->sources[f->first_source].source;
  return f->source_count > 1 && strcmp(first, ANS_SOURCE_FINDING) == 0 ? w->p->sources[f->first_source + 1].source : first;
}

/* What families usually are: alive, at home here, parents between thirty and sixty, children below twenty-five; most things do not apply. */
static void make_usual(const world *w, const ans_fact *f, bool child, ans_assertion *a, char text[200]) {
  if (f->type.tag == ANS_T_DATE && strcmp(f->name, "Geburtsdatum") == 0) a->number = ans_date_from_ymd((int)(child ? 2001 + draw(25) : 1966 + draw(30)), (int)(1 + draw(12)), (int)(1 + draw(28)));
  else if (f->type.tag == ANS_T_DATE && strcmp(f->name, ANS_FACT_APPLIED) == 0) a->number = ans_date_from_ymd((int)(2026 - draw(2)), (int)(1 + draw(5)), 1);
  else if (f->type.tag == ANS_T_DATE && draw(10)) a->state = ANS_NOT_APPLICABLE;
  else if (f->type.tag == ANS_T_ENUM && draw(10)) snprintf(text, 200, "%s", w->p->enum_values[w->p->enums[f->type.ref].first_value]);
  else if (f->type.tag == ANS_T_ENUM || f->type.tag == ANS_T_LIST || draw(30)) return;
  else a->state = ANS_UNKNOWN;
  if (a->state == ANS_VALUE) return;
  a->kind = ANS_V_NONE;
  a->number = 0;
  a->text = a->state == ANS_UNKNOWN ? "keine Daten freigegeben" : "";
}

/* Draws the facts that a source says about a row; without a source, what the usual sources say. */
static void say(world *w, const char *unit, int64_t subject, const char *source, int64_t at, bool child) {
  for (uint32_t i = 0; i < w->p->fact_count; i++) {
    const ans_fact *f = &w->p->facts[i];
    char text[200];
    bool accepts = false;
    if (strcmp(w->p->units[f->unit].name, unit) != 0 || f->type.tag == ANS_T_REF || f->source_count == 0) continue;
    for (uint32_t k = 0; k < f->source_count && source; k++) accepts = accepts || strcmp(w->p->sources[f->first_source + k].source, source) == 0;
    if (source && (!accepts || draw(4) == 0)) continue; /* not always all of it */
    const char *from = source ? source : usual_source(w, f);
    must(ans_store_supersede(w->s, subject, from, f->name, at, &err), "supersede");
    ans_assertion a = any_value(w, f, subject, from, at, text);
    if (at == 1000 && a.state == ANS_VALUE) make_usual(w, f, child, &a, text);
    if (f->kind == ANS_FACT_TIMELINE && draw(at == 1000 ? 8 : 2) == 0) { /* a change within the last years */
      int32_t day = (int32_t)ans_date_from_ymd((int)(2023 + draw(4)), (int)(1 + draw(12)), 1);
      ans_assertion b = any_value(w, f, subject, from, at, text);
      b.from_day = day;
      must(ans_store_put_assertion(w->s, &b, NULL, &err), "assertion");
      a = any_value(w, f, subject, from, at, text);
      a.to_day = day - 1;
    }
    must(ans_store_put_assertion(w->s, &a, NULL, &err), "assertion");
  }
}

static void pair(world *w, int parent, int child) {
  char a[12], b[12];
  int64_t id = 0;
  must(ans_fact_pair(w->s, idnr(parent, a), idnr(child, b), &id, &err), "pair");
  say(w, ANS_UNIT_PAIR, id, NULL, 1000, true);
}

/* The rows of one family, units in the order of the package: a reference leads to one of its persons, or to a row of the family made before. */
static void household(world *w, int family, int first_person, size_t first_row) {
  for (uint32_t u = 1; u < w->p->unit_count; u++) {
    const ans_unit *unit = &w->p->units[u];
    if (unit->parent != ANS_NONE || strcmp(unit->name, ANS_UNIT_PERSON) == 0 || strcmp(unit->name, ANS_UNIT_PAIR) == 0) continue;
    for (uint32_t i = 0, n = 1 + draw(2); i < n && w->row_count < MAX_ROWS; i++) {
      char key[40], number[12];
      made *row = &w->rows[w->row_count];
      *row = (made){.unit = u};
      snprintf(key, sizeof key, "f%d-%" PRIu32 "-%" PRIu32, family, u, i);
      must(ans_store_subject(w->s, unit->name, key, true, &row->id, &err), "row");
      for (uint32_t f = 0; f < w->p->fact_count; f++) {
        const ans_fact *fact = &w->p->facts[f];
        if (fact->unit != u || fact->type.tag != ANS_T_REF) continue;
        ans_assertion a = {.subject = row->id, .fact = fact->name, .source = fact->source_count ? w->p->sources[fact->first_source].source : ANS_SOURCE_APPLICATION, .from_day = ANS_OPEN_PAST, .to_day = ANS_OPEN_FUTURE,
                           .state = ANS_NOT_APPLICABLE, .kind = ANS_V_NONE, .text = "", .author = "", .recorded_at = 1000};
        int64_t target = 0;
        if (strcmp(w->p->units[fact->type.ref].name, ANS_UNIT_PERSON) == 0) {
          const int who = first_person + (int)draw((uint32_t)(w->persons - first_person));
          must(ans_store_subject(w->s, ANS_UNIT_PERSON, idnr(who, number), true, &target, &err), "person");
          if (row->persons < MAX_TARGETS) row->person[row->persons++] = who;
        }
        for (size_t k = first_row; k < w->row_count; k++)
          if (w->rows[k].unit == fact->type.ref && (!target || draw(2))) target = w->rows[k].id;
        if (target) {
          a.state = ANS_VALUE;
          a.kind = ANS_V_SUBJECT;
          a.number = target;
        }
        must(ans_store_put_assertion(w->s, &a, NULL, &err), "reference");
      }
      say(w, unit->name, row->id, NULL, 1000, false);
      w->row_count++;
    }
  }
}

static void new_world(world *w, const char *path) {
  must(ans_store_open(path, ANS_STORE_CREATE, &w->s, &err), "open");
  must(ans_store_begin(w->s, &err), "begin");
  w->persons = 0;
  w->row_count = 0;
  bool children[1000] = {false};
  for (int f = 0, last = -1; f < FAMILIES; f++) {
    int mother = w->persons++, father = last >= 0 && draw(4) == 0 ? last : w->persons++;
    const int first = mother < father ? mother : father;
    last = mother;
    for (uint32_t i = 0, n = 1 + draw(3); i < n; i++) {
      int child = w->persons++;
      children[child] = true;
      if (w->pairs) pair(w, mother, child);
      if (w->pairs && draw(5)) pair(w, father, child);
    }
    household(w, f, first, w->row_count);
  }
  for (int i = 0; i < w->persons; i++) say(w, ANS_UNIT_PERSON, person_of(w, i), NULL, 1000, children[i]);
  must(ans_store_commit(w->s, &err), "commit");
}

static bool collect_claim(void *ctx, int64_t subject, const char *key) {
  claims *c = ctx;
  if (c->n == MAX_CLAIMS) return false;
  c->id[c->n] = subject;
  snprintf(c->key[c->n++], sizeof c->key[0], "%s", key);
  return true;
}

/* Every claim of the store, decided with the facts there are. */
static void recompute(world *w, claims *out) {
  static uint32_t component[MAX_CLAIMS], row[MAX_CLAIMS];
  const ans_benefit *b = &w->p->benefits[w->benefit];
  const uint32_t results[3] = {b->entitled_result, b->amount_result, b->payout_result == ANS_NONE ? b->amount_result : b->payout_result};
  ans_fact_loader *l = NULL;
  ans_columns *c = NULL;
  out->n = 0;
  must(ans_store_subjects(w->s, w->p->units[b->unit].name, 0, collect_claim, out, &err), "claims");
  must(ans_fact_loader_new(w->s, w->p, INT64_MAX, &l, &err), "loader");
  for (size_t i = 0; i < out->n; i++) component[i] = UINT32_MAX;
  must(ans_fact_loader_load(l, b->unit, out->id, (uint32_t)out->n, &c, component, row, NULL, NULL, &err), "load");
  for (size_t i = 0; i < out->n; i++)
    for (int x = 0; x < 3; x++) out->cells[i][x] = (ans_scalar){0, UNREADABLE};
  for (uint32_t k = 0; k < c->components; k++) {
    ans_trace *t = NULL;
    must(ans_replay_run(c, k, PERIOD, &t, &err), "replay");
    for (size_t i = 0; i < out->n; i++)
      for (int x = 0; component[i] == k && x < 3; x++) out->cells[i][x] = ans_trace_get(t, w->p->results[results[x]].insn, row[i] - ans_trace_first_row(t, b->unit));
    ans_trace_free(t);
  }
  ans_columns_free(c);
  ans_fact_loader_free(l);
}

/* Drawn at random, hardly anybody is entitled to anything, and nothing can change. So the facts of one row after the other are drawn anew, and kept if not fewer claims are entitled. */
static void improve(world *w, int turns) {
  static claims now;
  size_t best = 0;
  for (int t = 0; t < turns; t++) {
    size_t score = 0;
    must(ans_store_begin(w->s, &err), "begin");
    if (w->row_count && draw(2)) {
      const made *row = &w->rows[draw((uint32_t)w->row_count)];
      say(w, w->p->units[row->unit].name, row->id, NULL, 1000, false);
    } else {
      say(w, ANS_UNIT_PERSON, person_of(w, (int)draw((uint32_t)w->persons)), NULL, 1000, draw(2));
    }
    recompute(w, &now);
    for (size_t i = 0; i < now.n; i++) score += now.cells[i][0].state == ANS_VALUE && now.cells[i][0].v ? 2u : now.cells[i][0].state == ANS_VALUE && now.cells[i][0].v == 0 ? 0u : 1u;
    if (score >= best) {
      best = score;
      must(ans_store_commit(w->s, &err), "commit");
    } else {
      ans_store_rollback(w->s);
    }
  }
}

static bool differs(const claims *a, size_t i, const claims *b) {
  for (size_t k = 0; k < b->n; k++) {
    if (b->id[k] != a->id[i]) continue;
    if (b->cells[k][0].state == UNREADABLE) return false;
    for (int x = 0; x < 3; x++)
      if (a->cells[i][x].state != b->cells[k][x].state || a->cells[i][x].v != b->cells[k][x].v) return true;
    return false;
  }
  return true; /* it was not there before */
}

static void on_raised(void *ctx, const ans_life_event *e, const char *key, const ans_outcome *o) {
  raised *r = ctx;
  (void)e;
  if (o && r->n < MAX_CLAIMS) snprintf(r->key[r->n++], sizeof r->key[0], "%s", key);
}

static bool is_raised(const raised *r, const char *key) {
  for (size_t i = 0; i < r->n; i++)
    if (strcmp(r->key[i], key) == 0) return true;
  return false;
}

/* All facts the event may be about, drawn anew inside a transaction that is taken back. */
static void redraw(world *w, int person, const char *source, const claims *all) {
  char key[12];
  size_t n = strlen(idnr(person, key));
  say(w, ANS_UNIT_PERSON, person_of(w, person), source, 2000, true);
  for (size_t i = 0; i < w->row_count; i++)
    for (int k = 0; k < w->rows[i].persons; k++)
      if (w->rows[i].person[k] == person) {
        say(w, w->p->units[w->rows[i].unit].name, w->rows[i].id, source, 2000, true);
        break;
      }
  for (size_t i = 0; i < all->n && w->pairs; i++)
    if (strncmp(all->key[i], key, n) == 0 || strcmp(strchr(all->key[i], '/') + 1, key) == 0) say(w, ANS_UNIT_PAIR, all->id[i], source, 2000, true);
}

static const char *any_register(const world *w) {
  for (;;) {
    const char *s = w->p->sources[draw(w->p->source_count)].source;
    if (strcmp(s, ANS_SOURCE_FINDING) != 0 && strcmp(s, ANS_SOURCE_APPLICATION) != 0 && strcmp(s, ANS_SOURCE_LEDGER) != 0) return s;
  }
}

typedef struct counts { int64_t events, births, decided, raised, changed, missed, more; } counts;

static void one_event(world *w, int number, counts *n) {
  static claims before, after;
  static bool changed[MAX_CLAIMS];
  static raised r;
  char text[600], a[12], b[12], c[12];
  bool birth = w->pairs && draw(6) == 0;
  int person = birth ? w->persons++ : (int)draw((uint32_t)w->persons);
  const char *source = birth ? "Standesamt" : any_register(w);
  recompute(w, &before);
  if (birth)
    snprintf(text, sizeof text, "{\"format\":\"anspruch-events/1\",\"feed\":\"f\",\"source\":\"%s\",\"events\":[{\"event_id\":\"E-%d\",\"event\":\"birth\",\"day\":\"2026-06-01\",\"child\":\"%s\",\"parents\":[\"%s\",\"%s\"]}]}", source, number,
             idnr(person, a), idnr((int)draw((uint32_t)person), b), idnr((int)draw((uint32_t)person), c));
  else
    snprintf(text, sizeof text, "{\"format\":\"anspruch-events/1\",\"feed\":\"f\",\"source\":\"%s\",\"events\":[{\"event_id\":\"E-%d\",\"event\":\"move\",\"day\":\"2026-06-01\",\"persons\":[\"%s\"]}]}", source, number, idnr(person, a));
  ans_event_report ingested;
  must(ans_exchange_event_ingest(w->s, NULL, NULL, text, strlen(text), &ingested, &err), "ingest");
  r.n = 0;
  ans_events_report report;
  must(ans_events_process(w->s, w->p, &(ans_events_options){.benefit = w->p->benefits[w->benefit].name, .period = PERIOD}, on_raised, &r, &report, &err), "process");
  memset(changed, 0, sizeof changed);
  recompute(w, &after); /* a birth alone: its rows are there, of which nothing is known */
  for (size_t i = 0; i < after.n; i++) changed[i] = differs(&after, i, &before);
  for (int d = 0; d < DRAWS; d++) {
    must(ans_store_begin(w->s, &err), "begin");
    redraw(w, person, birth ? NULL : source, &after);
    recompute(w, &after);
    ans_store_rollback(w->s);
    for (size_t i = 0; i < after.n; i++) changed[i] = changed[i] || differs(&after, i, &before);
    n->decided += (int64_t)after.n;
  }
  n->events++;
  n->births += birth;
  for (size_t i = 0; i < after.n; i++) {
    bool in = is_raised(&r, after.key[i]);
    n->raised += in;
    n->changed += changed[i];
    n->more += in && !changed[i];
    if (changed[i] && !in) {
      n->missed++;
      printf("missed: event %d (%s, %s about %s) changes %s\n", number, birth ? "birth" : "other", source, a, after.key[i]);
    }
  }
}

int main(int argc, char **argv) {
  int events = 80;
  const char *rules = NULL, *benefit = NULL, *packages = NULL;
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "--events") && i + 1 < argc) events = atoi(argv[++i]);
    else if (!strcmp(argv[i], "--seed") && i + 1 < argc) state = strtoull(argv[++i], NULL, 10) * 2654435761u + 1;
    else if (!strcmp(argv[i], "--benefit") && i + 1 < argc) benefit = argv[++i];
    else if (!strcmp(argv[i], "--packages") && i + 1 < argc) packages = argv[++i];
    else rules = argv[i];
  }
  ans_diags *diags = ans_diags_new();
  ans_compilation compiled = {0};
  if (!rules || !diags || ans_compile_package(rules, packages, diags, &compiled, &err) != ANS_OK || !compiled.program) {
    fprintf(stderr, "property_events: rules\n");
    return 2;
  }
  char folder[] = "/tmp/anspruch-events-XXXXXX", path[64], side[80];
  if (!mkdtemp(folder)) return 2;
  snprintf(path, sizeof path, "%s/s", folder);
  counts n = {0};
  static world w;
  w.p = compiled.program;
  w.pairs = ans_program_find_unit(w.p, ANS_UNIT_PAIR) != ANS_NONE;
  w.benefit = benefit ? ans_program_find_benefit(w.p, benefit) : 0;
  if (w.benefit == ANS_NONE || w.p->benefits[w.benefit].amount_result == ANS_NONE) {
    fprintf(stderr, "property_events: --benefit %s\n", benefit ? benefit : "");
    return 2;
  }
  for (int i = 0; i < events; i++) {
    if (i % EVENTS_PER_WORLD == 0) {
      new_world(&w, path);
      if (!w.pairs) improve(&w, IMPROVE);
    }
    one_event(&w, i, &n);
    if (i % EVENTS_PER_WORLD != EVENTS_PER_WORLD - 1 && i != events - 1) continue;
    ans_store_close(w.s);
    for (int k = 0; k < 3; k++) {
      snprintf(side, sizeof side, "%s%s", path, (const char *const[]){"", "-wal", "-shm"}[k]);
      unlink(side);
    }
  }
  rmdir(folder);
  ans_compilation_dispose(&compiled);
  ans_diags_free(diags);
  printf("%" PRId64 " events (%" PRId64 " births), %" PRId64 " decisions: %" PRId64 " claims change, %" PRId64 " raised, %" PRId64 " missed, %" PRId64 " more than change (%" PRId64 " per mille)\n", n.events, n.births, n.decided, n.changed, n.raised,
         n.missed, n.more, n.changed ? n.more * 1000 / n.changed : 0);
  return n.changed == 0 || n.missed || n.more * 5 > n.changed;
}
