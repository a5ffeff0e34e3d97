#!/usr/bin/env python3
"""k independent mistakes in intact rule files give exactly k messages, whatever they are and however they are mixed.

    damage.py --anspruch BINARY --rounds N [--seed S] [--keep FOLDER] FOLDER… PAGE.md…

FOLDER is a rule package, PAGE.md a page with rule texts (```recht blocks, each a package). Each round copies one package, damages k = 1…5 random
items that do not touch each other, and asserts that `anspruch check --json` reports exactly k errors, one on the lines of each damaged item, and no
warning. A damage is one known mistake of characters, syntax or meaning. Two damages of a round never concern the same name, for then they would not
be independent: a rule of a result whose declaration is damaged cannot be judged whole. Every kind of damage must have been used at the end.
Deterministic: the same seed, files and tool give the same rounds. Exit codes: 0 good, 1 a round differs, 2 usage.
"""
import argparse
import collections
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

BEGINS = re.compile(r"(paket|norm|auswahl|einheit|hilfsdefinition|ergebnis|parameter|regel|ausnahme|ermessen|beurteilung|nicht abgebildet|leistung|grundfall|prüffall|§|Anlage|Art\.)(?=[ \d]|$)")
BLOCK = re.compile(r"^```recht\n(.*?)^```$", re.S | re.M)
NAME = r"[A-Za-zÄÖÜäöüß_][\wÄÖÜäöüß]*"


class Item:
    """Lines first…last (0-based, inclusive) of a file, the word it begins with, and the names it concerns."""

    def __init__(self, path, first, word):
        self.path, self.first, self.last, self.word = path, first, first, word
        self.section = None
        self.sections_after = 0


def items_of(path, lines):
    found, section = [], None
    for i, line in enumerate(lines):
        begins = BEGINS.match(line)
        if begins:
            found.append(Item(path, i, begins.group(1)))
            if begins.group(1) in ("§", "Anlage", "Art."):
                section = (path, i)
            found[-1].section = section
        elif found and line.strip() and not line.startswith("--"):
            found[-1].last = i
    return found


# --- damages: (kind, words of the items, function(lines of the item) -> new lines or None); the line of the mistake may be any of the item's ---------

def first_match(pattern, replacement, where=None):
    """Replaces the first match of pattern in the item, outside comments and texts."""
    compiled = re.compile(pattern)

    def change(lines, r):
        del r
        for i, line in enumerate(lines):
            if where and not re.search(where, line):
                continue
            code = line.split("--", 1)[0]
            match = compiled.search(code)
            if match and code.count('"', 0, match.start()) % 2 == 0:
                return lines[:i] + [line[:match.start()] + match.expand(replacement) + line[match.end():]] + lines[i + 1:]
        return None
    return change


def without_last(word):
    def change(lines, r):
        del r
        return lines[:-1] if len(lines) > 1 and lines[-1].strip() == word else None
    return change


def without_line(pattern):
    def change(lines, r):
        del r
        for i, line in enumerate(lines):
            if i and re.match(pattern, line):
                return lines[:i] + lines[i + 1:]
        return None
    return change


def appended(text, unless):
    def change(lines, r):
        del r
        if any(re.search(unless, line) for line in lines) or "--" in lines[-1]:
            return None
        return lines[:-1] + [lines[-1] + text]
    return change


def doubled(lines, r):
    del r
    return lines + lines


def gap(lines, r):
    """The first row of a one-line-per-row parameter begins two months later than the package."""
    del r
    for i, line in enumerate(lines):
        match = re.search(r"\bab 01\.01\.(20\d\d)\b", line)
        if match and int(match.group(1)) == gap.year and "verkündet" not in line:
            return lines[:i] + [line[:match.start()] + "ab 03.03." + match.group(1) + line[match.end():]] + lines[i + 1:]
    return None


