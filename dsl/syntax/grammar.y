/* Grammar of the rule language (docs/language.md), LALR(1), no conflicts. Input is the classified token array, so context that needs
 * more than one token of lookahead (sections at line start, law names, letters after "Buchst.") was settled before (tokens.c).
 *
 * Error recovery: a list of rows (items, members, benefit lines, test lines, parameter rows) has an `error` row. Its action moves
 * the token cursor to the next row of the same list itself (syn__recover), drops the lookahead and ends the error state, so that every
 * independent mistake gives one message. A block whose `ende` is missing is closed by an invented `ende` of width zero. */
%require "3.8"
%define api.pure full
%define api.prefix {syn__}
%define api.token.prefix {SYN_}
%define api.token.raw
%define api.location.type {struct syn__span}
%define parse.error custom
%define parse.lac full
%locations
%parse-param {struct syn__ctx *ctx}
%lex-param {struct syn__ctx *ctx}

%code requires {
#include "syntax/internal.h"
}
%code {
static int syn__lex(union SYN__STYPE *value, struct syn__span *span, struct syn__ctx *ctx);
static void syn__error(struct syn__span *span, struct syn__ctx *ctx, const char *message);
#define YYLLOC_DEFAULT(Cur, Rhs, N)                                                       \
  do {                                                                                    \
    if (N) {                                                                              \
      (Cur).first = YYRHSLOC(Rhs, 1).first;                                               \
      (Cur).end = YYRHSLOC(Rhs, N).end;                                                   \
    } else {                                                                              \
      (Cur).first = (Cur).end = YYRHSLOC(Rhs, 0).end;                                     \
    }                                                                                     \
  } while (0)
#define NODE(kind, span, flags, ...) syn__node(ctx, ANS_SYN_##kind, span, flags, (ans_syn *[]){__VA_ARGS__}, sizeof((ans_syn *[]){__VA_ARGS__}) / sizeof(ans_syn *), NULL)
#define NODE_LIST(kind, span, flags, list, ...) syn__node(ctx, ANS_SYN_##kind, span, flags, (ans_syn *[]){__VA_ARGS__}, sizeof((ans_syn *[]){__VA_ARGS__}) / sizeof(ans_syn *), list)
#define LEAF(kind, span) syn__node(ctx, ANS_SYN_##kind, span, 0, NULL, 0, NULL)
#define LIST(span, list) syn__node(ctx, ANS_SYN_LIST, span, 0, NULL, 0, list)
/* yyloc is @$: the location of `error` reaches over the token that was not understood, which may be the first of what follows. */
#define RECOVER(block, span)  \
  do {                       \
    syn__recover(ctx, block, (span).first); \
    yyloc.end = ctx->next;   \
    yyclearin;               \
    yyerrok;                 \
  } while (0)
#define SKIPPED(span) syn__error_node(ctx, (struct syn__span){(span).first, ctx->next})
}

%union {
  ans_syn *node;
  struct syn__list *list;
  uint32_t flags;
}

%token END 0
%token IDENT LAW STRING INT DECIMAL MONEYNUM DATE MONTH ORDINAL CITNUM CITLETTERS VERSION PACKAGE_NAME
%token BREAK /* never in a file: see syn__reread */
%token SECTION_HEAD CITE_HEAD ABS NR BUCHST DOPPELBUCHST
%token COLON ":" SEMICOLON ";" COMMA "," DOT "." LPAREN "(" RPAREN ")" ARROW "->" SLASH "/" STAR "*" PLUS "+" MINUS "-"
%token EQ "=" NE "<>" LT "<" LE "<=" GT ">" GE ">=" PERCENTSIGN "%" EURO
%token PAKET VERSION_WORD TITEL ZEITRAUM VON BIS NORM DOKNR STAND UNGEPRUEFT QUELLE AUSWAHL EINHEIT AUCH ENDE ANGABE VERWEIS
%token BEURTEILUNG ERMESSEN BEURTEILUNG_ITEM ERMESSEN_ITEM IM_ZEITVERLAUF VOR NACH WAHRHEITSWERT ZAHL DEZIMAL GELD DATUM MONATSZAHL
%token JAHRE MONATE TAGE STUNDEN JE_TAG JE_WOCHE JE_MONAT JE_JAHR JE_HALBJAHR JE ANLAGE SATZ HALBSATZ HILFSDEFINITION ERGEBNIS SONST PARAMETER
%token AB VERKUENDET JEDE REGEL IST WENN AUSNAHME FUER NICHT_ABGEBILDET ABGEBILDET GUELTIG BEGRUENDUNG ANDERNFALLS LEISTUNG ANSPRUCH BETRAG
%token AUSZAHLUNG EMPFAENGER REGIME ANTRAG NUR_AUSKUNFT ODER UND NICHT IN GILT_ALS HAT DAS LEBENSJAHR VOLLENDET NOCH_NICHT_VOLLENDET
%token ZU_BEGINN ZU_BEGINN_ZEITRAUM AM_TAG AM FALLS DANN MONAT TAG MONATSBEGINN MONATSENDE ZEITRAUMBEGINN ZEITRAUMENDE
%token IM_JAHR IM_HALBJAHR AN_EINEM_TAG AN_JEDEM_TAG TAGE_MIT AN_EINEM_TAG_ZEITRAUM AN_JEDEM_TAG_ZEITRAUM TAGE_MIT_ZEITRAUM ANZAHL_DER SUMME
%token HOECHSTWERT MINDESTWERT DER ES_GIBT_EINE ERFUELLT RANG_NACH UEBER MIT WAHR FALSCH GRUNDFALL PRUEFFALL WIE UNBEKANNT ENTFAELLT
%token ERWARTE IM OFFEN FEHLER WIDERSPRUCH FEHLT KAUFMAENNISCH AUF GEKUERZT VERLAENGERT STRENG CENT VOLLE_EURO ZEHN_CENT ANGENOMMEN GILT
%token TEXT LISTE_VON ENTSPRICHT ENTHAELT
%token NUTZT ALS ERGAENZT MINDESTENS HOECHSTENS

