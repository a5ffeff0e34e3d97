/* Entry point: parse, dispatch, exit code. */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "cli.h"
#include "store/store.h"

/* Output that never arrived is a failure even when everything before it went well. */
static int close_output(const cli_args *a, int code) {
  ans_error err = {0};
  errno = 0;
  bool failed = ferror(stdout) != 0;
  if (fflush(stdout) == 0 && !failed) return code;
  ans_status st = ans_error_set(&err, ANS_IO, "E-CLI-OUTPUT", "stdout", strerrordesc_np(errno ? errno : EIO), NULL);
  int printed = cli_fail(a, st, &err);
  return code ? code : printed;
}

int main(int argc, char **argv) {
  static int (*const handlers[CMD_COUNT])(const cli_args *) = {
#define X(id, fn) [CMD_##id] = fn,
      CLI_HANDLERS(X)
#undef X
  };
  static cli_args args;
  int code;
  setlocale(LC_CTYPE, "C.UTF-8"); /* never the numeric or collation part: output is the same everywhere */
  if (!cli_parse(&args, argc, argv, &code)) return close_output(&args, code);
  ans_store_own_process();
  if (args.command == CMD_FETCH || args.command == CMD_SERVE || args.command == CMD_EVENTS) signal(SIGPIPE, SIG_IGN); /* a closed connection is an error of the request, not the end of the program */
  return close_output(&args, handlers[args.command](&args));
}
