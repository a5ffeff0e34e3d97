#!/usr/bin/env python3
"""Runs independent cases of all benefits through `anspruch decide` and prints a table benefit × tier: passed, deviating, not runnable.

The cases are test data of another tax-transfer model, one JSON object a line, one file per benefit (`<benefit>.jsonl`). They are not part of this repository:
without them the test is skipped (exit 77). One adapter module per benefit (kindergeld.py, wohngeld.py, …) translates a case into a case document
(docs/formats/case.md); what it assumes is the same for every case and is printed.

    run_oracle.py --anspruch BINARY [--benefit NAME …] [--cases FOLDER] [--deviations FILE] [--verbose] [--markdown]

Cases: --cases, else the environment variable ANSPRUCH_ORACLE, else ../shared/oracle/open beside the checkout.

The gate is the exact tier (common.tier) at dates that the package supports. A gate case that deviates or cannot be run fails the test, unless deviations.json lists it
with the provision that justifies our result. A listed case that no longer deviates fails too, and so does one that does not agree under the assumption which its entry
names (`agrees_if`). The list names cases by hash; a listed case that is not in the folder is ignored.

Exit codes: 0 the gate holds, 1 it does not, 77 no cases, or none that can be run.
"""
import argparse
import collections
import datetime
import importlib
import json
import os
import pathlib
import sys

import common

SKIP = 77
ADAPTERS = ("kindergeld", "unterhaltsvorschuss", "wohngeld", "kinderzuschlag", "elterngeld", "grundsicherung_im_alter", "bürgergeld", "arbeitslosengeld_2", "household_links", "groupings")
# Benefits of the cases for which there is no package yet: nothing of them is run, and they are in no gate.
NO_PACKAGE = ("unterhalt", "vorrangprüfungen", "erziehungsgeld")
DEVIATIONS = pathlib.Path(__file__).with_name("deviations.json")

Result = collections.namedtuple("Result", "case key tier gate outcome text")


def load_deviations(path):
    """Listed deviations by benefit and key. Every entry must say which provision and why."""
    listed = {}
    for entry in json.loads(pathlib.Path(path).read_text(encoding="utf-8")):
        if not all(entry.get(field) for field in ("benefit", "key", "provision", "why")) or set(entry) - {"benefit", "key", "provision", "why", "agrees_if"}:
            raise SystemExit("%s: %s needs benefit, key, provision and why; agrees_if may follow" % (path, entry))
        listed[entry["benefit"], entry["key"]] = entry
    return listed


def load_cases(folder, benefit):
    path = folder / (benefit + ".jsonl")
    if not path.is_file():
        return None
    with path.open(encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.strip()]


def run_once(adapter, case, product, variant=None):
    """Deviations of a case as texts; NotRunnable if it cannot be put."""
    if case.get("skip"):
        raise common.NotRunnable("marked as skipped by its source")
    if case.get("scalars"):
        raise common.NotRunnable("gives values of the law itself")
    if not set(adapter.COMPARED) & set(case["expected"]):
        raise common.NotRunnable("expects nothing that the package computes")
    return adapter.compare(case, product, adapter.document(case, variant))


def run_case(adapter, case, product):
    tier, key = common.tier(case, adapter.BENEFIT), common.case_key(case)
    first, last = common.supported(adapter.PACKAGE)
    if not first <= case["date"][:7] <= last:
        return Result(case, key, tier, False, "idle", "date outside %s to %s" % (first, last))
    gate = tier == common.EXACT and not case.get("skip")
    try:
        found = run_once(adapter, case, product)
    except common.NotRunnable as e:
        return Result(case, key, tier, gate, "idle", str(e))
    except (RuntimeError, KeyError, ValueError) as e:
        found = ["%s: %s" % (type(e).__name__, e)]
    return Result(case, key, tier, gate, "deviates" if found else "passes", "; ".join(found))