%type <node> item package use use_item norm enum unit member section result param param_row rule exception human statement scope kw_statement benefit benefit_line basecase testcase
%type <node> ident string date month type result_type list_type plain_type measured_type per opt_per measure opt_string opt_doknr opt_stand
%type <node> citation opt_law citepart opt_von citnum opt_nach row_source opt_sonst opt_bis opt_promulgated opt_ab path opt_validity opt_ist
%type <node> opt_wenn opt_reason opt_reason_not opt_wie cell range opt_bounds value literal number kw_member kw_human keyword
%type <node> expr or and not cmp sum term factor postfix primary argument when quantity param_key assign_value expect expect_value period_to in_period period period_kind half_year year
%type <node> alias_list key_list citations missing mode
%type <list> scopes uses use_items items aliases members sources opt_sources citeparts citnums keys param_rows cells ranges arguments exprs benefit_lines
%type <node> assumption
%type <list> assumptions citation_list paths segments assign_values enum_values list_values
%type <flags> opt_unchecked opt_timeline opt_aux completion

%initial-action { @$.first = @$.end = 0; }

%%

file
  : items                         { ctx->items = $1; }
  ;
items
  : %empty                        { $$ = syn__list_new(ctx); }
  | items item                    { $$ = syn__list_add(ctx, $1, syn__item(ctx, $1, $2)); }
  | items error                   { RECOVER(SYN__BLOCK_FILE, @2);
                                    if (syn__reread(ctx, @2.first)) { $$ = $1; yyloc.end = @2.first; }
                                    else $$ = syn__list_add(ctx, $1, SKIPPED(@2)); }
  | items BREAK                   { $$ = syn__list_add(ctx, $1, syn__skipped(ctx, @2)); }
  ;
item
  : package | norm | enum | unit | section | result | param | rule | exception | human | statement | benefit | basecase | testcase
  ;

/* --- declarations ----------------------------------------------------------------------------------------------------- */
package
  : PAKET PACKAGE_NAME VERSION_WORD VERSION TITEL string ZEITRAUM period_kind VON period BIS period uses
      { $$ = NODE_LIST(PACKAGE, @$, 0, $13, LEAF(IDENT, @2), LEAF(NUMBER, @4), $6, $10, $12, $8); }
  ;
uses
  : %empty                        { $$ = syn__list_new(ctx); }
  | uses use                      { $$ = syn__list_add(ctx, $1, $2); }
  ;
use
  : NUTZT PACKAGE_NAME VERSION_WORD VERSION COLON use_items
      { $$ = NODE_LIST(USE, @$, 0, $6, LEAF(IDENT, @2), LEAF(NUMBER, @4)); }
  ;
use_items
  : use_item                      { $$ = syn__list_one(ctx, $1); }
  | use_items SEMICOLON use_item  { $$ = syn__list_add(ctx, $1, $3); }
  ;
use_item
  : path                          { $$ = NODE(USE_ITEM, @$, 0, $1, NULL); }
  | path ALS ident                { $$ = NODE(USE_ITEM, @$, 0, $1, $3); }
  ;
period_kind
  : %empty                        { $$ = NULL; }
  | JE_MONAT                      { $$ = LEAF(KEYWORD, @1); }
  | JE_TAG                        { $$ = LEAF(KEYWORD, @1); }
  | JE_HALBJAHR                   { $$ = LEAF(KEYWORD, @1); }
  | JE_JAHR                       { $$ = LEAF(KEYWORD, @1); }
  ;
period : month | date | half_year | year ;
half_year : INT SLASH INT { $$ = NODE(HALF_YEAR, @$, 0, LEAF(INT, @1), LEAF(INT, @3)); } ;
year : INT { $$ = LEAF(INT, @1); } ;
norm
  : NORM ident string opt_doknr opt_stand opt_unchecked { $$ = NODE(NORM, @$, $6, $2, $3, $4, $5); }
  ;
opt_doknr : %empty { $$ = NULL; } | DOKNR ident { $$ = $2; } ;
opt_stand : %empty { $$ = NULL; } | STAND date { $$ = $2; } ;
opt_unchecked : %empty { $$ = 0; } | UNGEPRUEFT { $$ = ANS_SYNF_UNCHECKED; } ;
enum
  : AUSWAHL ident EQ enum_values  { $$ = NODE_LIST(ENUM, @$, 0, $4, $2); }
  ;
enum_values
  : ident                         { $$ = syn__list_one(ctx, $1); }
  | enum_values SEMICOLON ident   { $$ = syn__list_add(ctx, $1, $3); }
  ;
