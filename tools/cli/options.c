/* Owns: the command line's table and everything made from it (parser, help, man page, completions). One table, so that they cannot disagree. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli.h"
#include "exec/vm.h"

typedef struct option_row { const char *name; int letter; const char *argument, *de, *en; } option_row;
static const option_row option_rows[OPT_COUNT] = {
#define OPT(id, name, letter, argument, de, en) {name, letter, argument, de, en},
#include "options.def"
#undef OPT
};
enum { COMMAND_OPTIONS = 20 };
typedef struct command_row { const char *name, *positionals; int min, max; const char *de, *en, *example; int options[COMMAND_OPTIONS]; int option_count; } command_row;
#define COUNT_OPTIONS(...) (int)(sizeof((int[]){__VA_ARGS__}) / sizeof(int))
static const command_row command_rows[CMD_COUNT] = {
#define CMD(id, name, positionals, min, max, de, en, example, ...) {name, positionals, min, max, de, en, example, {__VA_ARGS__}, COUNT_OPTIONS(__VA_ARGS__)},
#include "commands.def"
#undef CMD
};

static const char *pick(const cli_args *a, const char *de, const char *en) { return a->lang == ANS_LANG_EN ? en : de; }

static bool accepts(const command_row *c, int option) {
  if (option == OPT_HELP || option == OPT_LANG) return true;
  for (int i = 0; i < c->option_count; i++)
    if (c->options[i] == option) return true;
  return false;
}

static void print_option(const cli_args *a, int id) {
  const option_row *o = &option_rows[id];
  char left[80];
  snprintf(left, sizeof left, "%c%c%s --%s%s%s", o->letter ? '-' : ' ', o->letter ? o->letter : ' ', o->letter ? "," : " ", o->name, o->argument ? " " : "", o->argument ? o->argument : "");
  printf("  %-36s %s\n", left, pick(a, o->de, o->en));
}

void cli_print_help(const cli_args *a, int command) {
  if (command < 0) {
    printf("anspruch – %s\n\n%s: anspruch %s [%s]\n\n", pick(a, "Regeln des Leistungsrechts prüfen, ausführen und erläutern", "check, run and explain benefit law as rules"),
           pick(a, "Aufruf", "Usage"), pick(a, "BEFEHL", "COMMAND"), pick(a, "Optionen", "options"));
    for (int i = 0; i < CMD_COUNT; i++) printf("  %-10s %s\n", command_rows[i].name, pick(a, command_rows[i].de, command_rows[i].en));
    printf("\n%s\n", pick(a, "„anspruch BEFEHL --help“ zeigt Optionen und ein Beispiel. „--version“ nennt die Version.", "'anspruch COMMAND --help' shows options and an example. '--version' prints the version."));
    printf("%s\n", pick(a, "Rückgabewerte: 0 Erfolg, 1 Nein (Prüfung fehlgeschlagen), 2 Aufruf, 3 Regeltext, 4 Paket, 5 Eingabe, 6 Abruf, 7 Datenbank, 8 Bremse, 9 Grenze, 10 Speicher, 11 Datei, 12 innerer Fehler",
                               "Exit codes: 0 success, 1 no (check failed), 2 usage, 3 rule text, 4 package, 5 input, 6 exchange, 7 store, 8 brake, 9 limit, 10 memory, 11 file, 12 internal"));
    return;
  }
  const command_row *c = &command_rows[command];
  printf("anspruch %s %s\n  %s\n\n", c->name, c->positionals, pick(a, c->de, c->en));
  for (int i = 0; i < c->option_count; i++)
    if (c->options[i] != OPT_NONE) print_option(a, c->options[i]);
  print_option(a, OPT_LANG);
  print_option(a, OPT_HELP);
  printf("\n%s:\n  %s\n", pick(a, "Beispiel", "Example"), c->example);
}

static void man_text(const char *s) { /* hyphens, leading dots and backslashes are markup in troff */
  for (; *s; s++) {
    if (*s == '-') fputs("\\-", stdout);
    else if (*s == '\\') fputs("\\e", stdout);
    else putchar(*s);
  }
}