def run_benefit(name, cases, product):
    if name in NO_PACKAGE or not (common.RULES / importlib.import_module(name).PACKAGE).is_dir():
        return [Result(case, common.case_key(case), common.tier(case, name), False, "idle", "no package") for case in cases]
    adapter = importlib.import_module(name)
    return [run_case(adapter, case, product) for case in cases]


def judge(name, results, listed, product):
    """Reasons why the gate of one benefit fails; empty if it holds."""
    failures = []
    for r in results:
        entry = listed.get((name, r.key))
        if r.outcome == "deviates" and entry is None and r.gate:
            failures.append("%s (key %s) deviates and is not listed: %s" % (r.case["id"], r.key, r.text))
        elif r.outcome == "idle" and r.gate:
            failures.append("%s (key %s) is in the gate and cannot be run: %s" % (r.case["id"], r.key, r.text))
        elif r.outcome != "deviates" and entry is not None:
            failures.append("%s (key %s) is listed in deviations.json but does not deviate" % (r.case["id"], r.key))
        elif entry is not None and entry.get("agrees_if"):
            rest = run_once(importlib.import_module(name), r.case, product, entry["agrees_if"])
            if rest:
                failures.append("%s (key %s) should agree if `%s`, but: %s" % (r.case["id"], r.key, entry["agrees_if"], "; ".join(rest)))
    return failures


def rows(name, results, listed):
    """Table rows of one benefit: tier, cases, passed, listed deviations, other deviations, reasons of those that are not run with counts."""
    for tier in (common.EXACT, common.ADVISORY):
        part = [r for r in results if r.tier == tier]
        if part:
            deviating = [r for r in part if r.outcome == "deviates"]
            known = sum((name, r.key) in listed for r in deviating)
            idle = collections.Counter(r.text for r in part if r.outcome == "idle")
            yield (name, tier, len(part), sum(r.outcome == "passes" for r in part), known, len(deviating) - known, idle)


def plain_table(table):
    print("%-24s %-9s %5s %6s %9s %9s %8s  %s" % ("benefit", "tier", "cases", "passed", "deviating", "deviating", "not", "reasons"))
    print("%-24s %-9s %5s %6s %9s %9s %8s" % ("", "", "", "", "listed", "not listed", "runnable"))
    for name, tier, cases, passed, known, other, idle in table:
        print("%-24s %-9s %5d %6d %9d %9d %8d  %s" % (name, tier, cases, passed, known, other, sum(idle.values()), reasons(idle)))


def reasons(idle):
    return "; ".join("%d: %s" % (count, text) for text, count in sorted(idle.items(), key=lambda item: (-item[1], item[0])))


