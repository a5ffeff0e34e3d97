#!/usr/bin/env python3
"""Computes laws a second time: random cases through `anspruch decide` and through a program written from the statute alone; both must agree to the cent.

    run.py --anspruch BINARY [--seed N] [--cases N] [--counts] [--show N] LAW …

LAW names a module of this folder. It offers
  PACKAGE          the rule package below rules/
  BENEFIT          the benefit to decide, or None if the package has only one
  draw(random)     a case {"month": "YYYY-MM", "units": {…}}: complete facts, rows as in docs/formats/case.md
  decide(case)     {row: (entitled, cents)}; entitled is None where a human must decide, cents 0 without entitlement
and, if needed, KEEP (names of facts that the second run never leaves out, because their absence has a meaning),
  TOGETHER (cases in one document; 1 where an unknown membership of one person holds open every group of the document), CASES (how many without --cases) and
  package(folder)  the path of a package made in this folder (a copy with a benefit, for packages that have none).

Every case is run a second time with a random fifth of its facts left out. What is then still determined must be what the whole case says.

Cases of one month go to one process in one document, each with its own names of rows. Owns temporary files only; one thread. The same seed draws the same cases.
Environment: ANSPRUCH_TEST_SCALE (1 to 1000) multiplies the count. Exit codes: 0 agreed, 1 differed.
"""
import argparse
import collections
import copy
import importlib
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

import case as cases

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "rules"
TOGETHER = 40  # cases in one document: few processes, yet a difference is found quickly
CASES = 400
LEFT_OUT = 0.2


class Engine:
    """One built package and the questions to it."""

    def __init__(self, binary, law, folder):
        self.binary, self.folder = binary, pathlib.Path(folder)
        source = law.package(folder) if hasattr(law, "package") else RULES / law.PACKAGE
        self.built = self.folder / (law.__name__ + ".anp")
        self.more = ["--benefit", law.BENEFIT] if law.BENEFIT else []
        self._run(["build", str(source), "-o", str(self.built), "--packages", str(RULES)])

    def _run(self, arguments):
        run = subprocess.run([self.binary, *arguments], capture_output=True, text=True, timeout=300, check=False)
        if run.returncode != 0:
            raise SystemExit("anspruch %s: exit %d: %s" % (arguments[0], run.returncode, run.stderr.strip()[:2000]))
        return run.stdout

    def claims(self, month, units):
        """{row: (entitled or None, cents)} of all claims of the month."""
        path = self.folder / "cases.json"
        path.write_text(json.dumps({"format": "anspruch-case/1", "units": units, "overrides": []}, ensure_ascii=False), encoding="utf-8")
        answer = json.loads(self._run(["decide", str(self.built), str(path), "--month", month, "--search", "0", "--json", "--lang", "en", *self.more]))
        return {c["row"]: result_of(c) for c in answer["claims"]}


def result_of(claim):
    if claim["merits"] == "undetermined":
        return None, 0
    return claim["merits"] == "entitled", claim["amount_cents"] if claim["merits"] == "entitled" else 0


def renamed(units, prefix):
    """A copy of the rows in which every id, and every reference to one, begins with the prefix."""
    known = {row["id"] for rows in units.values() for row in rows}
    return {unit: [{key: prefix + value if isinstance(value, str) and value in known else value for key, value in row.items()} for row in rows] for unit, rows in units.items()}


def with_gaps(rng, units, keep):
    """A copy with about a fifth of the facts left out."""
    return {unit: [{key: copy.deepcopy(value) for key, value in row.items() if key == "id" or key in keep or rng.random() >= LEFT_OUT} for row in rows]
            for unit, rows in units.items()}


def answers(engine, drawn, together):
    """The engine's results of cases (month, units), in the order given."""
    found, by_month = [None] * len(drawn), collections.defaultdict(list)
    for n, (month, _) in enumerate(drawn):
        by_month[month].append(n)
    for month, members in sorted(by_month.items()):
        for begin in range(0, len(members), together):
            part = members[begin:begin + together]
            units = collections.defaultdict(list)
            for n in part:
                for unit, rows in renamed(drawn[n][1], "c%06d." % n).items():
                    units[unit] += rows
            claims = engine.claims(month, units)
            for n in part:
                prefix = "c%06d." % n
                found[n] = {row[len(prefix):]: result for row, result in claims.items() if row.startswith(prefix)}
    return found


def words(result):
    entitled, amount = result
    return "undetermined" if entitled is None else "%s, %s" % ("entitled" if entitled else "not entitled", cases.euros(amount))


def show(what, case, units, row, ours, theirs):
    print("%s: month %s, row %s: from the statute %s; anspruch %s" % (what, case["month"], row, words(ours), words(theirs)))
    print(json.dumps({"format": "anspruch-case/1", "units": units, "overrides": []}, ensure_ascii=False))


def compare(law, engine, rng, count, shown):
    """Number of cases in which the whole case differs, and in which the case with gaps contradicts it."""
    drawn = [law.draw(rng) for _ in range(count)]
    expected = [law.decide(c) for c in drawn]
    gaps = [with_gaps(rng, c["units"], getattr(law, "KEEP", ())) for c in drawn]
    together = getattr(law, "TOGETHER", TOGETHER)
    whole = answers(engine, [(c["month"], c["units"]) for c in drawn], together)
    parts = answers(engine, [(c["month"], units) for c, units in zip(drawn, gaps, strict=True)], together)
    different = contradicting = determined = 0
    for case, ours, theirs, units, part in zip(drawn, expected, whole, gaps, parts, strict=True):
        wrong = sorted(row for row in ours.keys() | theirs.keys() if ours.get(row) != theirs.get(row))
        different += bool(wrong)
        if wrong and different <= shown:
            show("DIFFERENCE", case, case["units"], wrong[0], ours.get(wrong[0], (None, 0)), theirs.get(wrong[0], (None, 0)))
        known = [row for row, result in part.items() if result[0] is not None]
        determined += len(known)
        against = sorted(row for row in known if part[row] != theirs.get(row))
        contradicting += bool(against)
        if against and contradicting <= shown:
            show("CONTRADICTION with facts left out", case, units, against[0], theirs[against[0]], part[against[0]])
    outcomes = collections.Counter("undetermined" if e is None else "entitled" if e else "not entitled" for ours in expected for e, _ in ours.values())
    print("%s: %d cases, %s; %d differ; with facts left out %d claims still determined, %d cases contradict"
          % (law.__name__, count, ", ".join("%d %s" % (n, name) for name, n in sorted(outcomes.items())), different, determined, contradicting))
    return different + contradicting


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--anspruch", required=True)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--cases", type=int)
    parser.add_argument("--counts", action="store_true", help="print how often each function of the law returned each kind of result")
    parser.add_argument("--show", type=int, default=3, help="differences to print")
    parser.add_argument("laws", nargs="+", metavar="LAW")
    a = parser.parse_args()
    scale = int(os.environ.get("ANSPRUCH_TEST_SCALE", "1"))
    if not 1 <= scale <= 1000 or a.cases is not None and a.cases < 1:
        parser.error("ANSPRUCH_TEST_SCALE: 1 to 1000; --cases: at least 1")
    wrong = 0
    for name in a.laws:
        law = importlib.import_module(name)
        with tempfile.TemporaryDirectory() as folder:
            wrong += compare(law, Engine(a.anspruch, law, folder), random.Random("%s %d" % (name, a.seed)), (a.cases or getattr(law, "CASES", CASES)) * scale, a.show)
    if a.counts:
        for (function, result), n in sorted(cases.COUNTS.items()):
            print("%8d  %-60s %s" % (n, function, result))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