RULES_ROOT = pathlib.Path(__file__).resolve().parents[2] / "rules"  # where the packages lie that the damaged ones use
RULES = ("regel", "hilfsdefinition", "ausnahme")
DAMAGES = [
    # characters
    ("stray sign", RULES, first_match(r"\bwenn ", r"wenn $ ")),
    ("stray sign in a heading", ("§",), first_match(r"^(§ \S+)", r"\1 $")),
    ("no such day", ("parameter",), first_match(r"\bab \d\d\.\d\d\.(\d{4})", r"ab 31.02.\1", where=r"\bab .*:")),
    ("no such month", ("prüffall",), first_match(r"\bim \d\d\.(\d{4})", r"im 13.\1", where=r"erwarte")),
    ("dot in a number", RULES, first_match(r"\bwenn ", r"wenn 1.000 > 2 und ")),
    # syntax
    ("colon of a result", ("ergebnis",), first_match(r" : ", r" ", where=r"^ergebnis")),
    ("colon of a fact", ("einheit",), first_match(r" : ", r" ", where=r"^  (angabe|verweis)")),
    ("colon of a parameter", ("parameter",), first_match(r" : ", r" ", where=r"^parameter")),
    ("operand", RULES, appended(" und", r"begründung|andernfalls|\bsonst\b|^hilfsdefinition (ergebnis|parameter)")),
    ("parenthesis", RULES, first_match(r"\bwenn ", r"wenn (")),
    ("keyword of a rule", ("regel",), first_match(r"^regel ", r"regel regel ")),
    ("misspelt keyword", ("regel", "ausnahme"), first_match(r"^(regel|ausnahm)e? ", r"\1l ")),
    ("end of a unit", ("einheit",), without_last("ende")),
    ("end of a case", ("prüffall", "grundfall"), without_last("ende")),
    ("heading", ("§",), first_match(r"\bAbs\. \d+\w*", r"Abs.")),
    ("sign of a choice", ("auswahl",), first_match(r" = ", r" ")),
    ("names of a unit", ("einheit",), first_match(r"^(einheit .*)$", r"\1 =")),
    ("text of a law", ("norm",), first_match(r' "[^"]*"', r"")),
    ("expectation", ("prüffall",), first_match(r" = ", r" ", where=r"erwarte")),
    ("assignment", ("prüffall", "grundfall"), first_match(r"^(\s+.*" + NAME + r") = ", r"\1 = = ", where=r"^(?!.*erwarte)")),
    ("name of a case", ("prüffall",), first_match(r'^prüffall "[^"]*"', r"prüffall")),
    ("name of a base case", ("grundfall",), first_match(r'^grundfall "[^"]*"', r"grundfall")),
    ("line of a benefit", ("leistung",), first_match(r"^(  betrag) .*$", r"\1 1")),
    # meaning
    ("unknown name", RULES, first_match(r"\bwenn ", r"wenn nirgends_vereinbart und ")),
    ("unknown result", ("regel", "ausnahme"), first_match(r"^((?:regel|ausnahme für) " + NAME + r"\." + NAME + r")", r"\1_nirgends")),
    ("unknown unit", ("regel",), first_match(r"^regel " + NAME + r"\.", r"regel Nirgends.")),
    ("unknown law", ("§",), first_match(r"\b[A-Z]\w+(?= *(quelle ungeprüft)? *$)", r"Nirgends")),
    ("unknown type", ("einheit",), first_match(r" : (?!.*Zeitverlauf)\w.*$", r" : Nirgends", where=r"^  angabe")),
    ("type of a result", ("ergebnis",), first_match(r"\bsonst \d.*€.*$", r"sonst wahr", where=r"^ergebnis")),
    ("types of a comparison", RULES, first_match(r"\bwenn ", r"wenn 1 € > 2 und ")),
    ("no such target", ("ausnahme",), first_match(r"\bvon § \S+", r"von § 9999")),
    ("declared twice", ("ergebnis",), doubled),
    ("gap", ("parameter",), gap),
    ("unknown fact", ("prüffall", "grundfall"), first_match(r"^(\s+(?:" + NAME + r" " + NAME + r": )?)" + NAME + r" = ", r"\1nirgends_vereinbart = ", where=r"^(?!.*erwarte)")),
    ("unknown expectation", ("prüffall",), first_match(r"erwarte (" + NAME + r")\." + NAME, r"erwarte \1.nirgends_vereinbart")),
    ("month outside", ("prüffall",), first_match(r"\bim \d\d\.\d{4}", r"im 01.1900", where=r"erwarte")),
    ("regime", ("leistung",), without_line(r"  regime ")),
    ("order of dates", ("regel",), first_match(r"^(regel " + NAME + r"\." + NAME + r")(?! gültig)(?=\s|$)", r"\1 gültig ab 01.01.2021 bis 01.01.2020")),
]


