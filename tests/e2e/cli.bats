#!/usr/bin/env bats
# The command line as its users meet it: exit codes, messages in both languages, files and streams that go wrong. The oracle is docs/ and --help.
# Needs ANSPRUCH (the program) and python3 (to read JSON). Writes only below BATS_TEST_TMPDIR and BATS_FILE_TMPDIR. All cases are synthetic.
bats_require_minimum_version 1.5.0

COMMANDS="check test build disasm facts decide explain import fetch batch worklist replay audit exchange events"

setup_file() {
  [ -x "$ANSPRUCH" ] || { echo "ANSPRUCH must name the program" >&2; return 1; }
  export ROOT="${BATS_TEST_DIRNAME}/../.." PACKAGE="$BATS_FILE_TMPDIR/kindergeld.anp"
  export RULES="$ROOT/rules/bund/estg/kindergeld" CASES="$ROOT/fixtures/cases"
  unset LC_ALL LC_MESSAGES ANSPRUCH_LANG NO_COLOR
  export LANG=de_DE.UTF-8 PYTHONDONTWRITEBYTECODE=1
  "$ANSPRUCH" build "$RULES" -o "$PACKAGE" >/dev/null
}

setup() { cd "$BATS_TEST_TMPDIR" || return 1; }

# json EXPRESSION: standard input is one JSON document (no duplicate keys) and the Python expression about d holds.
json() {
  python3 -c '
import json, sys
def pairs(p):
    assert len(p) == len({k for k, _ in p}), "duplicate key"
    return dict(p)
d = json.load(sys.stdin, object_pairs_hook=pairs)
if not eval(sys.argv[1]): sys.exit("not true: %s\n%s" % (sys.argv[1], json.dumps(d, ensure_ascii=False)[:2000]))' "$1"
}

# fails CODE TEXT COMMAND…: exit code, nothing on standard output, TEXT on standard error, no crash.
fails() {
  local code=$1 text=$2
  shift 2
  run --separate-stderr timeout 60 "$@"
  [ "$status" -eq "$code" ] || { echo "exit $status instead of $code: $*"; echo "$stderr"; return 1; }
  [ -z "$output" ] || { echo "unexpected output: $output"; return 1; }
  [[ "$stderr" == *"$text"* ]] || { echo "message lacks '$text': $stderr"; return 1; }
}

# refuses CODE PATH_IN_DOCUMENT: case.json is refused in both languages, the message names place and remedy.
refuses() {
  local code=$1 place=$2 text
  fails "$code" "$place" "$ANSPRUCH" decide "$PACKAGE" case.json --month 2026-06
  text=$stderr
  [[ "$text" == *"anspruch: E-"*"case.json"*". "* ]] || { echo "no id, file or remedy: $text"; return 1; }
  fails "$code" "$place" "$ANSPRUCH" decide "$PACKAGE" case.json --month 2026-06 --lang en
  [ "$text" != "$stderr" ] || { echo "not translated: $text"; return 1; }
}

# document PERSON_MEMBERS KINDSCHAFT_MEMBERS: writes case.json around a recipient M and a child K.
document() {
  printf '{"format":"anspruch-case/1","units":{"Person":[{"id":"M","Geburtsdatum":"1985-03-15"},{"id":"K"%s}],"Kindschaft":[{"id":"km"%s}]}}' "$1" "$2" >case.json
}

# --- help, usage, languages, streams -----------------------------------------------------------------------------------------------
@test "every command explains itself with an example, in both languages" {
  for c in $COMMANDS; do
    run --separate-stderr "$ANSPRUCH" "$c" --help
    [ "$status" -eq 0 ] && [ -z "$stderr" ]
    [[ "$output" == *"Beispiel:"*"anspruch $c"* ]]
    run --separate-stderr "$ANSPRUCH" "$c" --lang en --help
    [ "$status" -eq 0 ]
    [[ "$output" == *"Example:"*"anspruch $c"* ]]
    [ "$("$ANSPRUCH" help "$c")" = "$("$ANSPRUCH" "$c" -h)" ]
  done
  run "$ANSPRUCH" --help
  [ "$status" -eq 0 ]
  for c in $COMMANDS; do [[ "$output" == *"  $c "* ]]; done
}

@test "unknown commands and options: exit 2 and a suggestion" {
  fails 2 "decide" "$ANSPRUCH" desside
  [[ "$stderr" == *"meinten Sie"* ]]
  fails 2 "--json" "$ANSPRUCH" decide --jason
  fails 2 "did you mean --month" "$ANSPRUCH" decide --lang en --mnoth=2026-06
  fails 2 "--help" "$ANSPRUCH" decide -Z
  fails 2 "--help" "$ANSPRUCH" build --coverage
  fails 2 "--help" "$ANSPRUCH" zzzzzzzz
  fails 2 "fr" "$ANSPRUCH" decide --lang fr
  fails 2 "--month" "$ANSPRUCH" decide a b --month
  fails 2 "PAKET FALL.json" "$ANSPRUCH" decide a b c --month 2026-06
  fails 2 "--completion" "$ANSPRUCH" --completion fish
  run "$ANSPRUCH"
  [ "$status" -eq 2 ]
}

@test "the language follows --lang, then the environment; German by default" {
  fails 11 "Die Datei kann nicht geöffnet werden" "$ANSPRUCH" disasm nowhere.anp
  fails 11 "The file cannot be opened" "$ANSPRUCH" disasm nowhere.anp --lang en
  fails 11 "The file cannot be opened" env LC_ALL=en_US.UTF-8 "$ANSPRUCH" disasm nowhere.anp
  fails 11 "Die Datei kann nicht geöffnet werden" env LC_ALL=en_US.UTF-8 "$ANSPRUCH" disasm nowhere.anp --lang de
  fails 11 "Die Datei kann nicht geöffnet werden" env -u LANG "$ANSPRUCH" disasm nowhere.anp
}

@test "no escape codes when the output is no terminal" {
  printf 'paket\n' >broken.recht
  { TERM=xterm-256color "$ANSPRUCH" check broken.recht || true; TERM=xterm-256color "$ANSPRUCH" explain "$PACKAGE" "$CASES/entitled.json" --month 2026-06 --all; } >out 2>&1
  [ -s out ]
  ! grep -q "$(printf '\033')" out
}

@test "on a terminal there is colour, and NO_COLOR or a dumb terminal turn it off" {
  command -v script >/dev/null || skip "the command script (bsdutils) is missing"
  printf 'paket\n' >broken.recht
  TERM=xterm-256color script -qec "$ANSPRUCH check broken.recht" /dev/null >coloured </dev/null || true
  NO_COLOR=1 TERM=xterm-256color script -qec "$ANSPRUCH check broken.recht" /dev/null >plain </dev/null || true
  TERM=dumb script -qec "$ANSPRUCH check broken.recht" /dev/null >dumb </dev/null || true
  grep -q "$(printf '\033')" coloured
  [ -s plain ] && [ -s dumb ]
  ! grep -q "$(printf '\033')" plain dumb
}

@test "a full disk behind standard output is exit 11 with a message, for every kind of output" {
  [ -c /dev/full ] || skip "there is no /dev/full here"
  for command in "--help" "--version" "--man" "--completion bash" "decide --help" "check $RULES" "disasm $PACKAGE" "facts $PACKAGE" "test $RULES" \
    "decide $PACKAGE $CASES/entitled.json --month 2026-06" "decide $PACKAGE $CASES/entitled.json --month 2026-06 --json" \
    "explain $PACKAGE $CASES/entitled.json --month 2026-06" "explain $PACKAGE $CASES/entitled.json --month 2026-06 --json"; do
    status=0
    # shellcheck disable=SC2086
    "$ANSPRUCH" $command >/dev/full 2>message || status=$?
    [ "$status" -eq 11 ] || { echo "exit $status: $command"; return 1; }
    grep -q "E-CLI-OUTPUT: stdout: .*\. ." message
  done
}

@test "man page and completions are well formed" {
  "$ANSPRUCH" --man >anspruch.1
  for c in $COMMANDS; do grep -q "anspruch $c" anspruch.1; done
  if command -v groff >/dev/null; then
    groff -K utf8 -man -Tutf8 -ww -z anspruch.1 2>warnings
    [ ! -s warnings ] || { cat warnings; return 1; }
  fi
  if command -v man >/dev/null; then
    LC_ALL=C.UTF-8 MANROFFSEQ='' man --warnings -l ./anspruch.1 >page 2>warnings </dev/null
    [ ! -s warnings ] || { cat warnings; return 1; }
  fi
  "$ANSPRUCH" --completion bash >completion.bash
  bash -n completion.bash
  run bash -c 'source ./completion.bash; COMP_WORDS=(anspruch wo); COMP_CWORD=1; _anspruch; echo "${COMPREPLY[@]}"; COMP_WORDS=(anspruch batch --br); COMP_CWORD=2; _anspruch; echo "${COMPREPLY[@]}"'
  [ "${lines[0]}" = worklist ]
  [ "${lines[1]}" = "--brake-change --brake-refer" ]
  "$ANSPRUCH" --completion zsh >_anspruch
  head -1 _anspruch | grep -q '^#compdef anspruch'
  if command -v zsh >/dev/null; then zsh -n _anspruch; fi
}

# --- check and test ------------------------------------------------------------------------------------------------------------------
header='paket probe version 1.0.0 titel "Probe"
  zeitraum von 01.2025 bis 12.2026

norm EStG "Einkommensteuergesetz"

einheit Kind
  angabe Alter : Zahl
  angabe Beginn_der_Zeit : Datum
ende

§ 1 EStG
'