unit
  : EINHEIT ident alias_list opt_string members ENDE { $$ = NODE(UNIT, @$, 0, $2, $4, $3, LIST(@5, $5)); }
  | EINHEIT ident ERGAENZT members ENDE { $$ = NODE(UNIT, @$, ANS_SYNF_MORE, $2, NULL, LIST(@3, NULL), LIST(@4, $4)); }
  | EINHEIT unit_error members ENDE { $$ = syn__broken_unit(ctx, @$, $3, @3); }
  ;
unit_error : error { RECOVER(SYN__BLOCK_UNIT, @1); } ;
alias_list
  : %empty                        { $$ = LIST(@$, NULL); }
  | AUCH aliases                  { $$ = LIST(@2, $2); }
  ;
aliases
  : ident                         { $$ = syn__list_one(ctx, $1); }
  | aliases SEMICOLON ident       { $$ = syn__list_add(ctx, $1, $3); }
  ;
members
  : %empty                        { $$ = syn__list_new(ctx); }
  | members member                { $$ = syn__list_add(ctx, $1, $2); }
  | members error                 { RECOVER(SYN__BLOCK_UNIT, @2); $$ = syn__list_add(ctx, $1, SKIPPED(@2)); }
  ;
member
  : kw_member ident COLON type opt_bounds opt_timeline opt_string opt_sources opt_nach
      { $$ = $5 ? NODE(MEMBER, @$, $6, $1, $2, $4, $7, LIST(@8, $8), $9, $5) : NODE(MEMBER, @$, $6, $1, $2, $4, $7, LIST(@8, $8), $9); }
  ;
opt_bounds
  : %empty                        { $$ = NULL; }
  | VON value BIS value           { $$ = NODE(PARAM_RANGE, @$, 0, $2, $4); }
  | MINDESTENS value              { $$ = NODE(PARAM_RANGE, @$, 0, $2, NULL); }
  | HOECHSTENS value              { $$ = NODE(PARAM_RANGE, @$, 0, NULL, $2); }
  ;
kw_member : ANGABE { $$ = LEAF(KEYWORD, @1); } | VERWEIS { $$ = LEAF(KEYWORD, @1); } | BEURTEILUNG { $$ = LEAF(KEYWORD, @1); } | ERMESSEN { $$ = LEAF(KEYWORD, @1); } ;
opt_timeline : %empty { $$ = 0; } | IM_ZEITVERLAUF { $$ = ANS_SYNF_TIMELINE; } ;
opt_string : %empty { $$ = NULL; } | string ;
opt_sources : %empty { $$ = NULL; } | QUELLE sources { $$ = $2; } ;
sources
  : IDENT                         { $$ = syn__list_one(ctx, LEAF(SOURCE, @1)); }
  | sources VOR IDENT             { $$ = syn__list_add(ctx, $1, syn__node(ctx, ANS_SYN_SOURCE, @3, ANS_SYNF_BEFORE, NULL, 0, NULL)); }
  | sources SEMICOLON IDENT       { $$ = syn__list_add(ctx, $1, LEAF(SOURCE, @3)); }
  ;
opt_nach : %empty { $$ = NULL; } | NACH citation { $$ = $2; } ;

/* --- types: "je Tag" after money or a measure is part of the type; a second one, or one after any other type, is the grain ------ */
type
  : plain_type | list_type | measured_type opt_per { $$ = syn__type_per(ctx, $1, $2, @$); }
  ;
list_type : LISTE_VON type        { $$ = NODE(TYPE, @$, 0, LEAF(KEYWORD, @1), NULL, NULL, NULL, $2); } ;
result_type
  : plain_type | list_type
  | plain_type JE_TAG             { $$ = syn__flag($1, ANS_SYNF_PER_DAY); }
  | measured_type opt_per         { $$ = syn__type_per(ctx, $1, $2, @$); }
  | measured_type per JE_TAG      { $$ = syn__flag(syn__type_per(ctx, $1, $2, (struct syn__span){@1.first, @2.end}), ANS_SYNF_PER_DAY); }
  ;
plain_type
  : WAHRHEITSWERT                 { $$ = NODE(TYPE, @$, 0, LEAF(KEYWORD, @1), NULL, NULL, NULL); }
  | DATUM                         { $$ = NODE(TYPE, @$, 0, LEAF(KEYWORD, @1), NULL, NULL, NULL); }
  | TEXT                          { $$ = NODE(TYPE, @$, 0, LEAF(KEYWORD, @1), NULL, NULL, NULL); }
  | MONATSZAHL                    { $$ = NODE(TYPE, @$, 0, LEAF(KEYWORD, @1), NULL, NULL, NULL); }
  | ident                         { $$ = NODE(TYPE, @$, 0, $1, NULL, NULL, NULL); }
  | ZAHL                          { $$ = NODE(TYPE, @$, 0, LEAF(KEYWORD, @1), NULL, NULL, NULL); }
  | DEZIMAL LPAREN INT RPAREN     { $$ = NODE(TYPE, @$, 0, LEAF(KEYWORD, @1), NODE(INT, @3, 0, LEAF(NUMBER, @3), NULL, NULL), NULL, NULL); }
  ;
measured_type
  : GELD                          { $$ = NODE(TYPE, @$, 0, LEAF(KEYWORD, @1), NULL, NULL, NULL); }
  | ZAHL measure                  { $$ = NODE(TYPE, @$, 0, LEAF(KEYWORD, @1), NULL, $2, NULL); }
  | DEZIMAL LPAREN INT RPAREN measure { $$ = NODE(TYPE, @$, 0, LEAF(KEYWORD, @1), NODE(INT, @3, 0, LEAF(NUMBER, @3), NULL, NULL), $5, NULL); }
  ;
