#!/bin/sh
# Writes docs/bytecode.md from engine/code/opcodes.def, the one table of operations.
#   tools/dev/gen-bytecode-doc.sh           write the file
#   tools/dev/gen-bytecode-doc.sh --check   exit 1 if the file is not up to date
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
table=$root/engine/code/opcodes.def
page=$root/docs/bytecode.md

generate() {
  cat <<'TEXT'
# Bytecode (format version 4)

<!-- Made by tools/dev/gen-bytecode-doc.sh from engine/code/opcodes.def. Do not edit. -->

A program is a list of instructions in static single assignment form: the index of an instruction is its register, and operands are earlier registers. There are no jumps;
selection is by value (`select`, `resolve`). Every register belongs to a unit: it has one cell per row of that unit. Unit 0 (UNIFORM) has one row, the evaluated period. A *derived* unit holds the day
segments of the rows of its parent, defined by one `split`. What the operations mean is said in [semantics.md](semantics.md), how they are stored in [formats/package.md](formats/package.md).
The meaning of an operation never changes within a format version.

Result: `B` truth value, `D` date, `I` integer, `M` month, `R` reference, `S` the type of the operand (aggregates: of the element c), `T` the instruction's own type.

Operands: `r` register of the instruction's unit or of unit 0; `x` register of another unit, see below; `o` optional register; `k` constant; `f` fact; `q` text predicate; `p` parameter; `u` unit;
`l` offset in the list pool; `n` number of list items; `i` immediate; `v` provision or none; `-` unused (0).

| no | operation | result | a | b | c | meaning |
|---|---|---|---|---|---|---|
TEXT
  awk '
    /^X\(/ {
      line = $0
      sub(/^X\(/, "", line); sub(/\)[ \t]*$/, "", line)
      gloss = line; sub(/^[^"]*"[^"]*"[^"]*"/, "", gloss); sub(/"$/, "", gloss)
      n = split(line, f, ",")
      mnemonic = f[2]; gsub(/[ "]/, "", mnemonic)
      for (i = 3; i <= 6; i++) gsub(/[ \t]/, "", f[i])
      gsub(/\|/, "\\|", gloss)
      printf "| %d | `%s` | %s | %s | %s | %s | %s |\n", count++, mnemonic, f[3], f[4], f[5], f[6], gloss
    }
    END { if (count == 0) exit 1 }
  ' "$table"
  cat <<'TEXT'

## What the verifier demands beyond the table

Every program is verified after building and after loading, before anything executes it. First violation wins; the message names instruction and reason.

- Registers are earlier than the instruction; list ranges lie in the pool; unused operands are 0; types are well formed.
- `period`: unit 0. `const`: the value is one of the type; no references. `fact`, `tl.*` without b: the instruction's unit is the fact's. `self`: not in unit 0.
- `split`: once per derived unit, before any other instruction of that unit; list in triples (kind, x, y): timeline (x fact, y reference register of the parent unit, or none for the row itself), date
  (x date register of the parent unit), segments (x derived unit that already has its split, y as before), every day. Type: reference to the parent.
- `seg.from`, `seg.to`: in a derived unit. `seg.find`: a refers to the parent of b; type: reference to b. A day outside the period gives *error*.
- `gather`: b belongs to the unit that a refers to; type of b. From a derived unit the parent's cells are reached with the `split` register as a.
- `tl.*` with b: b refers to the fact's unit. `tl.last_end`, `tl.next_start`: timelines of truth values.
- `param`: list of day and every key; keys are no references.
- `agg.*`: a is a reference register of the member unit that refers to the instruction's unit; filter b and element c belong to the member unit or unit 0. `rank`: a refers to any unit.
- `add`, `sub`, comparisons, `min`, `max`: equal scale, measure and per; date ± int (days) = date, date − date = int, month likewise with months. `eq`, `ne`: any equal types but texts and lists. Order: numbers, dates, months.
- `mul`: the scales add up. `mul`, `div.round`: at most one operand has a measure or per, which the result inherits; a quotient of two equal measures has none.
- `select`, `resolve`, `default`: all alternatives have the instruction's type. `resolve`: an odd list, default first, then (live, value).
- `years.done`, `months.add`: b is an int in years or months. Rounding: 0 half away from zero, 1 away from zero, 2 towards zero. Clip: 0 a missing day is an error, 1 month end, 2 first of the next month.
- `text.is`: a is a text of the fact that predicate b is about. `list.has`: b has the enumeration of list a. `list.count`: an int without a measure.
- Texts and lists are never computed: only `fact`, `tl.at` and `gather` have them as a result, only the operations above, `known` and `present` read them; no constant, parameter, key or result has such a type.
- A result's register belongs to the result's unit, has its type, and is no other result's.
TEXT
}

case ${1-} in
  '') generate > "$page.new" && mv "$page.new" "$page" ;;
  --check)
    if generate | cmp -s - "$page"; then exit 0; fi
    echo "docs/bytecode.md is not up to date: run tools/dev/gen-bytecode-doc.sh" >&2
    exit 1 ;;
  *) echo "usage: gen-bytecode-doc.sh [--check]" >&2; exit 2 ;;
esac