@test "five independent errors give exactly five errors, as text and as JSON" {
  printf '%s
ergebnis Kind.a : Wahrheitswert
regel Kind.a wenn Kind.Altr > 3

ergebnis Kind.b : Wahrheitswert
regel Kind.b wenn Kind.Alter

ergebnis Kind.c : Wahrheitswert
regel Kind.c wenn Kind.Alter > Kind.Beginn_der_Zeit

ergebnis Kind.d : Nirgendtyp
regel Kind.nichts wenn Kind.Alter > 1
' "$header" >five.recht
  run --separate-stderr "$ANSPRUCH" check five.recht
  [ "$status" -eq 3 ]
  [ -z "$output" ]
  [ "$(grep -c '^five.recht:[0-9]*:[0-9]*: Fehler R' <<<"$stderr")" -eq 5 ]
  [ "$(grep -c 'Abhilfe: ' <<<"$stderr")" -eq 5 ]
  [[ "$stderr" == *"Meinten Sie „Alter“"* ]]
  run --separate-stderr "$ANSPRUCH" check five.recht --lang en
  [ "$(grep -c '^five.recht:[0-9]*:[0-9]*: error R' <<<"$stderr")" -eq 5 ]
  run --separate-stderr "$ANSPRUCH" check five.recht --json
  [ "$status" -eq 3 ] && [ -z "$stderr" ]
  json 'sorted(e["code"] for e in d if e["severity"] == "error") == ["R1004", "R1006", "R1007", "R2001", "R2004"]' <<<"$output"
  json 'all(e["path"] == "five.recht" and e["line"] > 0 and e["column"] > 0 and e["message"] for e in d)' <<<"$output"
  json 'all(e["remedy"] for e in d if e["severity"] == "error")' <<<"$output"
}

@test "check accepts the rules of the tree and refuses what is no rule text" {
  run --separate-stderr "$ANSPRUCH" check "$RULES"
  [ "$status" -eq 0 ]
  [[ "$output" == *"bund/estg/kindergeld"* ]]
  fails 11 "nowhere" "$ANSPRUCH" check nowhere
  head -c 4096 /dev/urandom >noise.recht
  run --separate-stderr timeout 20 "$ANSPRUCH" check noise.recht
  [ "$status" -eq 3 ]
  [ -n "$stderr" ]
  : >empty.recht
  fails 3 "empty.recht" "$ANSPRUCH" check empty.recht
}

cases='
ergebnis Kind.groß : Wahrheitswert
regel Kind.groß wenn Kind.Alter > 3

prüffall "ein großes Kind" § 1 EStG
  Kind K: Alter = 4
  erwarte K.groß im 01.2025 = wahr
ende
'
wrong='
prüffall "falsch erwartet" § 1 EStG
  Kind K: Alter = 3
  erwarte K.groß im 01.2025 = wahr
ende
'

@test "test: passing, failing, --filter, --json, --coverage" {
  printf '%s%s' "$header" "$cases" >good.recht
  printf '%s%s%s' "$header" "$cases" "$wrong" >bad.recht
  run --separate-stderr "$ANSPRUCH" test good.recht
  [ "$status" -eq 0 ]
  [[ "$output" == *"1 Prüffälle"*"0 fehlgeschlagen"* ]]
  run --separate-stderr "$ANSPRUCH" test bad.recht
  [ "$status" -eq 1 ]
  [[ "$output" == *"bad.recht:"*"falsch erwartet"*"erwartet"*"berechnet"* ]]
  [[ "$output" == *"1 fehlgeschlagen"* ]]
  run --separate-stderr "$ANSPRUCH" test bad.recht --filter "großes"
  [ "$status" -eq 0 ]
  fails_filter=0
  "$ANSPRUCH" test bad.recht --filter "gibt es nicht" >/dev/null 2>message || fails_filter=$?
  [ "$fails_filter" -eq 1 ]
  grep -q E-CLI-NO-TESTS message
  run --separate-stderr "$ANSPRUCH" test bad.recht --json
  [ "$status" -eq 1 ]
  json 'd["format"] == "anspruch-test/1" and d["cases"] == 2 and d["failed"] == 1 and {f["case"] for f in d["failures"]} == {"falsch erwartet"}' <<<"$output"
  json '{f["engine"] for f in d["failures"]} == {"VM", "Nachrechnung"}' <<<"$output"
  run --separate-stderr "$ANSPRUCH" test good.recht --coverage
  [ "$status" -eq 0 ]
  [[ "$output" == *"nie verneint"*"Abdeckung: 1/1"* ]]
  fails 2 "E-CLI-TEST-TEXT" "$ANSPRUCH" test "$PACKAGE"
}

# --- packages --------------------------------------------------------------------------------------------------------------------------
@test "build gives the same bytes from any directory, locale, time zone and path spelling" {
  mkdir here there
  (cd here && "$ANSPRUCH" build "$RULES" -o a.anp >/dev/null)
  (cd there && LC_ALL=C TZ=Pacific/Kiritimati "$ANSPRUCH" build "$RULES/" -o b.anp >/dev/null)
  LC_ALL=de_DE.UTF-8 TZ=America/Caracas "$ANSPRUCH" build "$RULES" -o c.anp >/dev/null
  cp -r "$RULES" copy
  "$ANSPRUCH" build copy -o d.anp --lang en >/dev/null
  for other in there/b.anp c.anp d.anp; do cmp here/a.anp "$other"; done
  cmp here/a.anp "$PACKAGE"
}

@test "build replaces the target of a link and writes into a pipe, but never replaces either" {
  : >target
  ln -s target link
  "$ANSPRUCH" build "$RULES" -o link >/dev/null
  [ -L link ]
  cmp target "$PACKAGE"
  mkfifo pipe
  timeout 20 cat pipe >through &
  timeout 20 "$ANSPRUCH" build "$RULES" -o pipe >/dev/null
  [ -p pipe ]
  wait
  cmp through "$PACKAGE"
  fails 11 "nowhere/x.anp" "$ANSPRUCH" build "$RULES" -o nowhere/x.anp
  fails 11 "E-IO-WRITE" "$ANSPRUCH" build "$RULES" -o .
  [ -z "$(find . -name '*.anp.*')" ]
  fails 2 "--output" "$ANSPRUCH" build "$RULES"
}

@test "build --emit c writes the package as C, from rules and from a package alike" {
  run "$ANSPRUCH" build "$RULES" --emit c -o rules-c
  [ "$status" -eq 0 ]
  [ "${lines[0]}" = "rules-c/kindergeld.h" ]
  "$ANSPRUCH" build "$PACKAGE" --emit c -o package-c >/dev/null
  LC_ALL=de_DE.UTF-8 TZ=America/Caracas "$ANSPRUCH" build "$PACKAGE" --emit c -o package-c --lang en >/dev/null
  diff -r rules-c package-c
  [ "$(ls package-c | wc -l)" -eq 5 ]
  grep -q "$(sha256sum <"$PACKAGE" | cut -d' ' -f1)" package-c/kindergeld.c
  fails 2 "E-CLI-EMIT" "$ANSPRUCH" build "$RULES" --emit rust -o x
  [ ! -e x ]
  : >file
  fails 11 "file" "$ANSPRUCH" build "$RULES" --emit c -o file
  fails 11 "nowhere/c" "$ANSPRUCH" build "$RULES" --emit c -o nowhere/c
}

@test "rule text with errors leaves an existing package alone" {
  echo "alter Stand" >old.anp
  printf '%sregel Kind.x wenn\n' "$header" >broken.recht
  fails 3 "broken.recht" "$ANSPRUCH" build broken.recht -o old.anp
  [ "$(cat old.anp)" = "alter Stand" ]
}

@test "every damaged byte and every truncation of a package is refused" {
  size=$(stat -c %s "$PACKAGE")
  step=$((size / 160))
  for at in 0 1 7 8 11 12 16 20 23 24 27 28 31 32 33 $(seq 40 "$step" $((size - 1))) $((size - 1)); do
    cp "$PACKAGE" damaged.anp
    byte=$(od -An -tu1 -j "$at" -N 1 damaged.anp)
    # shellcheck disable=SC2059
    printf "\\x$(printf %02x $((byte ^ (1 << (at % 8)))))" | dd of=damaged.anp bs=1 seek="$at" conv=notrunc status=none
    status=0
    "$ANSPRUCH" disasm damaged.anp >out 2>message || status=$?
    [ "$status" -eq 4 ] && [ ! -s out ] && grep -q 'damaged.anp' message || { echo "byte $at: exit $status"; cat message; return 1; }
  done
  for length in 0 1 8 31 32 33 $(seq 64 $((size / 30)) $((size - 1))) $((size - 1)); do
    head -c "$length" "$PACKAGE" >short.anp
    status=0
    "$ANSPRUCH" facts short.anp >out 2>message || status=$?
    [ "$status" -eq 4 ] && [ ! -s out ] && grep -q 'short.anp' message || { echo "length $length: exit $status"; cat message; return 1; }
  done
  { cat "$PACKAGE"; printf x; } >long.anp
  fails 4 "long.anp" "$ANSPRUCH" disasm long.anp
}

@test "files that are no package: exit 4 or 11 with a message" {
  fails 11 "nowhere.anp" "$ANSPRUCH" disasm nowhere.anp
  fails 4 "E-PKG-MAGIC" "$ANSPRUCH" disasm "$CASES/entitled.json"
  fails 11 "/dev/null" "$ANSPRUCH" disasm /dev/null
  if [ "$(id -u)" -ne 0 ]; then
    cp "$PACKAGE" secret.anp
    chmod 0 secret.anp
    fails 11 "secret.anp" "$ANSPRUCH" disasm secret.anp
  fi
}