measure : JAHRE { $$ = LEAF(KEYWORD, @1); } | MONATE { $$ = LEAF(KEYWORD, @1); } | TAGE { $$ = LEAF(KEYWORD, @1); } | STUNDEN { $$ = LEAF(KEYWORD, @1); } ;
per : JE_TAG { $$ = LEAF(KEYWORD, @1); } | JE_WOCHE { $$ = LEAF(KEYWORD, @1); } | JE_MONAT { $$ = LEAF(KEYWORD, @1); } | JE_JAHR { $$ = LEAF(KEYWORD, @1); } ;
opt_per : %empty { $$ = NULL; } | per ;

/* --- provisions --------------------------------------------------------------------------------------------------------- */
section
  : SECTION_HEAD citnum citeparts opt_law opt_unchecked
      { struct syn__span s = {@1.first, @4.end};
        $$ = NODE(SECTION, @$, $5, NODE_LIST(CITATION, s, 0, $3, $4, NODE(CITEPART, ((struct syn__span){@1.first, @2.end}), 0, LEAF(KEYWORD, @1), $2))); }
  ;
citation
  : CITE_HEAD citnum citeparts opt_law
      { $$ = NODE_LIST(CITATION, @$, 0, $3, $4, NODE(CITEPART, ((struct syn__span){@1.first, @2.end}), 0, LEAF(KEYWORD, @1), $2)); }
  ;
opt_law : %empty { $$ = NULL; } | LAW { $$ = LEAF(IDENT, @1); } ;
citeparts
  : %empty                        { $$ = syn__list_new(ctx); }
  | citeparts citepart            { $$ = syn__list_add(ctx, $1, $2); }
  ;
citepart
  : ABS citnum                    { $$ = NODE(CITEPART, @$, 0, LEAF(KEYWORD, @1), $2); }
  | SATZ citnums                  { $$ = NODE_LIST(CITEPART, @$, 0, $2, LEAF(KEYWORD, @1)); }
  | NR citnum                     { $$ = NODE(CITEPART, @$, 0, LEAF(KEYWORD, @1), $2); }
  | BUCHST CITLETTERS             { $$ = NODE(CITEPART, @$, 0, LEAF(KEYWORD, @1), LEAF(CITNUM, @2)); }
  | DOPPELBUCHST CITLETTERS       { $$ = NODE(CITEPART, @$, 0, LEAF(KEYWORD, @1), LEAF(CITNUM, @2)); }
  | HALBSATZ citnum               { $$ = NODE(CITEPART, @$, 0, LEAF(KEYWORD, @1), $2); }
  ;
citnum : CITNUM { $$ = LEAF(CITNUM, @1); } ;
citnums
  : citnum                        { $$ = syn__list_one(ctx, $1); }
  | citnums COMMA citnum          { $$ = syn__list_add(ctx, $1, $3); }
  ;

/* --- results, parameters -------------------------------------------------------------------------------------------------- */
result
  : opt_aux ERGEBNIS path COLON result_type opt_sonst opt_string
      { $$ = NODE(RESULT, @$, $1 | syn__take_flag($5, ANS_SYNF_PER_DAY), $3, $5, $6, $7); }
  ;
opt_aux : %empty { $$ = 0; } | HILFSDEFINITION { $$ = ANS_SYNF_AUXILIARY; } ;
opt_sonst : %empty { $$ = NULL; } | SONST expr { $$ = $2; } ;
param
  : opt_aux PARAMETER ident key_list COLON type opt_string param_rows { $$ = NODE_LIST(PARAM, @$, $1, $8, $3, $4, $6, $7); }
  | opt_aux PARAMETER param_error { $$ = syn__error_node(ctx, @$); }
  | opt_aux PARAMETER param_error param_rows { $$ = syn__error_node(ctx, @$); }
  ;
param_error : error { RECOVER(SYN__BLOCK_PARAM, @1); } ;
key_list
  : %empty                        { $$ = LIST(@$, NULL); }
  | LPAREN keys RPAREN            { $$ = LIST(@2, $2); }
  ;
keys
  : param_key                     { $$ = syn__list_one(ctx, $1); }
  | keys SEMICOLON param_key      { $$ = syn__list_add(ctx, $1, $3); }
  ;
param_key : ident COLON type      { $$ = NODE(PARAM_KEY, @$, 0, $1, $3); } ;
param_rows
  : param_row                     { $$ = syn__list_one(ctx, $1); }
  | param_rows param_row          { $$ = syn__list_add(ctx, $1, $2); }
  ;
param_row
  : AB date opt_bis opt_promulgated opt_unchecked COLON cells row_source { $$ = NODE_LIST(PARAM_ROW, @$, $5, $7, $2, $3, $4, $8); }
  | AB param_error                { $$ = syn__error_node(ctx, @$); }
  ;
opt_bis : %empty { $$ = NULL; } | BIS date { $$ = $2; } ;
opt_ab : %empty { $$ = NULL; } | AB date { $$ = $2; } ;
opt_promulgated : %empty { $$ = NULL; } | VERKUENDET date { $$ = $2; } ;
row_source : opt_nach | string ;
cells
  : value                         { $$ = syn__list_one(ctx, NODE(PARAM_CELL, @$, 0, $1)); }
  | cell                          { $$ = syn__list_one(ctx, $1); }
  | cells SEMICOLON cell          { $$ = syn__list_add(ctx, $1, $3); }
  ;