void cli_print_man(void) {
  printf(".TH ANSPRUCH 1 \"\" \"anspruch %s\" \"Anspruch\"\n.SH NAME\nanspruch \\- law as code: check, run and explain benefit rules\n.SH SYNOPSIS\n.B anspruch\n.I COMMAND\n[options]\n.SH COMMANDS\n", ANS_VERSION);
  for (int i = 0; i < CMD_COUNT; i++) {
    const command_row *c = &command_rows[i];
    printf(".SS \"anspruch %s %s\"\n", c->name, c->positionals);
    man_text(c->en);
    printf(".\n");
    for (int k = 0; k < c->option_count; k++) {
      if (c->options[k] == OPT_NONE) continue;
      const option_row *o = &option_rows[c->options[k]];
      printf(".TP\n.B ");
      if (o->letter) printf("\\-%c, ", o->letter);
      printf("\\-\\-");
      man_text(o->name);
      if (o->argument) printf(" \\fI%s\\fR", o->argument);
      printf("\n");
      man_text(o->en);
      printf("\n");
    }
    printf(".PP\nExample:\n.nf\n");
    man_text(c->example);
    printf("\n.fi\n");
  }
  printf(".SH EXIT STATUS\n");
#define X(n, code, text) printf(".TP\n%d\n%s\n", code, text);
  ANS_STATUS_LIST(X)
#undef X
  printf(".SH ENVIRONMENT\nLANG, LC_ALL, LC_MESSAGES (language: German unless English), NO_COLOR.\n");
}

void cli_print_completion(const char *shell) {
  bool zsh = !strcmp(shell, "zsh");
  if (zsh) printf("#compdef anspruch\nautoload -U +X bashcompinit && bashcompinit\n");
  printf("_anspruch() {\n  local cur=${COMP_WORDS[COMP_CWORD]} cmd=${COMP_WORDS[1]}\n  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    COMPREPLY=($(compgen -W \"");
  for (int i = 0; i < CMD_COUNT; i++) printf("%s%s", i ? " " : "", command_rows[i].name);
  printf("\" -- \"$cur\"))\n    return\n  fi\n  case \"$cmd\" in\n");
  for (int i = 0; i < CMD_COUNT; i++) {
    printf("    %s) [ \"${cur#-}\" != \"$cur\" ] && COMPREPLY=($(compgen -W \"--help --lang", command_rows[i].name);
    for (int k = 0; k < command_rows[i].option_count; k++)
      if (command_rows[i].options[k] != OPT_NONE) printf(" --%s", option_rows[command_rows[i].options[k]].name);
    printf("\" -- \"$cur\")) && return ;;\n");
  }
  printf("  esac\n  COMPREPLY=($(compgen -f -- \"$cur\"))\n}\ncomplete -o filenames -F _anspruch anspruch\n");
}

static ans_lang environment_lang(void) {
  static const char *const names[] = {"ANSPRUCH_LANG", "LC_ALL", "LC_MESSAGES", "LANG"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const char *v = getenv(names[i]);
    if (v && *v) return !strncmp(v, "en", 2) ? ANS_LANG_EN : ANS_LANG_DE;
  }
  return ANS_LANG_DE;
}

static int usage(const cli_args *a, const char *what, const char *detail) {
  fprintf(stderr, "anspruch: %s%s%s. %s\n", what, detail ? ": " : "", detail ? detail : "", pick(a, "„anspruch --help“ zeigt die Befehle.", "'anspruch --help' lists the commands."));
  return ANS_USAGE;
}

static int find_command(const char *name) {
  for (int i = 0; i < CMD_COUNT; i++)
    if (!strcmp(command_rows[i].name, name)) return i;
  return -1;
}

/* An option this command does not have: the nearest of those it has, if one is near. */
static int unknown_option(const cli_args *a, int command, const char *given) {
  const char *names[OPT_COUNT], *near = NULL;
  const command_row *c = &command_rows[command];
  size_t n = 0;
  char name[64];
  for (int i = 0; i < OPT_COUNT; i++)
    if (accepts(c, i)) names[n++] = option_rows[i].name;
  if (!strncmp(given, "--", 2)) {
    snprintf(name, sizeof name, "%.*s", (int)strcspn(given + 2, "="), given + 2);
    near = ans_nearest_name(name, names, n);
  }
  if (near) fprintf(stderr, "anspruch: %s --%s?\n", pick(a, "meinten Sie", "did you mean"), near);
  fprintf(stderr, "anspruch: %s: %s. %s: anspruch %s --help\n", pick(a, "Option nicht bekannt für diesen Befehl", "option not known to this command"), given,
          pick(a, "Seine Optionen zeigt", "Its options are shown by"), c->name);
  return ANS_USAGE;
}

static int suggest(const cli_args *a, const char *name) {
  const char *names[CMD_COUNT], *near;
  for (int i = 0; i < CMD_COUNT; i++) names[i] = command_rows[i].name;
  near = ans_nearest_name(name, names, CMD_COUNT);
  if (near) fprintf(stderr, "anspruch: %s „%s“?\n", pick(a, "meinten Sie", "did you mean"), near);
  return usage(a, pick(a, "unbekannter Befehl", "unknown command"), name);
}