@test "disasm lists instructions, facts is a JSON Schema that matches the case documents" {
  run --separate-stderr "$ANSPRUCH" disasm "$PACKAGE"
  [ "$status" -eq 0 ]
  [[ "$output" == *"bund/estg/kindergeld"* ]]
  "$ANSPRUCH" facts "$PACKAGE" >schema.json
  json 'd["type"] == "object" and set(d["properties"]["units"]["properties"]) == {"Person", "Kindschaft"}' <schema.json
  # A document with every fact of the schema, each unknown, is accepted.
  python3 - schema.json >case.json <<'P'
import json, sys
schema = json.load(open(sys.argv[1], encoding="utf-8"))
units = {}
for unit, s in schema["properties"]["units"]["properties"].items():
    row = {"id": "x"}
    for fact, form in s["items"]["properties"].items():
        if fact != "id":
            row[fact] = [] if form.get("type") == "array" else {"unknown": "nicht bekannt"}
    units[unit] = [row]
print(json.dumps({"format": schema["properties"]["format"]["const"], "units": units}))
P
  run --separate-stderr "$ANSPRUCH" decide "$PACKAGE" case.json --month 2026-06 --json
  [ "$status" -eq 0 ]
  json '[c["merits"] for c in d["claims"]] == ["undetermined"]' <<<"$output"
  for f in "$CASES"/*.json; do
    python3 - schema.json "$f" <<'P'
import json, sys
schema, case = (json.load(open(p, encoding="utf-8")) for p in sys.argv[1:3])
for unit, rows in case["units"].items():
    known = schema["properties"]["units"]["properties"][unit]["items"]["properties"]
    for row in rows:
        assert set(row) <= set(known), set(row) - set(known)
P
  done
}

# --- decide and explain -----------------------------------------------------------------------------------------------------------------
decide() { "$ANSPRUCH" decide "$PACKAGE" "$CASES/$1.json" --json "${@:2}"; }

@test "decide: entitled" {
  decide entitled --month 2026-01..2026-06 --application km >out.json
  json 'len(d["claims"]) == 6 and all(c["merits"] == "entitled" and c["procedure"] == "issue" and c["action"] == "grant" and c["amount_cents"] == 25900 for c in d["claims"])' <out.json
  decide entitled --month 2026-06 | json 'd["claims"][0]["procedure"] == "offer"'
  decide entitled --month 2026-06 --award km=259.00 | json 'd["claims"][0]["action"] == "unchanged"'
  decide entitled --month 2026-06 --award km=255.00 | json '(d["claims"][0]["action"], d["claims"][0]["procedure"]) == ("change", "issue")'
  decide entitled --month 2026-06 --award km=300.00 | json '(d["claims"][0]["action"], d["claims"][0]["procedure"]) == ("change", "propose")'
  decide entitled --month 2025-12 | json 'd["claims"][0]["amount_cents"] == 25500'
}

@test "decide: a bounded search for missing facts" {
  decide missing-fact --month 2026-06 >proven.json
  json 'd["claims"][0]["missing_exact"] and d["claims"][0]["missing"][0]["proven"]' <proven.json
  decide missing-fact --month 2026-06 --search 0 >listed.json
  json 'not d["claims"][0]["missing_exact"] and not d["claims"][0]["missing"][0]["proven"]' <listed.json
  fact='[(m["fact"], m["row"]) for m in d["claims"][0]["missing"]]'
  [ "$(python3 -c "import json; d = json.load(open('proven.json')); print($fact)")" = "$(python3 -c "import json; d = json.load(open('listed.json')); print($fact)")" ]
  fails 2 "4096" "$ANSPRUCH" decide "$PACKAGE" "$CASES/missing-fact.json" --month 2026-06 --search 4097
}

@test "decide, explain, test: only the law known on a day" {
  cat >zulage.recht <<'EOF'
paket test/zulage version 1.0.0 titel "Probe"
  zeitraum von 01.2025 bis 12.2026

norm TG "Testgesetz" quelle ungeprüft

einheit Person "wer eine Zulage bekommt"
  angabe Alt : Wahrheitswert
ende

§ 1 TG quelle ungeprüft

parameter Zulagensatz : Geld je Monat
  ab 01.01.2025 quelle ungeprüft : 10,00 € je Monat
  ab 01.01.2026 verkündet 01.03.2026 quelle ungeprüft : 12,00 € je Monat

ergebnis Person.Zulage_steht_zu : Wahrheitswert
regel Person.Zulage_steht_zu wenn Person.Alt
ergebnis Person.Zulage : Geld je Monat sonst 0,00 € je Monat
regel Person.Zulage ist Zulagensatz

leistung Zulage_Auskunft je Person
  anspruch Zulage_steht_zu
  betrag Zulage
  nur Auskunft
ende

prüffall "nach Verkündung" § 1 TG
  Person P: Alt = wahr
  erwarte P.Zulage im 02.2026 = 12,00 € je Monat
ende
EOF
  "$ANSPRUCH" build zulage.recht -o zulage.anp
  printf '{"format":"anspruch-case/1","units":{"Person":[{"id":"p","Alt":true}]}}' >fall.json
  "$ANSPRUCH" decide zulage.anp fall.json --month 2026-02 --json >all.json
  json 'd["claims"][0]["amount_cents"] == 1200 and "law_known" not in d["claims"][0] and d["claims"][0]["procedure"] == "none"' <all.json
  "$ANSPRUCH" decide zulage.anp fall.json --month 2026-02 --law-known 2026-02-28 --json | json 'd["claims"][0]["amount_cents"] == 1000 and d["claims"][0]["law_known"] == "2026-02-28"'
  "$ANSPRUCH" decide zulage.anp fall.json --month 2026-02 --law-known 2026-03-01 --json | json 'd["claims"][0]["amount_cents"] == 1200'
  "$ANSPRUCH" explain zulage.anp fall.json --month 2026-02 --law-known 2026-02-28 >out
  grep -q "Recht, soweit verkündet bis 28.02.2026" out
  "$ANSPRUCH" test zulage.recht
  run "$ANSPRUCH" test zulage.recht --law-known 2026-02-28
  [ "$status" -eq 1 ]
  [[ "$output" == *"10,00"* ]]
  fails 2 "2026-02-30" "$ANSPRUCH" decide zulage.anp fall.json --month 2026-02 --law-known 2026-02-30
  fails 2 "--law-known" "$ANSPRUCH" explain --store x --decision 1 --law-known 2026-02-01
}

@test "decide: not entitled from the month after the death, whatever else is unknown" {
  decide not-entitled --month 2026-02 --application km | json 'd["claims"][0]["merits"] == "entitled"'
  decide not-entitled --month 2026-03 --application km | json '(d["claims"][0]["merits"], d["claims"][0]["action"], d["claims"][0]["procedure"]) == ("not_entitled", "refuse", "propose")'
  decide not-entitled --month 2026-03 --award km=259.00 | json '(d["claims"][0]["action"], d["claims"][0]["procedure"]) == ("end", "propose")'
  decide not-entitled --month 2026-03 | json '(d["claims"][0]["action"], d["claims"][0]["procedure"]) == ("none", "none")'
}

@test "decide: a missing fact is undetermined, and exactly it is listed" {
  decide missing-fact --month 2026-06 --application km >out.json
  json '(d["claims"][0]["merits"], d["claims"][0]["procedure"], d["claims"][0]["entitled_state"]) == ("undetermined", "ask", "unknown")' <out.json
  json '[(m["unit"], m["row"], m["fact"], m["state"]) for m in d["claims"][0]["missing"]] == [("Person", "K", "Wochenstunden", "unknown")] and d["claims"][0]["ask_next"] == 0' <out.json
  json '"amount_cents" not in d["claims"][0]' <out.json
}

@test "decide: what holds the case open is asked first, before facts for which the law has a default" {
  "$ANSPRUCH" build "$ROOT/rules/bund/wogg/wohngeld" -o wohngeld.rpk >/dev/null
  cat >case.json <<'END'
{"format": "anspruch-case/1", "comment": "Synthetic. One person; the rent is missing.", "units": {
  "Person": [{"id": "P1", "Geburtsdatum": "1985-03-15", "Sterbedatum": null, "Ausländer": false}],
  "Haushalt": [{"id": "h", "Berechtigter": "P1", "Wohnform": "gemietet", "Selbst_genutzt": true, "Gemeinde": "Weimar", "Mietangaben_vollständig": true, "Andere_Bewohner": 0,
    "Anhalt_für_Missbrauch": false, "Antrag_gestellt": "2025-03-03", "Läuft_bis": null, "Nutzung_aufgegeben": null}],
  "Mitglied": [{"id": "m1", "Haushalt": "h", "Person": "P1", "Beziehung": "berechtigte_Person", "Lebensmittelpunkt": true, "Kind": false, "Transferleistung": "keine", "Mitberechnung": "keine",
    "Einnahmen_vollständig": true, "Steuern": false, "Krankenbeitrag": "keiner", "Rentenbeitrag": "keiner", "GdB": 0, "NS_Opfer": false, "Förderung": "keine"}],
  "Einnahme": [{"id": "e1", "Mitglied": "m1", "Art": "Lohnersatz", "Betrag": "7200.00", "Werbungskosten": "0.00", "Turnus": "laufend"}]}}
END
  "$ANSPRUCH" decide wohngeld.rpk case.json --month 2025-05 --json >out.json
  json '[m["fact"] for m in d["claims"][0]["missing"] if m["blocking"]] == ["Entgelt"]' <out.json
  json 'd["claims"][0]["missing"][0]["fact"] == "Entgelt" and d["claims"][0]["ask_next"] == 0' <out.json
  json '"Bewilligungsmonate" in [m["fact"] for m in d["claims"][0]["missing"] if m["proven"] and not m["blocking"]]' <out.json
  run "$ANSPRUCH" decide wohngeld.rpk case.json --month 2025-05
  [[ "$output" == *"h.Entgelt  (zuerst erfragen)"*"h.Bewilligungsmonate  (hält den Fall nicht offen)"* ]]
  run "$ANSPRUCH" explain wohngeld.rpk case.json --month 2025-05
  [[ "$output" == *"→ Entgelt"*"(hält den Fall nicht offen)"* ]]
}

@test "decide: a missing finding goes to a human, and exactly it is listed" {
  decide finding-missing --month 2026-06 --application km >out.json
  json '(d["claims"][0]["merits"], d["claims"][0]["procedure"], d["claims"][0]["entitled_state"]) == ("undetermined", "refer", "human")' <out.json
  json '[(m["row"], m["fact"], m["state"]) for m in d["claims"][0]["missing"]] == [("K", "Ausbildung_anerkannt", "human")]' <out.json
}

@test "explain: the summary holds reasons, no rule text; auxiliary definitions without a reason stand in the tree only" {
  "$ANSPRUCH" explain "$PACKAGE" "$CASES/entitled.json" --month 2026-06 --row km --application km >out
  sed -n '/^Gründe:/,/^$/p' out | grep '^  · ' >reasons
  [ "$(wc -l <reasons)" -ge 3 ]
  ! grep -E 'Person\.|Kindschaft\.|Pflichtdienst|[<>]=| und nicht ' reasons
  "$ANSPRUCH" explain "$PACKAGE" "$CASES/entitled.json" --month 2026-06 --row km --application km --json >whole.json
  python3 - whole.json <<'PY'
import json, sys
def walk(nodes):
    for node in nodes:
        yield node
        yield from walk(node.get("children", []))
rules = [n for n in walk(json.load(open(sys.argv[1], encoding="utf-8"))["tree"]) if n["kind"] == "rule" and "reason" in n]
assert any("auxiliary" in n for n in rules)
assert not [n for n in rules if "auxiliary" in n and "provision" in n]
assert all("provision" in n or "auxiliary" in n or n["reason"].endswith(".") for n in rules)
PY
}

@test "explain --trace and disasm --json: steps before what they used, every number explained" {
  "$ANSPRUCH" disasm "$PACKAGE" --json >legend.json
  for f in entitled not-entitled missing-fact finding-missing; do
    "$ANSPRUCH" explain "$PACKAGE" "$CASES/$f.json" --month 2026-05..2026-06 --row km --trace >traces.jsonl
    "$ANSPRUCH" explain "$PACKAGE" "$CASES/$f.json" --month 2026-06 --row km --json >explanation.json
    python3 - traces.jsonl legend.json explanation.json <<'P'
import json, sys
traces = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
legend, explanation = (json.load(open(p, encoding="utf-8")) for p in sys.argv[2:4])
assert [t["period"] for t in traces] == ["2026-05", "2026-06"] and legend["format"] == "anspruch-trace-legend/1"
for t in traces:
    assert t["format"] == "anspruch-trace/1" and t["package"] == legend["package"] == explanation["package"]
    places = [(s[0], s[1]) for s in t["steps"]]
    assert places == sorted(set(places), reverse=True) and len(places) > 100
    assert all(legend["nodes"][n][1] == s[0] for s in t["steps"] for n in (s[5] if len(s) > 5 else []))
    assert all(legend["provisions"][p].startswith(("§", "Art.")) for s in t["steps"] if len(s) > 6 for p in s[6])
    assert all(legend["registers"][s[0]][2] != "bool" or s[4] in (0, 1) for s in t["steps"])
    named = {(u, r) for u, r, *_ in t["rows"] + t["segments"]}
    assert all(legend["registers"][s[0]][1] == 0 or (legend["registers"][s[0]][1], s[1]) in named for s in t["steps"])
t, cells = traces[1], {(s[0], s[1]): s for s in traces[1]["steps"]}
states = ["value", "not_applicable", "unknown", "human", "error", "conflict"]
roots = {name: cells[register, row] for name, register, row in t["roots"]}
assert states[roots["entitled"][3]] == explanation["entitled_state"]
for key in ("amount", "payout"):
    assert explanation.get(key + "_cents") == (roots[key][4] if roots[key][3] == 0 else None)
P
  done
}

# The bytes of explanations are what neighbours have seen; a change of them is a change of the format (docs/formats/explanation.md). Renewed on purpose only: ANS_GOLDEN_UPDATE=1.
@test "explain --json: the same bytes as ever, hashes of packages apart" {
  local golden="$BATS_TEST_DIRNAME/explained/explanations.jsonl"
  for all in "" --all; do
    "$ANSPRUCH" explain "$BATS_TEST_DIRNAME/packages/probe/kindergeld" "$BATS_TEST_DIRNAME/explained/case.json" --packages "$BATS_TEST_DIRNAME/packages" --month 2025-03 --award k1=200.00 --json $all
  done | sed 's/"sha256":"[0-9a-f]*"/"sha256":"…"/g' >explanations.jsonl
  [ -z "${ANS_GOLDEN_UPDATE:-}" ] || cp explanations.jsonl "$golden"
  diff "$golden" explanations.jsonl
}

@test "explain: as text with provisions, as JSON with the same outcome as decide" {
  run --separate-stderr "$ANSPRUCH" explain "$PACKAGE" "$CASES/entitled.json" --month 2026-06 --row km --application km
  [ "$status" -eq 0 ] && [ -z "$stderr" ]
  for text in "Anspruch besteht" "§ 64 Abs. 1 EStG" "§ 66 Abs. 1 EStG" "259,00 €" "M.Wohnsitz"; do [[ "$output" == *"$text"* ]] || { echo "lacks $text"; return 1; }; done
  for f in entitled not-entitled missing-fact finding-missing; do
    "$ANSPRUCH" explain "$PACKAGE" "$CASES/$f.json" --month 2026-06 --row km --json >explanation.json
    decide "$f" --month 2026-06 >decision.json
    python3 - explanation.json decision.json <<'P'
import json, sys
explanation, decisions = (json.load(open(p, encoding="utf-8")) for p in sys.argv[1:3])
decision = decisions["claims"][0]
assert explanation["format"] == "anspruch-explanation/1" and explanation["tree"], explanation
for key in ("benefit", "unit", "row", "month", "merits", "procedure", "action", "reasons", "entitled_state", "missing"):
    assert explanation.get(key) == decision.get(key), key
P
    [ "$(wc -l <<<"$("$ANSPRUCH" explain "$PACKAGE" "$CASES/$f.json" --month 2026-06 --all)")" -ge "$(wc -l <<<"$("$ANSPRUCH" explain "$PACKAGE" "$CASES/$f.json" --month 2026-06)")" ]
  done
  fails 2 "E-CLI-EXPLAIN" "$ANSPRUCH" explain
}

@test "a rule folder and its package decide alike, and the order of rows does not matter" {
  "$ANSPRUCH" decide "$RULES" "$CASES/entitled.json" --month 2026-06 --json >a.json
  decide entitled --month 2026-06 >b.json
  cmp a.json b.json
  python3 -c '
import json, sys
d = json.load(open(sys.argv[1], encoding="utf-8"))
d["units"] = {k: [dict(reversed(r.items())) for r in reversed(v)] for k, v in reversed(d["units"].items())}
json.dump(d, open("turned.json", "w"))' "$CASES/entitled.json"
  "$ANSPRUCH" decide "$PACKAGE" turned.json --month 2026-06 --json >c.json
  cmp b.json c.json
  "$ANSPRUCH" decide "$PACKAGE" - --month 2026-06 --json <"$CASES/entitled.json" >e.json
  cmp b.json e.json
}

@test "months: outside the package, no month, reversed range" {
  fails 5 "2015-01" "$ANSPRUCH" decide "$PACKAGE" "$CASES/entitled.json" --month 2030-01
  fails 5 "2027-12" "$ANSPRUCH" decide "$PACKAGE" "$CASES/entitled.json" --month 2014-12 --lang en
  for m in 2026-13 2026-6 2026-06-01 Juni 2026-06..2026-05 ..2026-05 2026-01.. ""; do fails 2 "" "$ANSPRUCH" decide "$PACKAGE" "$CASES/entitled.json" --month "$m"; done
  fails 2 "--month" "$ANSPRUCH" decide "$PACKAGE" "$CASES/entitled.json"
  fails 2 "km" "$ANSPRUCH" decide "$PACKAGE" "$CASES/entitled.json" --month 2026-06 --row kn
  for v in km km= km=1,50 km=-1.00 km=1.234 km=99999999999999999999; do fails 2 "E-CLI-AWARD" "$ANSPRUCH" decide "$PACKAGE" "$CASES/entitled.json" --month 2026-06 --award "$v"; done
  fails 2 "Kindergeld" "$ANSPRUCH" decide "$PACKAGE" "$CASES/entitled.json" --month 2026-06 --benefit Elterngeld
}

# --- bad case documents -------------------------------------------------------------------------------------------------------------------
@test "packages by the day, half-year and year: decide, explain, named errors" {
  P="$ROOT/tests/e2e/periods"
  printf '%s' '{"format":"anspruch-case/1","units":{"Person":[{"id":"M"},{"id":"K","Schule":[{"to":"2019-06-30","value":false},{"from":"2019-07-01","value":true}]}],"Kindschaft":[{"id":"z","Kind":"K","Berechtigter":"M"}]}}' >half.json
  "$ANSPRUCH" build "$P/halbjahr.recht" -o half.anp >/dev/null
  run "$ANSPRUCH" decide half.anp half.json --period 2019-H1..2020-H1
  [ "$status" -eq 0 ]
  [[ "${lines[0]}" == "1/2019 "*"kein Anspruch"* ]] && [[ "${lines[1]}" == "2/2019 "*"100,00 €"* ]] && [[ "${lines[2]}" == "1/2020 "*"51,00 €"* ]]
  "$ANSPRUCH" decide half.anp half.json --period 2019-H2 --json | json 'd["claims"][0]["period"] == "2019-H2" and d["claims"][0]["period_kind"] == "half-year" and "month" not in d["claims"][0] and d["claims"][0]["amount_cents"] == 10000'
  run "$ANSPRUCH" explain half.anp half.json --period 2019-H2
  [[ "$output" == *"im 2. Halbjahr 2019"* ]] && [[ "$output" == *"100,00 € je Halbjahr"* ]] && [[ "$output" == *"an einem Tag des Zeitraums"* ]]
  printf '%s' '{"format":"anspruch-case/1","units":{"Person":[{"id":"A","krank":[{"value":true}]}],"Antrag":[{"id":"x","Empfänger":"A"}]}}' >day.json
  run "$ANSPRUCH" explain "$P/tag.recht" day.json --period 2025-03-15
  [[ "$output" == *"am 15.03.2025"* ]] && [[ "$output" == *"21,00 € je Tag"* ]]
  run "$ANSPRUCH" decide "$P/tag.recht" day.json --period 2025-02-26..2025-03-01
  [ "${#lines[@]}" -eq 4 ] && [[ "${lines[3]}" == "01.03.2025 "* ]]
  # a month package takes --period too, and says the same
  run "$ANSPRUCH" decide "$PACKAGE" "$CASES/entitled.json" --month 2026-06
  months=$output
  run "$ANSPRUCH" decide "$PACKAGE" "$CASES/entitled.json" --period 2026-06
  [ "$status" -eq 0 ] && [ "$months" = "$output" ]
  for p in 2026 2026-H1 2026-06-15; do fails 2 "E-CLI-PERIOD-KIND" "$ANSPRUCH" decide "$PACKAGE" "$CASES/entitled.json" --period $p; done
  fails 2 "E-CLI-PERIOD-KIND" "$ANSPRUCH" decide half.anp half.json --month 2019-07
  fails 2 "E-CLI-PERIOD-KIND" "$ANSPRUCH" decide half.anp half.json --period 2019
  for p in 2019-H3 2019-H 19-H1 2019-H1.. 2019-H2..2019-H1 2019-H1..2020 ""; do fails 2 "E-CLI-PERIOD" "$ANSPRUCH" decide half.anp half.json "--period=$p"; done
  for p in 2026 2026-H1 2026-06-15; do fails 2 "E-CLI-MONTH" "$ANSPRUCH" decide "$PACKAGE" "$CASES/entitled.json" --month $p; done
  fails 2 "E-CLI-PERIOD-NEED" "$ANSPRUCH" decide half.anp half.json
  fails 2 "E-CLI-PERIOD-TWICE" "$ANSPRUCH" decide half.anp half.json --period 2019-H1 --month 2019-01
  fails 5 "2018-H2" "$ANSPRUCH" decide half.anp half.json --period 2018-H2
  "$ANSPRUCH" disasm half.anp | grep -q 'half-years 2019-H1 … 2026-H2'
}

@test "test cases of packages by the day, half-year and year, also as tables and with planted mistakes" {
  for f in jahr halbjahr tag lebensmonat; do
    "$ANSPRUCH" test "$ROOT/tests/e2e/periods/$f.recht" >/dev/null
    "$ANSPRUCH" test "$ROOT/tests/e2e/periods/$f.recht" --export-table $f.csv >/dev/null
    head -1 $f.csv | grep -q '^fall;zeitraum;vorschrift'
    run "$ANSPRUCH" test "$ROOT/tests/e2e/periods/$f.recht" --table $f.csv
    [ "$status" -eq 0 ]
    "$ANSPRUCH" fmt --check "$ROOT/tests/e2e/periods/$f.recht" >/dev/null
    "$ANSPRUCH" convert "$ROOT/tests/e2e/periods/$f.recht" -o $f.law
    "$ANSPRUCH" convert $f.law -o back.recht
    cmp "$ROOT/tests/e2e/periods/$f.recht" back.recht
    "$ANSPRUCH" build "$ROOT/tests/e2e/periods/$f.recht" -o german.anp >/dev/null
    "$ANSPRUCH" test $f.law >/dev/null
    run "$ANSPRUCH" test "$ROOT/tests/e2e/periods/$f.recht" --mutate --no-progress
    [ "$status" -le 1 ]
  done
  sed 's/im Jahr 2019 = 306/im Jahr 2019 = 305/' "$ROOT/tests/e2e/periods/jahr.recht" >wrong.recht
  run "$ANSPRUCH" test wrong.recht
  [ "$status" -eq 1 ] && [[ "$output" == *"im Jahr 2019"* ]]
  printf 'fall;zeitraum;Person.A.wohnt;Person.A.Haushalt;Haushalt.H;erwarte A.Anzahl_Tage\nx;%s;wahr;H;x;365 Tage\n' 2023 >t.csv
  "$ANSPRUCH" test "$ROOT/tests/e2e/periods/jahr.recht" --table t.csv >/dev/null
  sed 's/2023/06.2023/' t.csv >month.csv
  run "$ANSPRUCH" test "$ROOT/tests/e2e/periods/jahr.recht" --table month.csv
  [ "$status" -ne 0 ] && [[ "$output" == *"R1050"* ]]
  sed 's/2023/2023-13/' t.csv >none.csv
  fails 5 "E-TAB-PERIOD" "$ANSPRUCH" test "$ROOT/tests/e2e/periods/jahr.recht" --table none.csv
}

@test "a store of half-years: import, run over several, worklist, explanation, replay, audit; another kind is refused" {
  P="$ROOT/tests/e2e/periods/halbjahr.recht"
  cat >b.jsonl <<'J'
{"kind":"header","format":"anspruch-casefile/1","synthetic":true,"seed":1,"as_of":"2026-11"}
{"kind":"award","case":"SB-1","award":"AW-1","benefit":"Schulbedarf","recipient":"10000000001","child":"10000000002","from":"2020-H1","history":[{"from":"2020-H1","to":"2020-H1","amount_cents":5100},{"from":"2020-H2","amount_cents":9900}]}
{"kind":"payment","case":"SB-1","award":"AW-1","from":"2020-H1","to":"2020-H1","amount_cents":5100}
{"kind":"finding","case":"SB-1","finding":"FE-1","unit":"Person","key":["10000000002"],"fact":"Schule","value":true,"from":"2019-09-01","author":"SB-1","reason":"x","recorded_on":"2020-01-02"}
J
  "$ANSPRUCH" import --store s.sqlite b.jsonl "$P" >/dev/null
  "$ANSPRUCH" batch --store s.sqlite --period 2020-H1..2021-H1 --brake-change off --json "$P" | json 'd["decisions"] == 3'
  "$ANSPRUCH" worklist --store s.sqlite --json | json '[(x["period"], x["previous_cents"], x["amount_cents"], x["action"]) for x in d] == [("2020-H1", 5100, 5100, "unchanged"), ("2020-H2", 9900, 10300, "change"), ("2021-H1", 9900, 10300, "change")]'
  run "$ANSPRUCH" worklist --store s.sqlite
  [[ "$output" == *"2/2020"* ]]
  run "$ANSPRUCH" explain --store s.sqlite --decision 2
  [[ "$output" == *"im 2. Halbjahr 2020"* ]]
  "$ANSPRUCH" replay 2 --store s.sqlite >/dev/null
  "$ANSPRUCH" audit verify --store s.sqlite >/dev/null
  fails 2 "E-CLI-PERIOD-KIND" "$ANSPRUCH" batch --store s.sqlite --month 2020-01 "$P"
  fails 2 "E-CLI-PERIOD-KIND" "$ANSPRUCH" batch --store s.sqlite --period 2020-H1 --current 2020-01 "$P"
  fails 2 "E-BATCH-PERIODS" "$ANSPRUCH" batch --store s.sqlite --period 2027-H1 "$P"
  # the same benefit by the year: its ledger is not, and nothing is recorded
  sed -e 's/je Halbjahr von 1\/2019 bis 2\/2026/je Jahr von 2019 bis 2026/' -e '/^prüffall/,$d' -e 's/Betrag : Geld sonst 0,00 €/Betrag : Geld je Jahr sonst 0,00 € je Jahr/' \
    -e 's/parameter Bedarf : Geld/parameter Bedarf : Geld je Jahr/' -e 's/\(ab .*00 €\)$/\1 je Jahr/' "$P" >year.recht
  fails 5 "E-STORE-PERIOD-KIND" "$ANSPRUCH" batch --store s.sqlite --period 2020 year.recht
  python3 -c 'import sqlite3; assert sqlite3.connect("s.sqlite").execute("SELECT count(*), max(period_kind) FROM run").fetchone() == (1, 2)'
  sed -e 's/AW-1/AW-2/g' -e 's/2020-H1","history".*/2020","history":[{"from":"2020","amount_cents":5100}]}/' -e '/payment/d' -e '/finding/d' b.jsonl >year.jsonl
  run "$ANSPRUCH" import --store s.sqlite year.jsonl "$P"
  [ "$status" -eq 1 ] && [[ "$output" == *"Zeile 2"* ]] && [[ "$output" == *"Halbjahr"* ]]
  sed -e 's/"to":"2020-H1","amount_cents":5100}/"to":"2020-06","amount_cents":5100}/' b.jsonl >mixed.jsonl
  run "$ANSPRUCH" import --store mixed.sqlite mixed.jsonl "$P"
  [ "$status" -eq 1 ] && [[ "$output" == *"2020-06"* ]]
}