cell
  : ranges ARROW value            { $$ = NODE_LIST(PARAM_CELL, @$, 0, $1, $3); }
  ;
ranges
  : range                         { $$ = syn__list_one(ctx, $1); }
  | ranges SLASH range            { $$ = syn__list_add(ctx, $1, $3); }
  ;
range
  : value                         { $$ = NODE(PARAM_RANGE, @$, 0, $1, $1); }
  | value BIS value               { $$ = NODE(PARAM_RANGE, @$, 0, $1, $3); }
  | AB value                      { $$ = NODE(PARAM_RANGE, @$, 0, $2, NULL); }
  | BIS value                     { $$ = NODE(PARAM_RANGE, @$, 0, NULL, $2); }
  | JEDE                          { $$ = NODE(PARAM_RANGE, @$, 0, NULL, NULL); }
  ;
value
  : literal
  | MINUS literal                 { $$ = NODE(NEGATE, @$, 0, $2); }
  | ident
  ;

/* --- rules ---------------------------------------------------------------------------------------------------------------- */
rule
  : opt_aux REGEL path opt_validity opt_ist opt_wenn opt_reason opt_reason_not { $$ = NODE(RULE, @$, $1, $3, $4, $5, $6, $7, $8); }
  ;
exception
  : AUSNAHME FUER path VON citation opt_validity opt_ist opt_wenn opt_reason opt_reason_not
      { $$ = NODE(EXCEPTION, @$, 0, $3, $5, $6, $7, $8, $9, $10); }
  ;
human
  : kw_human FUER path opt_von opt_validity opt_wenn string opt_reason opt_reason_not
      { $$ = NODE(HUMAN, @$, 0, $1, $3, $4, $5, $6, $7, $8, $9); }
  | NICHT_ABGEBILDET FUER path opt_von opt_validity opt_wenn string
      { $$ = NODE(HUMAN, @$, 0, LEAF(KEYWORD, @1), $3, $4, $5, $6, $7, NULL, NULL); }
  ;
/* What a provision is for the rules as a whole; without a scope it speaks of the section it stands in. */
statement
  : kw_statement string           { $$ = NODE(STATEMENT, @$, 0, $1, $2); }
  | kw_statement scopes string    { $$ = NODE_LIST(STATEMENT, @$, 0, $2, $1, $3); }
  ;
kw_statement : ABGEBILDET { $$ = LEAF(KEYWORD, @1); } | NICHT_ABGEBILDET { $$ = LEAF(KEYWORD, @1); } ;
scopes
  : scope                         { $$ = syn__list_one(ctx, $1); }
  | scopes SEMICOLON scope        { $$ = syn__list_add(ctx, $1, $3); }
  ;
scope
  : citation                      { $$ = NODE(SCOPE, @$, 0, $1, NULL); }
  | citation BIS citation         { $$ = NODE(SCOPE, @$, 0, $1, $3); }
  ;
kw_human : ERMESSEN_ITEM { $$ = LEAF(KEYWORD, @1); } | BEURTEILUNG_ITEM { $$ = LEAF(KEYWORD, @1); } ;
opt_von : %empty { $$ = NULL; } | VON citation { $$ = $2; } ;
opt_validity
  : %empty                        { $$ = NULL; }
  | GUELTIG opt_ab opt_bis opt_promulgated
      { if (!$2 && !$3 && !$4) syn__complain(ctx, ANS_DIAG_SYN_VALIDITY_EMPTY, @1);
        $$ = NODE(VALIDITY, @$, 0, $2, $3, $4); }
  ;
opt_ist : %empty { $$ = NULL; } | IST expr { $$ = $2; } ;
opt_wenn : %empty { $$ = NULL; } | WENN expr { $$ = $2; } ;
opt_reason : %empty { $$ = NULL; } | BEGRUENDUNG string { $$ = $2; } ;
opt_reason_not : %empty { $$ = NULL; } | ANDERNFALLS string { $$ = $2; } ;

/* --- benefits --------------------------------------------------------------------------------------------------------------- */
benefit
  : LEISTUNG ident JE ident benefit_lines ENDE { $$ = syn__benefit(ctx, NODE_LIST(BENEFIT, @$, 0, $5, $2, $4)); }
  | LEISTUNG benefit_error benefit_lines ENDE { $$ = syn__error_node(ctx, @$); }
  ;
benefit_error : error { RECOVER(SYN__BLOCK_BENEFIT, @1); } ;
benefit_lines
  : %empty                        { $$ = syn__list_new(ctx); }
  | benefit_lines benefit_line    { $$ = syn__list_add(ctx, $1, $2); }
  | benefit_lines error           { RECOVER(SYN__BLOCK_BENEFIT, @2); $$ = syn__list_add(ctx, $1, SKIPPED(@2)); }
  ;
