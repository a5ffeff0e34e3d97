/* The exchange layer's client alone: REST requests through transport, log and checks against whatever listens at a URL, as the fetch sends them (chunks of 512, each logged before it leaves), but
 * without adapters and without storing answers. Prints one JSON object: requests a second, latency, processor time and memory. Driven by tools/bench/exchange.
 *   exchange_client URL STORE PARALLEL REQUESTS */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "exchange/internal.h"

enum { BUCKETS = 4096, BUCKET_US = 25, POINTS = 10 };

typedef struct bench { unsigned latency[BUCKETS]; int64_t done, failed; long resident[POINTS + 1]; unsigned points; } bench;

static int64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t processor_us(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (int64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

static long resident_kib(void) {
  long size = 0, resident = 0;
  FILE *f = fopen("/proc/self/statm", "r");
  if (!f || fscanf(f, "%ld %ld", &size, &resident) != 2) resident = 0;
  if (f) fclose(f);
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

/* Upper edge of the bucket below which this share of the requests lies. */
static unsigned quantile(const bench *b, unsigned permille) {
  int64_t seen = 0, wanted = (b->done * permille + 999) / 1000;
  for (unsigned i = 0; i < BUCKETS; i++) {
    seen += b->latency[i];
    if (seen >= wanted) return (i + 1) * BUCKET_US;
  }
  return BUCKETS * BUCKET_US;
}

static bool chunk(exchange__transport *t, const exchange__register *reg, exchange__request *requests, size_t n, bench *b, ans_error *err) {
  for (size_t i = 0; i < n; i++) {
    requests[i] = (exchange__request){.reg = reg, .idnr_used = true, .case_id = "BENCH", .fields = "Person.Geburtsdatum"};
    snprintf(requests[i].subject_key, sizeof requests[i].subject_key, "%011u", (unsigned)(b->done + (int64_t)i) % 1000000000u);
    snprintf(requests[i].suffix, sizeof requests[i].suffix, "/%s", requests[i].subject_key);
  }
  bool ok = exchange__transport_run(t, requests, n, err) == ANS_OK;
  for (size_t i = 0; i < n; i++) {
    int64_t bucket = requests[i].elapsed_us / BUCKET_US;
    b->latency[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
    b->failed += requests[i].outcome != ANS_X_OK;
    exchange__request_dispose(&requests[i]);
  }
  b->done += (int64_t)n;
  return ok;
}

int main(int argc, char **argv) {
  static exchange__request requests[EXCHANGE_CHUNK];
  static bench b;
  if (argc != 5) {
    fprintf(stderr, "usage: exchange_client URL STORE PARALLEL REQUESTS\n");
    return 2;
  }
  ans_error err = {0};
  ans_store *s = NULL;
  exchange__transport *t = NULL;
  exchange__register reg = {.register_name = (char[]){"residents"}, .service_id = (char[]){"TH/GOV/MELDE/residents/person"}, .source = (char[]){"Melderegister"}, .legal_basis = (char[]){"§ 68 Abs. 4 EStG"}, .purpose = (char[]){"Messung"}};
  ans_xroad_config config = {.server_url = argv[1], .client_id = (char[]){"TH/GOV/FAMKA/anspruch"}, .connect_timeout_ms = 5000, .total_timeout_ms = 100000, .max_body = 1 << 20, .parallel = (unsigned)strtoul(argv[3], NULL, 10), .max_attempts = 1, .backoff_ms = 250, .registers = &reg, .register_count = 1};
  int64_t total = strtoll(argv[4], NULL, 10);
  bool ok = config.parallel > 0 && config.parallel <= 256 && total > 0 && ans_store_open(argv[2], ANS_STORE_CREATE, &s, &err) == ANS_OK && exchange__transport_new(&config, s, &t, &err) == ANS_OK;
  int64_t wall = now_us(), processor = processor_us();
  while (ok && b.done < total) {
    int64_t n = total - b.done < EXCHANGE_CHUNK ? total - b.done : EXCHANGE_CHUNK;
    ok = chunk(t, &reg, requests, (size_t)n, &b, &err);
    while (b.points < POINTS && b.done * POINTS >= total * (int64_t)(b.points + 1)) b.resident[b.points++] = resident_kib();
  }
  wall = now_us() - wall;
  processor = processor_us() - processor;
  exchange__transport_free(t);
  ans_store_close(s);
  if (!ok) {
    char text[1024];
    fprintf(stderr, "%s\n", ans_error_render(&err, ANS_LANG_EN, text, sizeof text));
    return 1;
  }
  printf("{\"requests\":%" PRId64 ",\"failed\":%" PRId64 ",\"per_second\":%.0f,\"p50_us\":%u,\"p99_us\":%u,\"cpu_us\":%.1f,\"resident_kib\":[", b.done, b.failed, (double)b.done * 1e6 / (double)wall, quantile(&b, 500), quantile(&b, 990),
         (double)processor / (double)b.done);
  for (unsigned i = 0; i < b.points; i++) printf("%s%ld", i ? "," : "", b.resident[i]);
  printf("]}\n");
  return 0;
}
