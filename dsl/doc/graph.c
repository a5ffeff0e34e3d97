/* The dependencies of each benefit as a drawing: results in layers from above (what is asked) to below (what it rests on).
 *
 * Layers by longest path, order within a layer by the mean place of the neighbours (a few sweeps), long wires through a bend in every layer
 * between. A wire that only repeats a longer way is left out; the table of results names every need. More than ANS_DOC_MAX_NODES results
 * are split: a box with a broken edge is the beginning of a drawing of its own. Facts and parameters are counted in the box. All in
 * integers, so every machine draws the same. Circles, which hypotheticals make, are cut where a depth-first search meets them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "doc/doc_private.h"

enum { BOX_W = 232, BOX_H = 50, GAP_X = 16, GAP_Y = 40, BEND_W = 8, MARGIN = 12, LINE = 30, SWEEPS = 10, REDUCE_MAX = 4096 };

typedef struct graph__node { uint32_t result; /* ANS_NONE: a bend */ uint32_t layer, order, x; bool more, goal; } graph__node;
typedef struct graph {
  doc *d;
  uint8_t *drawn;                /* per result: 1 in some drawing, with all it needs */
  uint8_t *color;                /* of the depth-first search */
  uint32_t *layer;               /* per result */
  doc__edge *edges; uint32_t edge_count; /* without circles and repetitions, among wanted results */
  graph__node *nodes; uint32_t node_count, node_cap;
  doc__edge *wires; uint32_t wire_count, wire_cap; /* between neighbouring layers, by node */
  uint32_t *place;               /* per result: its node in the drawing at hand, or ANS_NONE */
} graph;

/* --- which results, and the needs without circles -------------------------------------------------------------------------------- */