@test "wrong types are refused with the place in the document" {
  document ',"Geburtsdatum":true' '' && refuses 5 "units.Person[1].Geburtsdatum"
  document ',"IdNr_vergeben":"ja"' '' && refuses 5 "units.Person[1].IdNr_vergeben"
  document ',"IdNr_vergeben":1' '' && refuses 5 "units.Person[1].IdNr_vergeben"
  document ',"Wohnsitz":"Inland"' '' && refuses 5 "units.Person[1].Wohnsitz"
  document ',"Wochenstunden":[{"value":20.5}]' '' && refuses 5 "units.Person[1].Wochenstunden"
  document ',"Wochenstunden":[{"value":"20.55"}]' '' && refuses 5 "20.55"
  document ',"Wohnsitz":[{"value":"Inland","bis":"2020-01-01"}]' '' && refuses 5 "bis"
  document ',"Geburtsdatum":{"unknown":1}' '' && refuses 5 "units.Person[1].Geburtsdatum"
  document '' ',"Unterhaltsrente":[{"value":"1e400"}]' && refuses 5 "1e400"
}

@test "unknown names get a suggestion" {
  document ',"Geburtsdatun":"2012-01-01"' '' && refuses 5 "Geburtsdatum"
  fails 5 "Meinten Sie „Geburtsdatum“" "$ANSPRUCH" decide "$PACKAGE" case.json --month 2026-06
  document ',"Staatsangehörigkeit":"Deutsh"' '' && refuses 5 "Deutsch"
  document ',"xxxxxxxxxxxx":1' '' && refuses 5 "anspruch facts"
  sed 's/"Kindschaft"/"Kindschafft"/' "$CASES/entitled.json" >case.json && refuses 5 "Kindschaft"
  sed 's/"units"/"unit"/' "$CASES/entitled.json" >case.json && refuses 5 "units"
  sed 's,anspruch-case/1,anspruch-case/2,' "$CASES/entitled.json" >case.json && refuses 5 "anspruch-case/1"
}