def names_of(lines):
    """The names an item concerns: the last part of the path or the name it declares, and every name in its declaration block."""
    text = "\n".join(line.split("--", 1)[0] for line in lines)
    head = re.match(r"(?:hilfsdefinition )?(?:ergebnis|regel|ausnahme für|ermessen für|beurteilung für|nicht abgebildet für) (" + NAME + r")\.(" + NAME + ")", text)
    if head:
        return {head.group(2)}
    head = re.match(r"(?:hilfsdefinition )?(?:parameter|auswahl|leistung|norm) (" + NAME + ")", text)
    return {head.group(1)} if head else set()


def mentioned(lines):
    text = re.sub(r'"[^"]*"', "", "\n".join(line.split("--", 1)[0] for line in lines))
    return set(re.findall(NAME, text))


class Damage:
    def __init__(self, kind, item, old, new):
        self.kind, self.item, self.old, self.new = kind, item, old, new
        changed = mentioned(old) if item.word == "einheit" and kind in ("colon of a fact", "unknown type") else set()
        if changed:  # the one fact whose line changed
            line = next(a for a, b in zip(old, new) if a != b)
            changed = set(re.findall(r"^  \w+ (" + NAME + ")", line))
        self.subjects = names_of(old) | changed
        if item.word == "auswahl":
            self.subjects |= mentioned(old)
        self.mentions = mentioned(old)


def independent(a, b):
    if a.item.path == b.item.path and not (a.item.last + 1 < b.item.first or b.item.last + 1 < a.item.first):
        return False
    for x, y in ((a, b), (b, a)):
        if x.item.word == "§" and y.item.section == (x.item.path, x.item.first):
            return False  # what stands below a heading that cannot be read is not judged whole
        if x.subjects & y.mentions:
            return False
        if x.item.word == "grundfall" and y.item.word == "prüffall":
            return False  # a case rests on its base case
    return True


class Package:
    def __init__(self, name, files):
        self.name = name
        self.files = {path: text.split("\n") for path, text in files.items()}
        self.items = [item for path in sorted(self.files) for item in items_of(path, self.files[path])]
        for a, b in zip(self.items, self.items[1:]):
            a.neighbours_end = b.first if a.path == b.path else len(self.files[a.path])
        if self.items:
            self.items[-1].neighbours_end = len(self.files[self.items[-1].path])
        span = re.search(r"zeitraum\s+von \d\d\.(\d{4})", "\n".join("\n".join(lines) for lines in self.files.values()))
        self.year = int(span.group(1)) if span else 0

    def choose(self, r, k, used):
        chosen = []
        for _ in range(400):
            if len(chosen) == k:
                break
            kind, words, change = min(r.sample(DAMAGES, 3), key=lambda d: used[d[0]])  # rare ones first
            fitting = [item for item in self.items if item.word in words]
            if not fitting:
                continue
            item = r.choice(fitting)
            old = self.files[item.path][item.first:item.last + 1]
            gap.year = self.year
            new = change(old, r)
            if new is None or new == old:
                continue
            damage = Damage(kind, item, old, new)
            if all(independent(damage, other) for other in chosen):
                chosen.append(damage)
        return chosen

    def write(self, folder, chosen):
        """Writes the damaged package; returns (path, first, last line, kind) of each damage, 1-based, up to the line where the next item begins."""
        places = []
        for path, lines in self.files.items():
            out, at = [], 0
            for damage in sorted((d for d in chosen if d.item.path == path), key=lambda d: d.item.first):
                out += lines[at:damage.item.first]
                first = len(out) + 1
                out += damage.new
                at = damage.item.last + 1
                places.append((path, first, len(out) + 1 + max(0, damage.item.neighbours_end - at), damage.kind))
            out += lines[at:]
            (folder / path).write_text("\n".join(out), encoding="utf-8")
        return places