static uint32_t graph__first(const doc *d, uint32_t result) {
  uint32_t lo = 0, hi = d->edge_count;
  while (lo < hi) {
    uint32_t mid = lo + (hi - lo) / 2;
    if (d->edges[mid].from < result) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

/* Iterative depth-first search: colours, keeps the needs that close no circle. A need is kept when its target is not on the way. */
static void graph__search(graph *g, uint32_t root) {
  doc *d = g->d;
  uint32_t *stack = doc__alloc(d, (size_t)d->m->result_count + 1, sizeof *stack), *next = doc__alloc(d, (size_t)d->m->result_count + 1, sizeof *next);
  uint32_t depth = 0;
  if (!stack || !next || g->color[root]) return;
  stack[depth++] = root;
  g->color[root] = 1;
  next[root] = graph__first(d, root);
  while (depth) {
    uint32_t r = stack[depth - 1];
    if (next[r] >= d->edge_count || d->edges[next[r]].from != r) {
      g->color[r] = 2;
      depth--;
      continue;
    }
    uint32_t to = d->edges[next[r]++].to;
    if (g->color[to] == 1) continue;
    g->edges[g->edge_count++] = (doc__edge){r, to};
    if (g->color[to]) continue;
    g->color[to] = 1;
    next[to] = graph__first(d, to);
    stack[depth++] = to;
  }
}

/* Drops needs that a longer way implies: u→v if some other need of u reaches v. */
static void graph__reduce(graph *g) {
  doc *d = g->d;
  uint32_t n = d->m->result_count, words = (n + 63) / 64, kept = 0;
  uint64_t *reach = n <= REDUCE_MAX ? doc__alloc(d, (size_t)n * words, sizeof *reach) : NULL;
  if (!reach) return;
  for (bool more = true; more;) { /* needs are few and shallow: a fixed point is quick */
    more = false;
    for (uint32_t i = g->edge_count; i-- > 0;) {
      uint64_t *a = reach + (size_t)g->edges[i].from * words, *b = reach + (size_t)g->edges[i].to * words;
      uint64_t bit = (uint64_t)1 << (g->edges[i].to % 64);
      more = more || !(a[g->edges[i].to / 64] & bit);
      a[g->edges[i].to / 64] |= bit;
      for (uint32_t w = 0; w < words; w++) {
        more = more || (b[w] & ~a[w]);
        a[w] |= b[w];
      }
    }
  }
  for (uint32_t i = 0; i < g->edge_count; i++) {
    uint32_t u = g->edges[i].from, v = g->edges[i].to;
    bool longer = false;
    for (uint32_t k = graph__first(d, u); k < d->edge_count && d->edges[k].from == u && !longer; k++) {
      uint32_t w = d->edges[k].to;
      longer = w != v && w != u && (reach[(size_t)u * words + w / 64] >> (w % 64) & 1) && (reach[(size_t)w * words + v / 64] >> (v % 64) & 1);
    }
    if (!longer) g->edges[kept++] = g->edges[i];
  }
  g->edge_count = kept;
}

static void graph__layers(graph *g) {
  for (uint32_t pass = 0; pass <= g->d->m->result_count; pass++) {
    bool moved = false;
    for (uint32_t i = 0; i < g->edge_count; i++) {
      if (g->layer[g->edges[i].to] > g->layer[g->edges[i].from]) continue;
      g->layer[g->edges[i].to] = g->layer[g->edges[i].from] + 1;
      moved = true;
    }
    if (!moved) return;
  }
}

/* --- one drawing ------------------------------------------------------------------------------------------------------------------ */

static uint32_t graph__node_add(graph *g, uint32_t result, uint32_t layer) {
  if (g->node_count == g->node_cap) {
    uint32_t fresh = g->node_cap ? g->node_cap * 2 : 128;
    graph__node *grown = reallocarray(g->nodes, fresh, sizeof *grown);
    if (!grown) { g->d->failed = true; return 0; }
    g->nodes = grown;
    g->node_cap = fresh;
  }
  g->nodes[g->node_count] = (graph__node){.result = result, .layer = layer};
  return g->node_count++;
}

static void graph__wire(graph *g, uint32_t from, uint32_t to) {
  if (g->wire_count == g->wire_cap) {
    uint32_t fresh = g->wire_cap ? g->wire_cap * 2 : 256;
    doc__edge *grown = reallocarray(g->wires, fresh, sizeof *grown);
    if (!grown) { g->d->failed = true; return; }
    g->wires = grown;
    g->wire_cap = fresh;
  }
  g->wires[g->wire_count++] = (doc__edge){from, to};
}

/* Chooses the results of a drawing that begins at `roots`: breadth first, until it is full. A result whose needs do not all fit gets `more`. */
static void graph__choose(graph *g, const uint32_t *roots, uint32_t root_count, uint32_t base) {
  for (uint32_t r = 0; r < g->d->m->result_count; r++) g->place[r] = ANS_NONE;
  g->node_count = g->wire_count = 0;
  for (uint32_t i = 0; i < root_count && !g->d->failed; i++)
    if (g->place[roots[i]] == ANS_NONE) {
      g->place[roots[i]] = graph__node_add(g, roots[i], g->layer[roots[i]] - base);
      if (g->d->failed) return;
      g->nodes[g->place[roots[i]]].goal = true;
    }
  for (uint32_t at = 0; at < g->node_count && !g->d->failed; at++) {
    uint32_t r = g->nodes[at].result, fresh = 0;
    for (uint32_t i = 0; i < g->edge_count; i++) fresh += g->edges[i].from == r && g->place[g->edges[i].to] == ANS_NONE;
    if (fresh && g->drawn[r]) { /* its needs are in an earlier drawing */
      g->nodes[at].more = true;
      continue;
    }
    if (fresh && at && g->node_count + fresh > ANS_DOC_MAX_NODES) {
      g->nodes[at].more = true;
      continue;
    }
    g->drawn[r] = 1;
    for (uint32_t i = 0; i < g->edge_count && !g->d->failed; i++)
      if (g->edges[i].from == r && g->place[g->edges[i].to] == ANS_NONE) g->place[g->edges[i].to] = graph__node_add(g, g->edges[i].to, g->layer[g->edges[i].to] - base);
  }
}

/* Wires between neighbouring layers; a long one gets a bend in every layer it crosses. */
static void graph__bends(graph *g) {
  for (uint32_t i = 0; i < g->edge_count && !g->d->failed; i++) {
    uint32_t from = g->place[g->edges[i].from], to = g->place[g->edges[i].to];
    if (from == ANS_NONE || to == ANS_NONE || g->nodes[from].layer >= g->nodes[to].layer) continue;
    uint32_t last = g->nodes[to].layer;
    for (uint32_t layer = g->nodes[from].layer + 1; layer < last && !g->d->failed; layer++) {
      uint32_t bend = graph__node_add(g, ANS_NONE, layer);
      graph__wire(g, from, bend);
      from = bend;
    }
    graph__wire(g, from, to);
  }
}

typedef struct graph__key { uint32_t node; uint64_t mean; uint32_t old; } graph__key;
static int graph__by_mean(const void *a, const void *b) {
  const graph__key *x = a, *y = b;
  if (x->mean != y->mean) return x->mean < y->mean ? -1 : 1;
  return (x->old > y->old) - (x->old < y->old);
}

/* Orders one layer by the mean place of its neighbours in the layer before (or after); places are scaled, so that integers do. */
static void graph__order_layer(graph *g, uint32_t layer, bool backward, graph__key *keys, uint64_t *sum, uint32_t *count) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < g->node_count; i++) sum[i] = count[i] = 0;
  for (uint32_t i = 0; i < g->wire_count; i++) {
    uint32_t me = backward ? g->wires[i].from : g->wires[i].to, other = backward ? g->wires[i].to : g->wires[i].from;
    if (g->nodes[me].layer != layer) continue;
    sum[me] += g->nodes[other].order;
    count[me]++;
  }
  for (uint32_t i = 0; i < g->node_count; i++)
    if (g->nodes[i].layer == layer) keys[n++] = (graph__key){i, count[i] ? sum[i] * 1024 / count[i] : (uint64_t)g->nodes[i].order * 1024, g->nodes[i].order};
  if (n) qsort(keys, n, sizeof *keys, graph__by_mean);
  for (uint32_t i = 0; i < n; i++) g->nodes[keys[i].node].order = i;
}