benefit_line
  : ANSPRUCH ident                { $$ = NODE(BENEFIT_LINE, @$, 0, LEAF(KEYWORD, @1), $2); }
  | BETRAG ident                  { $$ = NODE(BENEFIT_LINE, @$, 0, LEAF(KEYWORD, @1), $2); }
  | AUSZAHLUNG ident              { $$ = NODE(BENEFIT_LINE, @$, 0, LEAF(KEYWORD, @1), $2); }
  | EMPFAENGER ident              { $$ = NODE(BENEFIT_LINE, @$, 0, LEAF(KEYWORD, @1), $2); }
  | FUER ident                    { $$ = NODE(BENEFIT_LINE, @$, 0, LEAF(KEYWORD, @1), $2); }
  | REGIME citation               { $$ = NODE(BENEFIT_LINE, @$, 0, LEAF(KEYWORD, @1), $2); }
  | ANTRAG citation               { $$ = NODE(BENEFIT_LINE, @$, 0, LEAF(KEYWORD, @1), $2); }
  | NUR_AUSKUNFT                  { $$ = NODE(BENEFIT_LINE, @$, ANS_SYNF_INFORMATION, LEAF(KEYWORD, @1), NULL); }
  ;

/* --- test cases: the lines are one flat list, because a name may begin a row or an assignment ------------------------------ */
basecase
  : GRUNDFALL string case_start case_lines ENDE { $$ = syn__case_finish(ctx, @$, $2, NULL, NULL); }
  | GRUNDFALL case_error case_lines ENDE { $$ = syn__error_node(ctx, @$); }
  ;
testcase
  : PRUEFFALL string citations opt_wie case_start case_lines ENDE { $$ = syn__case_finish(ctx, @$, $2, $4, $3); }
  | PRUEFFALL case_error case_lines ENDE { $$ = syn__error_node(ctx, @$); }
  ;
case_start : %empty { syn__case_start(ctx, false); } ;
case_error : error { RECOVER(SYN__BLOCK_CASE, @1); syn__case_start(ctx, true); } ;
citations
  : %empty                        { $$ = LIST(@$, NULL); }
  | citation_list                 { $$ = LIST(@1, $1); }
  ;
citation_list
  : citation                      { $$ = syn__list_one(ctx, $1); }
  | citation_list SEMICOLON citation { $$ = syn__list_add(ctx, $1, $3); }
  ;
opt_wie : %empty { $$ = NULL; } | WIE string { $$ = $2; } ;
case_lines
  : %empty
  | case_lines ident ident opt_colon                   { syn__case_given(ctx, (struct syn__span){@2.first, @4.end}, $2, $3); }
  | case_lines ident EQ assign_values opt_semicolon    { syn__case_assign(ctx, (struct syn__span){@2.first, @4.end}, $2, $4); }
  | case_lines expect                                  { syn__case_expect(ctx, $2); }
  | case_lines error                                   { RECOVER(SYN__BLOCK_CASE, @2); syn__case_lost(ctx, @2.first); }
  ;
opt_colon : %empty | COLON ;
opt_semicolon : %empty | SEMICOLON ;
assign_values
  : assign_value                  { $$ = syn__list_one(ctx, $1); }
  | assign_values COMMA assign_value { $$ = syn__list_add(ctx, $1, $3); }
  ;
assign_value
  : value opt_ab opt_bis          { $$ = NODE(ASSIGN_VALUE, @$, 0, $1, $2, $3); }
  | LPAREN list_values RPAREN opt_ab opt_bis
      { struct syn__span s = {@1.first, @3.end};
        $$ = NODE(ASSIGN_VALUE, @$, 0, LIST(s, $2), $4, $5); }
  | UNBEKANNT opt_ab opt_bis      { $$ = NODE(ASSIGN_VALUE, @$, 0, LEAF(KEYWORD, @1), $2, $3); }
  | ENTFAELLT opt_ab opt_bis      { $$ = NODE(ASSIGN_VALUE, @$, 0, LEAF(KEYWORD, @1), $2, $3); }
  ;
list_values : %empty { $$ = NULL; } | enum_values ;
expect
  : ERWARTE ident DOT ident in_period EQ expect_value missing
      { $$ = NODE(EXPECT, @$, 0, $2, $4, $5, NULL, $7, $8); }
  | ERWARTE ident DOT ident VON period period_to EQ expect_value missing
      { $$ = NODE(EXPECT, @$, 0, $2, $4, $6, $7, $9, $10); }
  ;
in_period
  : IM month                      { $$ = $2; }
  | AM date                       { $$ = $2; }
  | IM_HALBJAHR half_year         { $$ = $2; }
  | IM_JAHR year                  { $$ = $2; }
  ;
period_to : BIS period { $$ = $2; } ;
expect_value : value | keyword ;
keyword : UNBEKANNT { $$ = LEAF(KEYWORD, @1); } | OFFEN { $$ = LEAF(KEYWORD, @1); } | ENTFAELLT { $$ = LEAF(KEYWORD, @1); } | FEHLER { $$ = LEAF(KEYWORD, @1); } | WIDERSPRUCH { $$ = LEAF(KEYWORD, @1); } ;
missing
  : %empty                        { $$ = LIST(@$, NULL); }
  | FEHLT paths                   { $$ = LIST(@2, $2); }
  ;
paths
  : path                          { $$ = syn__list_one(ctx, $1); }
  | paths SEMICOLON path          { $$ = syn__list_add(ctx, $1, $3); }
  ;

/* --- expressions --------------------------------------------------------------------------------------------------------------- */
expr : or ;
or
  : and
  | or ODER and                   { $$ = NODE(OR, @$, 0, $1, $3); }
  ;
