/* Entry point: parse, dispatch, exit code. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include "cli.h"

int main(int argc, char **argv) {
  static int (*const handlers[CMD_COUNT])(const cli_args *) = {
#define X(id, fn) [CMD_##id] = fn,
      CLI_HANDLERS(X)
#undef X
  };
  static cli_args args;
  int code;
  setlocale(LC_CTYPE, "C.UTF-8"); /* never the numeric or collation part: output is the same everywhere */
  if (!cli_parse(&args, argc, argv, &code)) return code;
  if (args.command == CMD_FETCH) signal(SIGPIPE, SIG_IGN); /* a closed connection is an error of the request, not the end of the program */
  code = handlers[args.command](&args);
  if (fflush(stdout) != 0 || ferror(stdout)) {
    fputs("anspruch: E-IO-WRITE: stdout\n", stderr);
    return code ? code : ANS_IO;
  }
  return code;
}