static uint32_t graph__width(const graph__node *n) { return (n->result == ANS_NONE ? BEND_W : BOX_W) + GAP_X; }
static uint32_t graph__middle(const graph__node *n) { return n->x + (graph__width(n) - GAP_X) / 2; }
static uint32_t graph__top(const graph__node *n) { return MARGIN + n->layer * (BOX_H + GAP_Y); }

/* Places: the middle of each node at the mean of its neighbours' in the layer before, pushed apart from the left and from the right; the mean
 * of both keeps the order and the distances. */
static void graph__spread(graph *g, uint32_t layer, graph__key *keys, uint64_t *sum, uint32_t *count) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < g->node_count; i++) sum[i] = count[i] = 0;
  for (uint32_t i = 0; i < g->wire_count; i++) {
    if (g->nodes[g->wires[i].to].layer != layer) continue;
    sum[g->wires[i].to] += graph__middle(&g->nodes[g->wires[i].from]);
    count[g->wires[i].to]++;
  }
  for (uint32_t i = 0; i < g->node_count; i++)
    if (g->nodes[i].layer == layer) keys[n++] = (graph__key){i, g->nodes[i].order, i};
  if (n) qsort(keys, n, sizeof *keys, graph__by_mean);
  uint64_t at = 1u << 24; /* an origin far from zero; the drawing is moved to its margin afterwards */
  for (uint32_t i = 0; i < n; i++) { /* from the left */
    uint32_t k = keys[i].node;
    uint64_t want = count[k] ? sum[k] / count[k] - (graph__width(&g->nodes[k]) - GAP_X) / 2 : at;
    keys[i].mean = want > at || !i ? want : at;
    at = keys[i].mean + graph__width(&g->nodes[k]);
  }
  for (uint32_t i = n; i-- > 0;) { /* from the right */
    uint32_t k = keys[i].node;
    uint64_t want = count[k] ? sum[k] / count[k] - (graph__width(&g->nodes[k]) - GAP_X) / 2 : keys[i].mean, room = i + 1 < n ? at - graph__width(&g->nodes[k]) : want;
    at = want < room ? want : room;
    g->nodes[k].x = (uint32_t)((keys[i].mean + at) / 2);
  }
}

static void graph__layout(graph *g, uint32_t *layers, uint32_t *width) {
  doc *d = g->d;
  graph__key *keys = doc__alloc(d, g->node_count, sizeof *keys);
  uint64_t *sum = doc__alloc(d, g->node_count, sizeof *sum);
  uint32_t *count = doc__alloc(d, g->node_count, sizeof *count), left = UINT32_MAX, right = 0;
  *layers = *width = 0;
  if (!keys || !sum || !count) return;
  for (uint32_t i = 0; i < g->node_count; i++) {
    g->nodes[i].order = i;
    if (g->nodes[i].layer >= *layers) *layers = g->nodes[i].layer + 1;
  }
  for (uint32_t sweep = 0; sweep < SWEEPS; sweep++)
    for (uint32_t k = 0; k < *layers; k++) graph__order_layer(g, sweep % 2 ? *layers - 1 - k : k, sweep % 2, keys, sum, count);
  for (uint32_t k = 0; k < *layers; k++) graph__order_layer(g, k, false, keys, sum, count);
  for (uint32_t k = 0; k < *layers; k++) graph__spread(g, k, keys, sum, count);
  for (uint32_t i = 0; i < g->node_count; i++) {
    uint32_t end = g->nodes[i].x + graph__width(&g->nodes[i]) - GAP_X;
    if (g->nodes[i].x < left) left = g->nodes[i].x;
    if (end > right) right = end;
  }
  for (uint32_t i = 0; i < g->node_count; i++) g->nodes[i].x = g->nodes[i].x - left + MARGIN;
  *width = g->node_count ? right - left + 2 * MARGIN : 2 * MARGIN;
}

