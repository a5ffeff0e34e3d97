/* Owns: receipt leaves, the Merkle tree of a run, chained heads. One keyed leaf per changed decision: a hash of 128 bytes costs more than an evaluation,
 * so unchanged decisions carry none (docs/formats/receipt.md). Byte layouts are normative and versioned by their first string. */
#include <endian.h>
#include <sodium.h>
#include <string.h>
#include "base/hash.h"
#include "decide/decide.h"
#include "num/calendar.h"

typedef struct packer { unsigned char bytes[1024]; size_t size; } packer;

static void pack_bytes(packer *p, const void *data, size_t n) {
  if (n > sizeof p->bytes - p->size) n = sizeof p->bytes - p->size; /* keys are bounded well below this */
  memcpy(p->bytes + p->size, data, n);
  p->size += n;
}
static void pack_u64(packer *p, uint64_t v) {
  const uint64_t b = htole64(v);
  pack_bytes(p, &b, sizeof b);
}
static void pack_text(packer *p, const char *s) {
  size_t n = strlen(s);
  if (n > 255) n = 255;
  pack_u64(p, n);
  pack_bytes(p, s, n);
}
static void pack_scalar(packer *p, ans_scalar s) {
  pack_u64(p, s.state);
  pack_u64(p, (uint64_t)s.v);
}

void ans_receipt_leaf(const ans_receipt *r, const uint8_t key[32], uint8_t out[32]) {
  packer p = {.size = 0};
  const bool limited = r->outcome.law_limited || r->outcome.facts_limited; /* the odd ones say: all law and all facts known */
  const bool slices = r->form == ANS_RECEIPT_SLICES;
  pack_text(&p, slices ? limited ? "anspruch-receipt/2" : "anspruch-receipt/1" : limited ? "anspruch-receipt/4" : "anspruch-receipt/3");
  pack_bytes(&p, r->package_sha, 32);
  pack_u64(&p, r->semantics_version);
  pack_bytes(&p, r->facts_sha, 32);
  pack_text(&p, r->benefit);
  pack_text(&p, r->claim_key);
  pack_u64(&p, (uint64_t)(int64_t)r->period);
  pack_u64(&p, r->outcome.merits);
  pack_u64(&p, r->outcome.procedure);
  pack_u64(&p, r->outcome.action);
  pack_u64(&p, r->outcome.reasons);
  pack_scalar(&p, r->outcome.entitled);
  pack_scalar(&p, r->outcome.amount);
  pack_scalar(&p, r->outcome.payout);
  pack_u64(&p, (uint64_t)r->previous_cents);
  pack_bytes(&p, r->trace_sha, 32);
  if (limited) {
    pack_u64(&p, (uint64_t)(int64_t)(r->outcome.law_limited ? r->outcome.law_known : ANS_DAY_MAX));
    pack_u64(&p, (uint64_t)(int64_t)(r->outcome.facts_limited ? r->outcome.facts_known : ANS_DAY_MAX));
  }
  crypto_auth_hmacsha256(out, p.bytes, p.size, key);
}

static void node_hash(const uint8_t left[32], const uint8_t right[32], uint8_t out[32]) {
  unsigned char b[65] = {0x01};
  memcpy(b + 1, left, 32);
  memcpy(b + 33, right, 32);
  ans_sha256_once(b, sizeof b, out);
}

void ans_merkle_init(ans_merkle *m) { memset(m, 0, sizeof *m); }

void ans_merkle_add(ans_merkle *m, const uint8_t leaf[32]) {
  unsigned char b[33] = {0x00};
  uint8_t h[32];
  memcpy(b + 1, leaf, 32);
  ans_sha256_once(b, sizeof b, h);
  unsigned level = 0;
  for (uint64_t n = m->count; n & 1; n >>= 1, level++) node_hash(m->stack[level], h, h);
  memcpy(m->stack[level], h, 32);
  m->count++;
}

void ans_merkle_root(const ans_merkle *m, uint8_t out[32]) {
  bool have = false;
  ans_sha256_once("", 0, out); /* the empty tree's root, as in RFC 6962 */
  for (unsigned level = 0; level < 64; level++) {
    if (!(m->count >> level & 1)) continue;
    if (have) node_hash(m->stack[level], out, out);
    else memcpy(out, m->stack[level], 32);
    have = true;
  }
}

void ans_run_seal_init(ans_run_seal *seal) {
  memset(seal, 0, sizeof *seal);
  ans_merkle_init(&seal->tree);
}

void ans_run_seal_add(ans_run_seal *seal, const ans_sealed_decision *d) {
  packer p = {.size = 0};
  pack_bytes(&p, seal->chain, 32);
  pack_u64(&p, (uint64_t)d->claim);
  pack_u64(&p, (uint64_t)(int64_t)d->period);
  pack_u64(&p, d->merits);
  pack_u64(&p, d->procedure);
  pack_u64(&p, d->action);
  pack_u64(&p, (uint64_t)d->amount_cents);
  pack_u64(&p, (uint64_t)d->payout_cents);
  pack_u64(&p, (uint64_t)d->previous_cents);
  pack_u64(&p, d->leaf ? 1 : 0);
  ans_sha256_once(p.bytes, p.size, seal->chain);
  seal->decisions++;
  if (d->leaf) ans_merkle_add(&seal->tree, d->leaf);
}

void ans_run_head(const uint8_t previous[32], const ans_run_seal *seal, const ans_run_subject *run, uint8_t out[32]) {
  packer p = {.size = 0};
  uint8_t root[32];
  const bool limited = run->law_known != ANS_DAY_MAX || run->facts_known != ANS_DAY_MAX;
  ans_merkle_root(&seal->tree, root);
  pack_text(&p, limited ? "anspruch-head/2" : "anspruch-head/1");
  pack_bytes(&p, previous, 32);
  pack_bytes(&p, root, 32);
  pack_u64(&p, seal->tree.count);
  pack_bytes(&p, seal->chain, 32);
  pack_u64(&p, seal->decisions);
  pack_bytes(&p, run->package_sha, 32);
  pack_u64(&p, (uint64_t)(int64_t)run->first_period);
  pack_u64(&p, (uint64_t)(int64_t)run->last_period);
  pack_u64(&p, (uint64_t)run->started_at);
  if (limited) {
    pack_u64(&p, (uint64_t)(int64_t)run->law_known);
    pack_u64(&p, (uint64_t)(int64_t)run->facts_known);
  }
  ans_sha256_once(p.bytes, p.size, out);
}