@test "dates that do not exist, reversed and overlapping intervals" {
  for day in 2012-02-30 2013-02-29 2012-13-01 2012-00-10 0000-01-01 10000-01-01 2012-1-1 14.09.2012 "2012-09-14 " ""; do
    document ",\"Geburtsdatum\":\"$day\"" '' && refuses 5 "units.Person[1].Geburtsdatum"
  done
  document ',"Wohnsitz":[{"from":"2020-01-02","to":"2020-01-01","value":"Inland"}]' '' && refuses 5 "units.Person[1].Wohnsitz"
  document ',"Wohnsitz":[{"to":"2020-01-01","value":"Inland"},{"from":"2020-01-01","value":"Ausland"}]' '' && refuses 5 "units.Person[1].Wohnsitz"
  document ',"Wohnsitz":[{"to":"2020-01-01","value":"Inland"},{"from":"2020-01-01","value":"Drittstaat"}]' '' && refuses 5 "2020-01-01"
}

@test "references: unknown, to oneself; duplicate ids and keys" {
  document '' ',"Berechtigter":"Q","Kind":"K"' && refuses 5 "units.Kindschaft[0].Berechtigter"
  document '' ',"Berechtigter":"km","Kind":"K"' && refuses 5 "units.Kindschaft[0].Berechtigter"
  document '},{"id":"K"' '' && refuses 5 "units.Person[2].id"
  document ',"IdNr_vergeben":true,"IdNr_vergeben":false' '' && refuses 5 "IdNr_vergeben"
  document '},{"id":""' '' && refuses 5 "units.Person[2]"
  document '},{"Geburtsdatum":"2012-01-01"' '' && refuses 5 "units.Person[2]"
  document '},{"id":"\u0007"' '' && refuses 5 "units.Person[2]"
}