/* --- writing ---------------------------------------------------------------------------------------------------------------------- */

static uint32_t graph__points(const char *s, size_t n) {
  uint32_t points = 0;
  for (size_t i = 0; i < n; i++) points += ((unsigned char)s[i] & 0xC0) != 0x80;
  return points;
}

/* Where a name is broken into two lines: at the last "_" that leaves the first line short enough; its length if it fits. */
static size_t graph__break(const char *name) {
  size_t n = strlen(name), at = 0;
  if (graph__points(name, n) <= LINE) return n;
  for (size_t i = 1; i < n; i++)
    if (name[i] == '_' && graph__points(name, i + 1) <= LINE) at = i + 1;
  for (size_t i = 1; !at && i < n; i++)
    if (graph__points(name, i + 1) == LINE && ((unsigned char)name[i + 1] & 0xC0) != 0x80) at = i + 1;
  return at ? at : n;
}

static void graph__line(doc *d, uint32_t x, uint32_t y, const char *class, const char *s, size_t n) {
  size_t cut = n;
  while (cut && graph__points(s, cut) > LINE + 2) cut--;
  while (cut && cut < n && ((unsigned char)s[cut] & 0xC0) == 0x80) cut--;
  doc__printf(d, "<text x=\"%u\" y=\"%u\"%s>", x, y, class);
  doc__span(d, s, cut);
  doc__put(d, cut < n ? "…</text>" : "</text>");
}

static uint32_t graph__out(const doc__edge *list, uint32_t count, uint32_t from) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < count; i++) n += list[i].from == from;
  return n;
}

static void graph__box(graph *g, const graph__node *n) {
  doc *d = g->d;
  const ans_tresult *r = &d->m->results[n->result];
  uint32_t x = n->x, y = graph__top(n), facts = graph__out(d->reads, d->read_count, n->result), params = graph__out(d->takes, d->take_count, n->result);
  size_t first = graph__break(r->name), all = strlen(r->name);
  char small[160];
  doc__put(d, "<a href=\"#");
  doc__anchor(d, DOC__RESULT, n->result);
  doc__put(d, "\"><title>");
  doc__result_name(d, n->result);
  if (*r->label) doc__put(d, ": ");
  doc__text(d, r->label);
  doc__printf(d, "</title><rect class=\"box%s%s\" x=\"%u\" y=\"%u\" width=\"%d\" height=\"%d\" rx=\"4\"/>", n->goal ? " goal" : "", n->more ? " more" : "", x, y, BOX_W, BOX_H);
  graph__line(d, x + 8, y + (first < all ? 16 : 21), "", r->name, first);
  if (first < all) graph__line(d, x + 8, y + 30, "", r->name + first, all - first);
  snprintf(small, sizeof small, "%.40s · %u %s, %u %s", d->m->units[r->unit].name, facts, doc__say(d, "Angaben", "facts"), params, doc__say(d, "Param.", "params"));
  graph__line(d, x + 8, y + (first < all ? 44 : 40), " class=\"small\"", small, strlen(small));
  doc__put(d, "</a>\n");
}

static void graph__wires_out(graph *g) {
  const uint32_t half = GAP_Y / 2;
  for (uint32_t i = 0; i < g->wire_count; i++) {
    const graph__node *a = &g->nodes[g->wires[i].from], *b = &g->nodes[g->wires[i].to];
    uint32_t x1 = graph__middle(a), x2 = graph__middle(b), y1 = graph__top(a) + BOX_H, y2 = graph__top(b);
    doc__printf(g->d, "<path class=\"wire\" d=\"M%u %uC%u %u %u %u %u %u", x1, y1, x1, y1 + half, x2, y2 - half, x2, y2);
    if (b->result == ANS_NONE) doc__printf(g->d, "V%u", y2 + BOX_H);
    doc__put(g->d, "\"/>\n");
    if (b->result != ANS_NONE) doc__printf(g->d, "<path class=\"tip\" d=\"M%u %ul-4 -7h8z\"/>\n", x2, y2);
  }
}