def packages_of(sources):
    found = []
    for source in map(pathlib.Path, sources):
        if source.is_dir():
            found.append(Package(str(source), {p.name: p.read_text(encoding="utf-8") for p in sorted(source.glob("*.recht"))}))
            continue
        for number, block in enumerate(BLOCK.findall(source.read_text(encoding="utf-8")), 1):
            if block.lstrip().startswith("paket") or "\npaket" in block:
                found.append(Package("%s, %d" % (source, number), {"beispiel.recht": block}))
    return [p for p in found if p.items]


def check(binary, folder):
    done = subprocess.run([binary, "check", "--json", "--packages", str(RULES_ROOT), str(folder)], capture_output=True, text=True, timeout=300, check=False)
    try:
        return done.returncode, json.loads(done.stdout)
    except ValueError:
        return done.returncode, None


def messages_of(answer):
    """Errors and warnings; notes ("did you mean") belong to the error before them."""
    entries = answer if isinstance(answer, list) else answer.get("diagnostics", answer.get("messages", []))
    return [e for e in entries if e["severity"] != "note"]


def judge(messages, places):
    if len(messages) != len(places):
        return "%d messages instead of %d" % (len(messages), len(places))
    left = list(places)
    for m in messages:
        mine = [p for p in left if pathlib.Path(m["path"]).name == p[0] and p[1] <= m["line"] <= p[2]]
        if not mine or m["severity"] != "error":
            return "%s %s:%d belongs to no damage" % (m["code"], m["path"], m["line"])
        left.remove(mine[0])
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--anspruch", required=True)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep")
    parser.add_argument("sources", nargs="+")
    a = parser.parse_args()
    packages = packages_of(a.sources)
    r = random.Random(a.seed)
    used, sizes, failures = collections.Counter({d[0]: 0 for d in DAMAGES}), collections.Counter(), 0
    for number in range(a.rounds):
        package = packages[number % len(packages)]
        chosen = package.choose(r, 1 + number // len(packages) % 5, used)
        with tempfile.TemporaryDirectory() as scratch:
            places = package.write(pathlib.Path(scratch), chosen)
            code, answer = check(a.anspruch, scratch)
            wrong = "no answer, exit code %d" % code if answer is None else judge(messages_of(answer), places)
            if not wrong and code == 0 and chosen:
                wrong = "accepted"
            for d in chosen:
                used[d.kind] += 1
            sizes[len(chosen)] += 1
            if wrong:
                failures += 1
                print("round %d, %s: %s" % (number, package.name, wrong))
                for p in sorted(places):
                    print("  damage %s:%d–%d %s" % p)
                for m in messages_of(answer or []):
                    print("  message %s %s:%d %s" % (m["code"], pathlib.Path(m["path"]).name, m["line"], m["message"]))
                if a.keep:
                    package.write(pathlib.Path(a.keep), chosen)
    for kind, count in used.items():
        print("  %-26s %d%s" % (kind, count, "" if count else "  NEVER USED"))
    print("%d packages, %d rounds (%s), %d differ" % (len(packages), a.rounds, ", ".join("%d damages: %d" % x for x in sorted(sizes.items())), failures))
    return 1 if failures or not all(used.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