@test "cyclic parents are refused" {
  printf 'paket probe version 1.0.0 titel "Probe"
  zeitraum von 01.2025 bis 12.2026
norm EStG "Einkommensteuergesetz"
norm AO "Abgabenordnung"
einheit Person
  angabe Alter : Zahl
  verweis Elternteil_1 : Person
  verweis Elternteil_2 : Person
ende
einheit Fall
  verweis Kind : Person
ende
§ 1 EStG
ergebnis Fall.Anspruch : Wahrheitswert
regel Fall.Anspruch wenn Fall.Kind.Elternteil_1.Alter > Fall.Kind.Elternteil_2.Alter
ergebnis Fall.Betrag : Geld je Monat sonst 0,00 € je Monat
regel Fall.Betrag ist 1,00 € je Monat wenn Fall.Anspruch
leistung Probe je Fall
  anspruch Anspruch
  betrag Betrag
  empfänger Kind
  für Kind
  regime § 155 Abs. 4 AO
  antrag § 1 EStG
ende
' >parents.recht
  "$ANSPRUCH" build parents.recht -o parents.anp >/dev/null
  two='{"format":"anspruch-case/1","units":{"Person":[{"id":"a","Elternteil_1":"b"},{"id":"b","Elternteil_2":"a"}]}}'
  echo "$two" >case.json
  fails 5 "case.json" "$ANSPRUCH" decide parents.anp case.json --month 2026-06
  [[ "$stderr" == *"im Kreis"* ]]
  fails 5 "cyclic" "$ANSPRUCH" decide parents.anp case.json --month 2026-06 --lang en
  echo '{"format":"anspruch-case/1","units":{"Person":[{"id":"a","Elternteil_1":"a"}]}}' >case.json
  fails 5 "units.Person[0].Elternteil_1" "$ANSPRUCH" decide parents.anp case.json --month 2026-06
}

@test "what is no case document at all" {
  : >case.json && refuses 5 "case.json"
  echo 'guten Tag' >case.json && refuses 5 "case.json:1"
  echo '[]' >case.json && refuses 5 "case.json"
  echo '{"format":"anspruch-case/1"' >case.json && refuses 5 "case.json:"
  printf '{"format":"anspruch-case/1","units":{"Person":[{"id":"\xff"}]}}' >case.json && refuses 5 "case.json:1"
  printf '\xef\xbb\xbf{"format":"anspruch-case/1","units":{}}' >case.json && refuses 5 "case.json"
  { printf '{"format":"anspruch-case/1","comment":'; printf '[%.0s' $(seq 100000); } >case.json && refuses 5 "case.json"
  fails 11 "nowhere.json" "$ANSPRUCH" decide "$PACKAGE" nowhere.json --month 2026-06
  fails 11 "$BATS_TEST_TMPDIR" "$ANSPRUCH" decide "$PACKAGE" "$BATS_TEST_TMPDIR" --month 2026-06
  head -c 17825792 /dev/zero | tr '\0' ' ' >case.json && refuses 9 "case.json"
}

@test "a long file name and a long value do not cut a message in the middle of a character" {
  name=$(printf 'ä%.0s' $(seq 100)).json
  printf '{"format":"anspruch-case/1","units":{"%s":[]}}' "$(printf 'ü%.0s' $(seq 20000))" >"$name"
  status=0
  "$ANSPRUCH" decide "$PACKAGE" "$name" --month 2026-06 2>message || status=$?
  [ "$status" -eq 5 ]
  iconv -f UTF-8 -t UTF-8 message >/dev/null
}

# --- stores --------------------------------------------------------------------------------------------------------------------------------
@test "a store that is absent, something else, newer or damaged: exit 7, the file is left alone" {
  echo "keine Datenbank, sondern ein Brief an das Amt" >letter
  python3 - <<'P'
import sqlite3
foreign = sqlite3.connect("foreign.sqlite")
foreign.execute("CREATE TABLE t(x)")
foreign.commit()
P
  head -1 "$ROOT/fixtures/population/sample/casefile.jsonl" >file.jsonl
  "$ANSPRUCH" import --store newer.sqlite file.jsonl >/dev/null
  cp newer.sqlite damaged.sqlite
  python3 -c 'import sqlite3; d = sqlite3.connect("newer.sqlite"); d.execute("PRAGMA user_version = 99"); d.commit()'
  dd if=/dev/urandom of=damaged.sqlite bs=1 seek=16 count=4000 conv=notrunc status=none
  for store in absent.sqlite letter foreign.sqlite newer.sqlite damaged.sqlite nowhere/store.sqlite "$BATS_TEST_TMPDIR"; do
    before=$([ -f "$store" ] && sha256sum <"$store" || echo none)
    for command in "batch --month 2026-11 $PACKAGE" "worklist" "replay 1" "audit verify" "explain --decision 1"; do
      # shellcheck disable=SC2086
      fails 7 "$store" "$ANSPRUCH" $command --store "$store"
      [[ "$stderr" == *"E-STORE-"* ]]
    done
    [ "$store" = absent.sqlite ] || fails 7 "$store" "$ANSPRUCH" import file.jsonl --store "$store"
    [ "$before" = "$([ -f "$store" ] && sha256sum <"$store" || echo none)" ]
  done
  [ ! -e absent.sqlite ]
  fails 7 "99" "$ANSPRUCH" worklist --store newer.sqlite --lang en
}

@test "a result per day cannot be given: the message says what it is and what to give instead" {
  sed -e 's/"units"/"overrides": [{"unit": "Kindschaft", "id": "km", "result": "Voraussetzungen", "value": true}], "units"/' "$CASES/entitled.json" >case.json
  refuses 5 "E-CASE-OVERRIDE-DAILY"
  [[ "$stderr" == *"result per day"*"timeline"* ]]
}