static void graph__write(graph *g, const char *title, uint32_t from) {
  doc *d = g->d;
  uint32_t layers, width;
  graph__bends(g);
  graph__layout(g, &layers, &width);
  if (d->failed) return;
  uint32_t height = 2 * MARGIN + layers * BOX_H + (layers ? layers - 1 : 0) * GAP_Y;
  doc__put(d, "<figure>\n<figcaption>");
  doc__text(d, title);
  if (from != ANS_NONE) {
    doc__put(d, doc__say(d, ", ab ", ", from "));
    doc__link(d, DOC__RESULT, from);
  }
  doc__put(d, "</figcaption>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"");
  doc__put(d, doc__say(d, "Abhängigkeiten ", "Dependencies "));
  doc__text(d, title);
  doc__printf(d, "\">\n<svg width=\"%u\" height=\"%u\" viewBox=\"0 0 %u %u\" role=\"group\" aria-label=\"", width, height, width, height);
  doc__text(d, title);
  doc__put(d, "\">\n");
  graph__wires_out(g);
  for (uint32_t i = 0; i < g->node_count; i++)
    if (g->nodes[i].result != ANS_NONE) graph__box(g, &g->nodes[i]);
  doc__put(d, "</svg>\n</div>\n</figure>\n");
}

/* Draws what `roots` need, in as many drawings as it takes. */
static void graph__benefit(graph *g, const char *title, const uint32_t *roots, uint32_t count) {
  doc *d = g->d;
  uint32_t n = d->m->result_count;
  memset(g->drawn, 0, n);
  memset(g->color, 0, n);
  memset(g->layer, 0, n * sizeof *g->layer);
  g->edge_count = 0;
  for (uint32_t i = 0; i < count && !d->failed; i++) graph__search(g, roots[i]);
  if (d->failed) return;
  graph__reduce(g);
  graph__layers(g);
  graph__choose(g, roots, count, 0);
  if (!d->failed) graph__write(g, title, ANS_NONE);
  for (uint32_t again = 0; again <= n && !d->failed; again++) {
    uint32_t next = ANS_NONE;
    for (uint32_t r = 0; r < n && next == ANS_NONE; r++)
      if (g->color[r] && !g->drawn[r]) next = r;
    if (next == ANS_NONE) return;
    for (uint32_t r = next + 1; r < n; r++) /* the one furthest up draws most of the others */
      if (g->color[r] && !g->drawn[r] && g->layer[r] < g->layer[next]) next = r;
    graph__choose(g, &next, 1, g->layer[next]);
    if (!d->failed) graph__write(g, title, next);
  }
}

/* A package without benefits: everything that no other result needs. */
static uint32_t graph__tops(const doc *d, uint32_t *roots) {
  uint32_t n = 0;
  for (uint32_t r = 0; r < d->m->result_count; r++) {
    bool used = d->base[r] != r;
    for (uint32_t i = 0; i < d->edge_count && !used; i++) used = d->edges[i].to == r;
    if (!used) roots[n++] = r;
  }
  return n;
}

void doc__graphs(doc *d) {
  uint32_t n = d->m->result_count;
  graph g = {.d = d, .drawn = doc__alloc(d, n, 1), .color = doc__alloc(d, n, 1), .layer = doc__alloc(d, n, sizeof *g.layer), .edges = doc__alloc(d, d->edge_count, sizeof *g.edges),
             .place = doc__alloc(d, n, sizeof *g.place)};
  uint32_t *roots = doc__alloc(d, (size_t)n + 3, sizeof *roots);
  if (d->failed || !n) return;
  doc__put(d, "<section aria-labelledby=\"abhaengigkeiten\">\n<h2 id=\"abhaengigkeiten\">");
  doc__put(d, doc__say(d, "Abhängigkeiten", "Dependencies"));
  doc__put(d, "</h2>\n<p>");
  doc__put(d, doc__say(d, "Ein Pfeil führt von einem Ergebnis zu dem, was es braucht. Linien, die nur einen längeren Weg wiederholen, fehlen; die Tabelle der Ergebnisse nennt alle. Gestrichelte Ränder: weiter in einem eigenen Bild.",
                       "An arrow leads from a result to what it needs. Lines that only repeat a longer way are left out; the table of results names all. Broken edges: continued in a drawing of its own."));
  doc__put(d, "</p>\n");
  for (uint32_t i = 0; i < d->m->benefit_count && !d->failed; i++) {
    const ans_benefit *b = &d->m->benefits[i];
    const uint32_t asked[3] = {b->entitled_result, b->amount_result, b->payout_result};
    uint32_t count = 0;
    for (uint32_t k = 0; k < 3; k++)
      if (asked[k] != ANS_NONE) roots[count++] = asked[k];
    graph__benefit(&g, b->name, roots, count);
  }
  if (!d->m->benefit_count && !d->failed) graph__benefit(&g, d->m->name, roots, graph__tops(d, roots));
  doc__put(d, "</section>\n");
  free(g.nodes);
  free(g.wires);
}