def markdown(table, results, listed, failures):
    """The page docs/oracle.md."""
    print("# Independent cases\n")
    print("<!-- Written by tests/oracle/run_oracle.py --markdown; do not edit by hand. -->\n")
    print("Cases that nobody of this project wrote: public test data of another tax-transfer model and results of official calculators. They are not part of the repository; without them\n"
          "the tests `oracle_*` are skipped. State: %s. Repeat: `ANSPRUCH_ORACLE=<folder of the cases> ctest --test-dir build/dev -R oracle`, this page:\n"
          "`tests/oracle/run_oracle.py --anspruch build/dev/tools/cli/anspruch --markdown > docs/oracle.md`.\n" % datetime.date.today().strftime("%-d %b %Y"))
    print("**Gate** = exact tier (official source; Kindergeld; Unterhaltsvorschuss from 2016; Wohngeld from 2021; never Elterngeld, order of benefits and household links)\n"
          "at dates that the package supports. %s\n" % ("The gate holds." if not failures else "**The gate does not hold** (%d)." % len(failures)))
    print("| benefit | tier | cases | passed | deviating, listed | deviating, not listed | not runnable | reasons |\n|---|---|---|---|---|---|---|---|")
    for name, tier, cases, passed, known, other, idle in table:
        print("| %s | %s | %d | %d | %d | %d | %d | %s |" % (name, tier, cases, passed, known, other, sum(idle.values()), reasons(idle)))
    print("\n## Deviations\n\nEach is named by the hash of its id (`tests/oracle/deviations.json`). `agrees if` names an assumption under which our result equals the expectation; it is run each time.\n")
    print("| benefit | cases | provision | why ours | agrees if |\n|---|---|---|---|---|")
    texts = collections.OrderedDict()
    for name, part in results.items():
        for r in part:
            entry = listed.get((name, r.key))
            if r.outcome == "deviates" and entry:
                texts.setdefault((name, entry["provision"], entry["why"], entry.get("agrees_if", "")), []).append(r.key)
    for (name, provision, why, agrees), keys in texts.items():
        variant = importlib.import_module(name).VARIANTS[agrees] if agrees else "–"
        print("| %s | %d: %s | %s | %s | %s |" % (name, len(keys), ", ".join("`%s`" % k[:8] for k in keys), provision, why, variant))
    print("\n## What the cases do not say and is assumed\n")
    for name in ADAPTERS:
        if name in results:
            adapter = importlib.import_module(name)
            print("**%s** (`%s`, compared: %s)\n" % (name, adapter.PACKAGE, ", ".join("`%s`" % c for c in adapter.COMPARED)))
            print("".join("- %s\n" % text for text in adapter.ASSUMED))
    print("## What cannot be given or is not compared\n")
    for name in ADAPTERS:
        if name in results:
            print("".join("- %s: %s\n" % (name, text) for text in importlib.import_module(name).CANNOT), end="")
    print("- all: an input that says something, but is neither used by the adapter nor known to be without effect, makes the case not runnable.\n"
          "- all: amounts are compared in cents. Only where a case itself allows more than a cent (its source rounds) does that count.\n"
          "- no package: %s." % ", ".join(NO_PACKAGE))


def details(results, listed, failures, verbose):
    for name, part in results.items():
        for r in part:
            if r.outcome == "deviates":
                print("%s %s%s (key %s): %s" % ("listed deviation" if (name, r.key) in listed else "DEVIATION", "" if r.gate else "(advisory) ", r.case["id"], r.key, r.text))
            elif verbose:
                print("%s %s%s" % (r.outcome, r.case["id"], ": " + r.text if r.text else ""))
    for name in results:
        if name in ADAPTERS:
            for text in importlib.import_module(name).ASSUMED:
                print("assumed for %s: %s" % (name, text))
    for text in failures:
        print("GATE: %s" % text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--anspruch", required=True)
    parser.add_argument("--benefit", action="append", choices=ADAPTERS + NO_PACKAGE, help="only this benefit (may be repeated)")
    parser.add_argument("--cases", default=os.environ.get("ANSPRUCH_ORACLE") or str(common.ROOT.parent / "shared" / "oracle" / "open"))
    parser.add_argument("--deviations", default=str(DEVIATIONS))
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--markdown", action="store_true", help="print the page docs/oracle.md")
    a = parser.parse_args()
    folder, product, listed = pathlib.Path(a.cases), common.Product(a.anspruch), load_deviations(a.deviations)
    results, failures = collections.OrderedDict(), []
    for name in a.benefit or ADAPTERS + NO_PACKAGE:
        cases = load_cases(folder, name)
        if cases:
            results[name] = run_benefit(name, cases, product)
            failures += judge(name, results[name], listed, product)
    if not results:
        print("skipped: no independent cases in %s (set ANSPRUCH_ORACLE to their folder)" % folder)
        return SKIP
    table = [row for name, part in results.items() for row in rows(name, part, listed)]
    if a.markdown:
        markdown(table, results, listed, failures)
    else:
        plain_table(table)
        details(results, listed, failures, a.verbose)
    if failures:
        return 1
    if not any(r.outcome != "idle" for part in results.values() for r in part):
        print("skipped: no case can be run")
        return SKIP
    return 0


if __name__ == "__main__":
    sys.exit(main())