static bool set_option(cli_args *a, int id, int *exit_code) {
  const char *v = optarg ? optarg : "";
  a->value[id] = v;
  if (a->repeat_count[id] == CLI_REPEAT_MAX) {
    *exit_code = usage(a, pick(a, "Option zu oft angegeben", "option given too often"), option_rows[id].name);
    return false;
  }
  a->repeated[id][a->repeat_count[id]++] = v;
  if (id == OPT_LANG) {
    if (strcmp(v, "de") && strcmp(v, "en")) {
      *exit_code = usage(a, pick(a, "unbekannte Sprache", "unknown language"), v);
      return false;
    }
    a->lang = !strcmp(v, "en") ? ANS_LANG_EN : ANS_LANG_DE;
  }
  return true;
}

static void init(cli_args *a) {
  memset(a, 0, sizeof *a);
  a->lang = environment_lang();
  const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
  bool plain = (no && *no) || !term || !strcmp(term, "dumb");
  a->color_out = !plain && isatty(STDOUT_FILENO);
  a->color_err = !plain && isatty(STDERR_FILENO);
}

static bool meta_option(const cli_args *a, int argc, char **argv) {
  const char *w = argv[1];
  if (!strcmp(w, "--help") || !strcmp(w, "-h") || !strcmp(w, "help")) {
    int c = argc > 2 ? find_command(argv[2]) : -1;
    cli_print_help(a, c);
  } else if (!strcmp(w, "--version")) {
    const char *isa = ans_vm_isa();
    printf("anspruch %s (semantics %u, package format %u)\n", ANS_VERSION, ANS_SEMANTICS_VERSION, ANS_PACKAGE_FORMAT_VERSION);
    printf("%s: %s\n", pick(a, "Vektormaschine", "vector machine"), isa ? isa : pick(a, "ANSPRUCH_ISA nennt keinen Befehlssatz dieses Prozessors", "ANSPRUCH_ISA names no instruction set of this processor"));
  } else if (!strcmp(w, "--man")) {
    cli_print_man();
  } else if (!strcmp(w, "--completion") && argc > 2 && (!strcmp(argv[2], "bash") || !strcmp(argv[2], "zsh"))) {
    cli_print_completion(argv[2]);
  } else {
    return false;
  }
  return true;
}

bool cli_parse(cli_args *a, int argc, char **argv, int *exit_code) {
  struct option longs[OPT_COUNT + 1] = {0};
  char shorts[3 * OPT_COUNT + 2] = ":";
  init(a);
  *exit_code = ANS_OK;
  if (argc < 2) {
    cli_print_help(a, -1);
    *exit_code = ANS_USAGE;
    return false;
  }
  /* the language may also stand before the command: anspruch --lang en check … */
  if (!strcmp(argv[1], "--lang") && argc > 3 && (!strcmp(argv[2], "de") || !strcmp(argv[2], "en"))) {
    a->lang = !strcmp(argv[2], "en") ? ANS_LANG_EN : ANS_LANG_DE;
    argv += 2;
    argc -= 2;
  }
  if (meta_option(a, argc, argv)) return false;
  int command = find_command(argv[1]);
  if (command < 0) {
    *exit_code = suggest(a, argv[1]);
    return false;
  }
  a->command = (cli_command_id)command;
  for (int i = 0, n = 0; i < OPT_COUNT; i++) {
    /* only this command's: one word may be two options, with and without a value */
    if (accepts(&command_rows[command], i)) longs[n++] = (struct option){option_rows[i].name, option_rows[i].argument ? required_argument : no_argument, NULL, 1000 + i};
    char s[3] = {(char)option_rows[i].letter, option_rows[i].argument ? ':' : 0, 0};
    if (option_rows[i].letter) strcat(shorts, s);
  }
  opterr = 0;
  optind = 2;
  for (int c; (c = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
    int id = c >= 1000 ? c - 1000 : -1;
    for (int i = 0; id < 0 && c != '?' && c != ':' && i < OPT_COUNT; i++)
      if (option_rows[i].letter == c) id = i;
    if (id < 0 || !accepts(&command_rows[command], id)) {
      *exit_code = c == ':' ? usage(a, pick(a, "der Option fehlt ihr Wert", "the option lacks its value"), argv[optind - 1]) : unknown_option(a, command, argv[optind - 1]);
      return false;
    }
    if (!set_option(a, id, exit_code)) return false;
  }
  if (a->value[OPT_HELP]) {
    cli_print_help(a, command);
    return false;
  }
  a->positional = argv + optind;
  a->positional_count = argc - optind;
  if (a->positional_count < command_rows[command].min || a->positional_count > command_rows[command].max) {
    fprintf(stderr, "anspruch %s %s\n", command_rows[command].name, command_rows[command].positionals);
    *exit_code = usage(a, pick(a, "falsche Zahl von Argumenten", "wrong number of arguments"), NULL);
    return false;
  }
  return true;
}
