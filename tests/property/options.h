/* Options of the runners: `--count N`, `--seed S` and their like. */
#ifndef ANS_TESTS_OPTIONS_H
#define ANS_TESTS_OPTIONS_H
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline uint64_t number_option(int argc, char **argv, const char *name, uint64_t otherwise) {
  for (int i = 1; i + 1 < argc; i++)
    if (strcmp(argv[i], name) == 0) return strtoull(argv[i + 1], NULL, 10);
  return otherwise;
}
#endif