@test "numbers and names on the command line are checked" {
  head -1 "$ROOT/fixtures/population/sample/casefile.jsonl" >file.jsonl
  "$ANSPRUCH" import --store s.sqlite file.jsonl >/dev/null
  fails 5 "E-CLI-NO-RUN" "$ANSPRUCH" worklist --store s.sqlite
  fails 5 "17" "$ANSPRUCH" replay 17 --store s.sqlite
  fails 5 "number 17." "$ANSPRUCH" replay 17 --store s.sqlite --lang en
  for n in x -1 1x "" 99999999999999999999; do fails 2 "" "$ANSPRUCH" replay --store s.sqlite -- "$n"; done
  for n in x 65 -1 1.5; do fails 2 "E-CLI-NUMBER" "$ANSPRUCH" batch --store s.sqlite --month 2026-11 "--jobs=$n" "$PACKAGE"; done
  for n in x 1001 -1; do fails 2 "E-CLI-NUMBER" "$ANSPRUCH" batch --store s.sqlite --month 2026-11 "--brake-change=$n" "$PACKAGE"; done
  fails 2 "E-CLI-NAME" "$ANSPRUCH" worklist --store s.sqlite --procedure erlassen
  fails 2 "E-CLI-NAME" "$ANSPRUCH" worklist --store s.sqlite --action issue
  fails 2 "E-CLI-AUDIT" "$ANSPRUCH" audit check --store s.sqlite
  fails 2 "E-BATCH-PERIODS" "$ANSPRUCH" batch --store s.sqlite --month 2028-01 "$PACKAGE"
  fails 2 "--store" "$ANSPRUCH" batch --month 2026-11 "$PACKAGE"
  fails 11 "nowhere.jsonl" "$ANSPRUCH" import --store s.sqlite nowhere.jsonl
  fails 5 "E-CASEFILE-HEADER" "$ANSPRUCH" import --store s.sqlite "$CASES/entitled.json"
}

@test "import checks fact names against the package and names the line" {
  printf '%s\n' '{"kind":"header","format":"anspruch-casefile/1","synthetic":true,"seed":1,"as_of":"2026-11"}' \
    '{"kind":"finding","case":"KG-1","finding":"FE-1","unit":"Kindschaft","key":["10000000001","10000000002"],"fact":"Haushaltsaufname","value":true,"from":"2020-01-01","author":"SB-1","reason":"x","recorded_on":"2020-01-02"}' > "$BATS_TEST_TMPDIR/bestand.jsonl"
  run "$ANSPRUCH" import --store "$BATS_TEST_TMPDIR/s.sqlite" "$BATS_TEST_TMPDIR/bestand.jsonl" "$BATS_TEST_DIRNAME/../../rules/bund/estg/kindergeld"
  [ "$status" -eq 1 ]
  [[ "$output" == *"Zeile 2"* ]]
  [[ "$output" == *"Haushaltsaufnahme"* ]]
}

# --- texts and lists ------------------------------------------------------------------------------------------------------------------
@test "texts and lists: cases pass on both machines, in English, and as a table" {
  run "$ANSPRUCH" test "$ROOT/fixtures/text/texte.recht"
  [ "$status" -eq 0 ] && [[ "$output" == *"4 Prüffälle, 26 Erwartungen"*"0 fehlgeschlagen"* ]]
  "$ANSPRUCH" convert "$ROOT/fixtures/text/texte.recht" -o texts.law
  grep -q 'matches "(0\[4-7\]' texts.law
  grep -q 'Merkzeichen contains aG' texts.law
  grep -q 'list of Merkzeichen over time' texts.law
  run "$ANSPRUCH" test texts.law
  [ "$status" -eq 0 ]
  "$ANSPRUCH" convert texts.law -o back.recht
  cmp back.recht "$ROOT/fixtures/text/texte.recht"
  "$ANSPRUCH" fmt --check texts.law
  "$ANSPRUCH" test "$ROOT/fixtures/text/texte.recht" --export-table faelle.csv
  run "$ANSPRUCH" test "$ROOT/fixtures/text/texte.recht" --table faelle.csv
  [ "$status" -eq 0 ] && [[ "$output" == *"26 Erwartungen"*"0 fehlgeschlagen"* ]]
}

@test "a pattern that would never end is a named error of its case, and of no other" {
  many=$(printf 'A%.0s' $(seq 200))
  printf '{"format":"anspruch-case/1","units":{"Person":[{"id":"A","Aktenzeichen":"%s?"},{"id":"B","Aktenzeichen":"FK-12"}]}}' "$many" >case.json
  "$ANSPRUCH" build "$ROOT/fixtures/text/texte.recht" -o texte.anp
  timeout 60 "$ANSPRUCH" decide texte.anp case.json --month 2026-03 --json >out.json
  json '[c["merits"] for c in d["claims"]] == ["undetermined", "entitled"] and d["claims"][0]["reasons"][0] == "case_error"' <out.json
  timeout 60 "$ANSPRUCH" explain texte.anp case.json --month 2026-03 --row A --json >out.json
  json 'd["errors"][0]["code"] == "E-CASE-PATTERN-LIMIT" and d["errors"][0]["fact"] == "Aktenzeichen" and d["errors"][0]["pattern"] == "([A-Z]+)+-[0-9]{1,6}" and len(d["errors"]) == 1' <out.json
  run timeout 60 "$ANSPRUCH" explain texte.anp case.json --month 2026-03 --row A
  [[ "$output" == *"Fehler bei A: E-CASE-PATTERN-LIMIT: Die Angabe Aktenzeichen"*"„([A-Z]+)+-[0-9]{1,6}“"*"A.Aktenzeichen = „$many?“"* ]]
  run "$ANSPRUCH" explain texte.anp case.json --month 2026-03 --row B
  [[ "$output" != *"E-CASE-PATTERN-LIMIT"* ]] && [[ "$output" == *'✓'*'entspricht "([A-Z]+)+-[0-9]{1,6}"'* ]]
}

@test "texts and lists in case documents: what is refused names the place" {
  "$ANSPRUCH" build "$ROOT/fixtures/text/texte.recht" -o texte.anp
  refused() { # MEMBER CODE EXIT
    printf '{"format":"anspruch-case/1","units":{"Person":[{"id":"A",%s}]}}' "$1" >case.json
    fails "$3" "$2" "$ANSPRUCH" decide texte.anp case.json --month 2026-03
    [[ "$stderr" == *"case.json"*"Person[0]"* ]]
  }
  refused '"Wohnort":5' E-CASE-KIND 5
  refused '"Wohnort":"a\nb"' E-COL-TEXT-CONTROL 5
  refused "\"Wohnort\":\"$(printf 'x%.0s' $(seq 4001))\"" E-COL-TEXT-LONG 9
  refused '"Merkzeichen":["G","G"]' E-CASE-LIST-TWICE 5
  refused '"Merkzeichen":["Ga"]' E-CASE-UNKNOWN 5
  refused '"Merkzeichen":"G"' E-CASE-KIND 5
}

@test "missing texts and lists: a list is enumerated, a text is not" {
  cat >p.recht <<'RULES'
paket test/fehlt version 1.0.0 titel "Fehlendes (erfunden)"
  zeitraum von 01.2026 bis 12.2026
norm MG "Mustergesetz (erfunden)"
auswahl M = G; aG
einheit Person
  angabe Liste : Liste von M
  angabe Andere : Liste von M
  angabe Ort : Text
ende
§ 1 MG
ergebnis Person.a : Wahrheitswert
regel Person.a wenn Liste enthält aG und (Andere enthält G oder nicht Andere enthält G)
ergebnis Person.b : Wahrheitswert
regel Person.b wenn Ort = "Weimar"
leistung A je Person
  anspruch a
  nur Auskunft
ende
leistung B je Person
  anspruch b
  nur Auskunft
ende
RULES
  printf '{"format":"anspruch-case/1","units":{"Person":[{"id":"A"}]}}' >case.json
  "$ANSPRUCH" decide p.recht case.json --month 2026-03 --benefit A --json >out.json
  json '[m["fact"] for m in d["claims"][0]["missing"]] == ["Liste"] and d["claims"][0]["missing_exact"]' <out.json
  "$ANSPRUCH" decide p.recht case.json --month 2026-03 --benefit B --json >out.json
  json '[m["fact"] for m in d["claims"][0]["missing"]] == ["Ort"] and not d["claims"][0]["missing_exact"]' <out.json
}

@test "law promulgated later: the value and the version it replaced, by the day on which the law was known" {
  cat >zulage.recht <<'RULES'
paket test/zulage version 1.0.0 titel "Zulage" zeitraum von 01.2026 bis 12.2026
norm TG "Testgesetz" quelle ungeprüft
einheit Person
  angabe Alt : Wahrheitswert
ende

§ 1 TG quelle ungeprüft

parameter Zulagensatz : Geld je Monat
  ab 01.01.2026 quelle ungeprüft : 10,00 € je Monat
  ab 01.01.2026 verkündet 20.05.2026 quelle ungeprüft : 12,00 € je Monat

ergebnis Person.Zulage_steht_zu : Wahrheitswert
regel Person.Zulage_steht_zu gültig ab 01.01.2026 wenn Person.Alt
regel Person.Zulage_steht_zu gültig ab 01.01.2026 verkündet 01.07.2026
ergebnis Person.Zulage : Geld je Monat sonst 0,00 € je Monat
regel Person.Zulage ist Zulagensatz

leistung Zulage_Auskunft je Person
  anspruch Zulage_steht_zu
  betrag Zulage
  nur Auskunft
ende
RULES
  printf '{"format":"anspruch-case/1","units":{"Person":[{"id":"p","Alt":false}]}}' >fall.json
  "$ANSPRUCH" build zulage.recht -o zulage.anp
  "$ANSPRUCH" decide zulage.anp fall.json --month 2026-02 --json | json 'd["claims"][0]["amount_cents"] == 1200 and d["claims"][0]["merits"] == "entitled"'
  "$ANSPRUCH" decide zulage.anp fall.json --month 2026-02 --law-known 2026-05-19 --json | json 'd["claims"][0]["amount_cents"] == 1000 and d["claims"][0]["merits"] == "not_entitled"'
  "$ANSPRUCH" decide zulage.anp fall.json --month 2026-02 --law-known 2026-05-20 --json | json 'd["claims"][0]["amount_cents"] == 1200 and d["claims"][0]["merits"] == "not_entitled"'
  "$ANSPRUCH" decide zulage.anp fall.json --month 2026-02 --law-known 2026-07-01 --json | json 'd["claims"][0]["merits"] == "entitled" and d["claims"][0]["law_known"] == "2026-07-01"'
  # the explanation names the row that was computed with
  "$ANSPRUCH" explain zulage.anp fall.json --month 2026-02 --json >now.json
  "$ANSPRUCH" explain zulage.anp fall.json --month 2026-02 --law-known 2026-05-19 --json >then.json
  grep -q '"promulgated":"2026-05-20"' now.json
  run grep -q promulgated then.json
  [ "$status" -eq 1 ]
}