and
  : not
  | and UND not                   { $$ = NODE(AND, @$, 0, $1, $3); }
  ;
not
  : cmp
  | NICHT not                     { $$ = NODE(NOT, @$, 0, $2); }
  ;
cmp
  : sum
  | sum EQ sum                    { $$ = NODE(COMPARE, @$, 0, LEAF(KEYWORD, @2), $1, $3); }
  | sum NE sum                    { $$ = NODE(COMPARE, @$, 0, LEAF(KEYWORD, @2), $1, $3); }
  | sum LT sum                    { $$ = NODE(COMPARE, @$, 0, LEAF(KEYWORD, @2), $1, $3); }
  | sum LE sum                    { $$ = NODE(COMPARE, @$, 0, LEAF(KEYWORD, @2), $1, $3); }
  | sum GT sum                    { $$ = NODE(COMPARE, @$, 0, LEAF(KEYWORD, @2), $1, $3); }
  | sum GE sum                    { $$ = NODE(COMPARE, @$, 0, LEAF(KEYWORD, @2), $1, $3); }
  | sum IN LPAREN exprs RPAREN    { $$ = NODE_LIST(IN, @$, 0, $4, $1); }
  | sum ENTSPRICHT string         { $$ = NODE(MATCHES, @$, 0, $1, $3); }
  | sum ENTHAELT sum              { $$ = NODE(CONTAINS, @$, 0, $1, $3); }
  | sum GILT_ALS sum              { $$ = NODE(GILT_ALS, @$, 0, $1, $3); }
  | sum HAT when DAS ORDINAL LEBENSJAHR completion { $$ = NODE(AGE, @$, $7, $1, LEAF(NUMBER, @5), $3); }
  ;
when
  : %empty                        { $$ = NULL; }
  | begin_of_period               { $$ = LEAF(KEYWORD, @1); }
  | AM_TAG                        { $$ = LEAF(KEYWORD, @1); }
  | AM primary                    { $$ = $2; }
  ;
begin_of_period : ZU_BEGINN | ZU_BEGINN_ZEITRAUM ;
completion : VOLLENDET { $$ = 0; } | NOCH_NICHT_VOLLENDET { $$ = ANS_SYNF_NOT; } ;
sum
  : term
  | sum PLUS term                 { $$ = NODE(BINARY, @$, 0, LEAF(KEYWORD, @2), $1, $3); }
  | sum MINUS term                { $$ = NODE(BINARY, @$, 0, LEAF(KEYWORD, @2), $1, $3); }
  ;
term
  : factor
  | term STAR factor              { $$ = NODE(BINARY, @$, 0, LEAF(KEYWORD, @2), $1, $3); }
  | term SLASH factor             { $$ = NODE(BINARY, @$, 0, LEAF(KEYWORD, @2), $1, $3); }
  ;
factor
  : postfix
  | MINUS factor                  { $$ = NODE(NEGATE, @$, 0, $2); }
  ;
postfix
  : primary
  | primary begin_of_period       { $$ = NODE(AT_BEGIN, @$, 0, $1); }
  | primary AM primary            { $$ = NODE(AT, @$, 0, $1, $3); }
  | primary AM_TAG                { $$ = NODE(AT, @$, 0, $1, LEAF(PERIOD_DAY, @2)); }
  ;
primary
  : literal
  | path
  | IDENT LPAREN arguments RPAREN { $$ = NODE_LIST(CALL, @$, 0, $3, LEAF(IDENT, @1)); }
  | ANZAHL_DER quantity           { $$ = syn__aggregate(ctx, @$, LEAF(KEYWORD, @1), NULL, $2); }
  | SUMME LPAREN expr RPAREN DER quantity { $$ = syn__aggregate(ctx, @$, LEAF(KEYWORD, @1), $3, $6); }
  | HOECHSTWERT LPAREN expr RPAREN DER quantity { $$ = syn__aggregate(ctx, @$, LEAF(KEYWORD, @1), $3, $6); }
  | MINDESTWERT LPAREN expr RPAREN DER quantity { $$ = syn__aggregate(ctx, @$, LEAF(KEYWORD, @1), $3, $6); }
  | ES_GIBT_EINE quantity         { $$ = syn__aggregate(ctx, @$, LEAF(KEYWORD, @1), NULL, $2); }
  | JEDE quantity ERFUELLT LPAREN expr RPAREN { $$ = syn__aggregate(ctx, @$, LEAF(KEYWORD, @1), $5, $2); }
  | RANG_NACH LPAREN expr RPAREN IN quantity { $$ = syn__aggregate(ctx, @$, LEAF(KEYWORD, @1), $3, $6); }
  | some_day LPAREN expr RPAREN   { $$ = NODE(DAYS_ANY, @$, 0, $3); }
  | every_day LPAREN expr RPAREN  { $$ = NODE(DAYS_ALL, @$, 0, $3); }
  | days_with LPAREN expr RPAREN  { $$ = NODE(DAYS_COUNT, @$, 0, $3); }
  | FALLS expr DANN expr SONST expr ENDE { $$ = NODE(IF, @$, 0, $2, $4, $6); }
  | ANGENOMMEN assumptions GILT path { $$ = NODE_LIST(HYPOTHESIS, @$, 0, $2, $4); }
  | LPAREN expr RPAREN            { $$ = NODE(PAREN, @$, 0, $2); }
  | MONAT                         { $$ = LEAF(PERIOD_MONTH, @1); }
  | TAG                           { $$ = LEAF(PERIOD_DAY, @1); }
  | first_day                     { $$ = LEAF(PERIOD_FIRST, @1); }
  | last_day                      { $$ = LEAF(PERIOD_LAST, @1); }
  ;