@test "facts known: a correction recorded later, and both answers from one store" {
  cat >hilfe.recht <<'RULES'
paket test/hilfe version 1.0.0 titel "Hilfe" zeitraum von 01.2024 bis 12.2024
norm TG "Testgesetz" quelle ungeprüft
einheit Person
  angabe Name : Zahl
ende
einheit Kindschaft
  verweis Berechtigter : Person
  verweis Kind : Person
  angabe Haushaltsaufnahme : Wahrheitswert im Zeitverlauf quelle Fallakte vor Antrag
ende

§ 1 TG quelle ungeprüft

parameter Satz_je_Kind : Geld je Monat
  ab 01.01.2024 quelle ungeprüft : 10,00 € je Monat
  ab 01.01.2024 verkündet 20.05.2024 quelle ungeprüft : 12,00 € je Monat

ergebnis Kindschaft.Anspruch : Wahrheitswert
regel Kindschaft.Anspruch wenn Haushaltsaufnahme zu Beginn des Monats
ergebnis Kindschaft.Betrag : Geld je Monat sonst 0,00 € je Monat
regel Kindschaft.Betrag ist Satz_je_Kind wenn Anspruch

leistung Hilfe je Kindschaft
  anspruch Anspruch
  betrag Betrag
  empfänger Berechtigter
  regime § 1 TG
ende
RULES
  "$ANSPRUCH" build hilfe.recht -o hilfe.anp
  printf '%s\n' '{"kind":"header","format":"anspruch-casefile/1","synthetic":true,"seed":1,"as_of":"2024-06"}' \
    '{"kind":"application","case":"H-1","application":"A-1","benefit":"Hilfe","applicant":"13562800019","child":"13562800754","received":"2024-01-10"}' \
    '{"kind":"statement","case":"H-1","statement":"S-1","unit":"Kindschaft","key":["13562800019","13562800754"],"facts":{"Haushaltsaufnahme":true},"from":"2023-01-01","received":"2024-01-10"}' \
    '{"kind":"finding","case":"H-1","finding":"F-1","unit":"Kindschaft","key":["13562800019","13562800754"],"fact":"Haushaltsaufnahme","value":false,"from":"2024-02-15","author":"SB-1","reason":"Auszug","recorded_on":"2024-05-20"}' >bestand.jsonl
  "$ANSPRUCH" import --store amt.sqlite bestand.jsonl hilfe.anp >/dev/null
  local row=13562800019/13562800754
  ask() { "$ANSPRUCH" decide hilfe.anp --store amt.sqlite --row "$row" --month 2024-04 --json "$@"; }
  # what is right for April, as known today; what was known in April; and with the law of then as well
  ask | json 'd["claims"][0]["merits"] == "not_entitled" and "facts_known" not in d["claims"][0] and d["claims"][0]["procedure"] == "propose"'
  ask --facts-known 2024-05-19 | json 'd["claims"][0]["merits"] == "entitled" and d["claims"][0]["amount_cents"] == 1200 and d["claims"][0]["facts_known"] == "2024-05-19" and d["claims"][0]["procedure"] == "none"'
  ask --facts-known 2024-05-20 | json 'd["claims"][0]["merits"] == "not_entitled"'
  ask --facts-known 2024-05-19 --law-known 2024-05-19 | json 'd["claims"][0]["amount_cents"] == 1000 and d["claims"][0]["law_known"] == "2024-05-19"'
  ask --facts-known 2024-01-09 | json 'd["claims"][0]["merits"] == "undetermined"'
  "$ANSPRUCH" explain hilfe.anp --store amt.sqlite --row "$row" --month 2024-04 --facts-known 2024-05-19 >out
  grep -q "nach dem Kenntnisstand vom 19.05.2024" out
  grep -q "Antrag" out
  # the run: three states of knowledge, three runs, all audited
  "$ANSPRUCH" batch --store amt.sqlite --month 2024-04 --brake-refer off --brake-change off hilfe.anp >/dev/null
  "$ANSPRUCH" batch --store amt.sqlite --month 2024-04 --facts-known 2024-05-19 --brake-refer off --brake-change off hilfe.anp >/dev/null
  "$ANSPRUCH" batch --store amt.sqlite --month 2024-04 --facts-known 2024-05-19 --law-known 2024-05-19 --brake-refer off --brake-change off hilfe.anp >/dev/null
  for n in 1 2 3; do "$ANSPRUCH" worklist --store amt.sqlite --run $n --json >"run$n.json"; done
  json 'd[0]["merits"] == "not_entitled" and d[0]["procedure"] == "propose"' <run1.json
  json 'd[0]["merits"] == "entitled" and d[0]["amount_cents"] == 1200 and d[0]["procedure"] == "none"' <run2.json
  json 'd[0]["amount_cents"] == 1000' <run3.json
  "$ANSPRUCH" replay --store amt.sqlite 3 --json | json 'd["law_known"] == "2024-05-19" and d["facts_known"] == "2024-05-19" and d["amount_cents"] == 1000'
  "$ANSPRUCH" explain --store amt.sqlite --decision 2 | grep -q "nach dem Kenntnisstand vom 19.05.2024"
  "$ANSPRUCH" audit verify --store amt.sqlite >/dev/null
  # what does not go together has a name
  printf '{"format":"anspruch-case/1","units":{}}' >fall.json
  fails 2 "E-CLI-FACTS-KNOWN-CASE" "$ANSPRUCH" decide hilfe.anp fall.json --month 2024-04 --facts-known 2024-05-19
  fails 2 "E-CLI-FACTS-KNOWN-CASE" "$ANSPRUCH" test hilfe.recht --facts-known 2024-05-19
  fails 2 "E-CLI-CASE-STORE" "$ANSPRUCH" decide hilfe.anp fall.json --store amt.sqlite --row "$row" --month 2024-04
  fails 2 "E-CLI-CASE-STORE" "$ANSPRUCH" decide hilfe.anp --store amt.sqlite --row "$row" --month 2024-04 --award "$row=10.00"
  fails 2 "E-CLI-STORE-ROW" "$ANSPRUCH" decide hilfe.anp --store amt.sqlite --row x --month 2024-04
  fails 2 "--row" "$ANSPRUCH" decide hilfe.anp --store amt.sqlite --month 2024-04
  fails 2 "E-CLI-DECIDE" "$ANSPRUCH" decide hilfe.anp --month 2024-04
  fails 2 "E-CLI-DAY" "$ANSPRUCH" batch --store amt.sqlite --month 2024-04 --facts-known 2024-02-30 hilfe.anp
  fails 2 "E-CLI-FACTS-FUTURE" "$ANSPRUCH" batch --store amt.sqlite --month 2024-04 --facts-known 9998-01-01 hilfe.anp
  fails 2 "E-CLI-KNOWN-DAY" "$ANSPRUCH" batch --store amt.sqlite --month 2024-04 --law-known 1969-01-01 hilfe.anp
  fails 2 "--law-known" "$ANSPRUCH" replay --store amt.sqlite 3 --law-known 2024-05-19
  fails 2 "--facts-known" "$ANSPRUCH" explain --store amt.sqlite --decision 2 --facts-known 2024-05-19
}

@test "a reason names the value of a parameter that was computed with" {
  cat >loch.recht <<'RULES'
paket test/loch version 1.0.0 titel "Loch" zeitraum von 01.2026 bis 12.2026
norm TG "Testgesetz" quelle ungeprüft
einheit Person
  angabe Alter : Zahl Jahre
ende

§ 1 TG quelle ungeprüft

parameter Grenze : Zahl Jahre
  ab 01.01.2026 quelle ungeprüft : 18 Jahre
  ab 01.06.2026 quelle ungeprüft : 21 Jahre
parameter Stufe (n : Zahl Jahre) : Geld je Monat
  ab 01.01.2026 quelle ungeprüft : 1 Jahre bis 17 Jahre -> 1,00 € je Monat; ab 18 Jahre -> 2,00 € je Monat

ergebnis Person.Anspruch : Wahrheitswert
regel Person.Anspruch wenn Alter < Grenze
  begründung "Unter {Grenze}."
  andernfalls "Nicht unter {Grenze}."
ergebnis Person.Betrag : Geld je Monat sonst 0,00 € je Monat
regel Person.Betrag ist Stufe(Alter) wenn Anspruch
  begründung "Die Stufe ist {Stufe}."

leistung Auskunft je Person
  anspruch Anspruch
  betrag Betrag
  nur Auskunft
ende
RULES
  printf '{"format":"anspruch-case/1","units":{"Person":[{"id":"p","Alter":12},{"id":"q","Alter":20}]}}' >fall.json
  "$ANSPRUCH" explain loch.recht fall.json --month 2026-07 >out
  grep -q "Unter 21 Jahre" out
  grep -q "Die Stufe ist 1,00 € je Monat" out
  grep -q "Die Stufe ist 2,00 € je Monat" out
  "$ANSPRUCH" explain loch.recht fall.json --month 2026-02 --row q | grep -q "Nicht unter 18 Jahre"
}