some_day : AN_EINEM_TAG | AN_EINEM_TAG_ZEITRAUM ;
every_day : AN_JEDEM_TAG | AN_JEDEM_TAG_ZEITRAUM ;
days_with : TAGE_MIT | TAGE_MIT_ZEITRAUM ;
first_day : MONATSBEGINN | ZEITRAUMBEGINN ;
last_day : MONATSENDE | ZEITRAUMENDE ;
quantity                          /* a shell without element; syn__aggregate completes it */
  : ident UEBER ident             { $$ = NODE(AGGREGATE, @$, 0, NULL, NULL, $1, $3, NULL); }
  | ident UEBER ident MIT LPAREN expr RPAREN { $$ = NODE(AGGREGATE, @$, 0, NULL, NULL, $1, $3, $6); }
  ;
exprs
  : expr                          { $$ = syn__list_one(ctx, $1); }
  | exprs SEMICOLON expr          { $$ = syn__list_add(ctx, $1, $3); }
  ;
arguments
  : argument                      { $$ = syn__list_one(ctx, $1); }
  | arguments SEMICOLON argument  { $$ = syn__list_add(ctx, $1, $3); }
  ;
argument : expr | mode ;
mode
  : KAUFMAENNISCH { $$ = LEAF(KEYWORD, @1); } | AUF { $$ = LEAF(KEYWORD, @1); } | AB { $$ = LEAF(KEYWORD, @1); } | GEKUERZT { $$ = LEAF(KEYWORD, @1); }
  | VERLAENGERT { $$ = LEAF(KEYWORD, @1); } | STRENG { $$ = LEAF(KEYWORD, @1); } | CENT { $$ = LEAF(KEYWORD, @1); } | VOLLE_EURO { $$ = LEAF(KEYWORD, @1); }
  | ZEHN_CENT { $$ = LEAF(KEYWORD, @1); }
  ;
assumptions
  : assumption                    { $$ = syn__list_one(ctx, $1); }
  | assumptions SEMICOLON assumption { $$ = syn__list_add(ctx, $1, $3); }
  ;
assumption : path EQ sum          { $$ = NODE(ASSUMPTION, @$, 0, $1, $3); } ;
path : segments                   { $$ = syn__node(ctx, ANS_SYN_PATH, @$, 0, NULL, 0, $1); } ;
segments
  : ident                         { $$ = syn__list_one(ctx, $1); }
  | segments DOT ident            { $$ = syn__list_add(ctx, $1, $3); }
  ;
literal
  : INT                           { $$ = NODE(INT, @$, 0, LEAF(NUMBER, @1), NULL, NULL); }
  | INT measure opt_per           { $$ = NODE(INT, @$, 0, LEAF(NUMBER, @1), $2, $3); }
  | DECIMAL                       { $$ = NODE(DECIMAL, @$, 0, LEAF(NUMBER, @1), NULL, NULL); }
  | DECIMAL measure opt_per       { $$ = NODE(DECIMAL, @$, 0, LEAF(NUMBER, @1), $2, $3); }
  | MONEYNUM EURO opt_per         { $$ = NODE(MONEY, @$, 0, LEAF(NUMBER, @1), $3); }
  | number PERCENTSIGN            { $$ = NODE(PERCENT, @$, 0, $1); }
  | date | month | string
  | WAHR                          { $$ = LEAF(TRUE, @1); }
  | FALSCH                        { $$ = LEAF(FALSE, @1); }
  ;
number : INT { $$ = LEAF(NUMBER, @1); } | DECIMAL { $$ = LEAF(NUMBER, @1); } ;
ident : IDENT { $$ = LEAF(IDENT, @1); } ;
string : STRING { $$ = LEAF(STRING, @1); } ;
date : DATE { $$ = LEAF(DATE, @1); } ;
month : MONTH { $$ = LEAF(MONTH, @1); } ;
%%

static int syn__lex(union SYN__STYPE *value, struct syn__span *span, struct syn__ctx *ctx) {
  value->node = NULL;
  return syn__next_token(ctx, span);
}

/* Expected tokens come from LAC, so they are exactly those that could be shifted here. Finding them costs a try for every token; far
 * beyond the number of errors that are shown it is not worth it, and a hostile file cannot make it expensive. */
static int yyreport_syntax_error(const yypcontext_t *position, struct syn__ctx *ctx) {
  yysymbol_kind_t expected[YYNTOKENS];
  int kinds[YYNTOKENS];
  int n = ans_diags_errors(ctx->diags) < 1000 ? yypcontext_expected_tokens(position, expected, YYNTOKENS) : 0;
  size_t kept = 0;
  for (int i = 0; i < n; i++)
    if ((int)expected[i] != SYN_BREAK) kinds[kept++] = (int)expected[i];
  syn__report(ctx, yypcontext_location(position)->first, kinds, kept);
  return n < 0 ? n : 0;
}

/* Only called when the parser stack is exhausted; ans_tree_parse turns the return value of the parser into an error. */
static void syn__error(struct syn__span *span, struct syn__ctx *ctx, const char *message) {
  (void)span;
  (void)ctx;
  (void)message;
}
