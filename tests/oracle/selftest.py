#!/usr/bin/env python3
"""Checks the oracle's own judgement with invented cases: what must pass, fail, be listed or be skipped.

    selftest.py --anspruch BINARY

All persons are synthetic. Exit codes: 0 as expected, 1 not.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import common

RUNNER = pathlib.Path(__file__).with_name("run_oracle.py")
PARENT = {"p_id": 1, "hh_id": 1, "alter": 40, "familie__alleinerziehend": True, "familie__p_id_elternteil_1": -1, "kindergeld__p_id_empfänger": -1}


def kindergeld_case(cents, **more):
    child = {"p_id": 2, "hh_id": 1, "alter": 10, "kindergeld__p_id_empfänger": 1}
    case = {"id": "synthetic/kindergeld", "date": "2024-01-01", "source_class": "none", "household": [PARENT, child], "expected": {"kindergeld__betrag_m": [cents / 100, 0]}}
    case.update(more)
    return case


def maintenance_case(euro):
    child = {"p_id": 2, "hh_id": 1, "alter": 14, "familie__p_id_elternteil_1": 1, "kindergeld__p_id_empfänger": 1}
    return {"id": "synthetic/unterhaltsvorschuss", "date": "2024-01-01", "source_class": "none", "household": [PARENT, child],
            "expected": {"unterhaltsvorschuss__betrag_m": [0, euro]}}


def entry(benefit, case, **more):
    return {"benefit": benefit, "key": common.case_key(case), "provision": "§ 1", "why": "synthetic", **more}


def checks():
    """(what is checked, benefit, cases or None, listed deviations, expected exit code, a text that must be in the output)"""
    right, wrong = kindergeld_case(25000), kindergeld_case(25001)
    strange = kindergeld_case(25000, household=[PARENT | {"unheard_of": 3}, kindergeld_case(0)["household"][1]])
    none, some = maintenance_case(0), maintenance_case(1)
    return (
        ("agreement passes", "kindergeld", [right], [], 0, "      1      1"),
        ("one cent deviates", "kindergeld", [wrong], [], 1, "expected 25001 cents, got 25000"),
        ("a tolerance of the case counts", "kindergeld", [kindergeld_case(25001, tol=1)], [], 0, ""),
        ("a tolerance has an end", "kindergeld", [kindergeld_case(25101, tol=1)], [], 1, "expected 25101"),
        ("an unknown input cannot be run", "kindergeld", [strange], [], 1, "input unheard_of cannot be given"),
        ("a case outside the package is in no gate", "kindergeld", [kindergeld_case(1, date="2010-01-01")], [], 77, "date outside"),
        ("a listed deviation is accepted", "kindergeld", [wrong], [entry("kindergeld", wrong)], 0, "listed deviation"),
        ("a listed case that agrees is an error", "kindergeld", [right], [entry("kindergeld", right)], 1, "does not deviate"),
        ("a listed case that is absent is ignored", "kindergeld", [right], [{**entry("kindergeld", right), "key": "0" * 16}], 0, ""),
        ("a variant explains a deviation", "unterhaltsvorschuss", [none], [entry("unterhaltsvorschuss", none, agrees_if="sgb2")], 0, "listed deviation"),
        ("a variant that does not explain is an error", "unterhaltsvorschuss", [some], [entry("unterhaltsvorschuss", some, agrees_if="sgb2")], 1, "should agree if"),
        ("an advisory case never fails", "household_links", [wrong], [], 0, "(advisory)"),
        ("without cases the test is skipped", "kindergeld", None, [], 77, "no independent cases"),
    )


def run(binary, benefit, cases, listed, more=()):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if cases is not None:
            (folder / (benefit + ".jsonl")).write_text("".join(json.dumps(c, ensure_ascii=False) + "\n" for c in cases), encoding="utf-8")
        (folder / "listed.json").write_text(json.dumps(listed), encoding="utf-8")
        line = [sys.executable, str(RUNNER), "--anspruch", binary, "--benefit", benefit, "--cases", name, "--deviations", str(folder / "listed.json"), *more]
        return subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--anspruch", required=True)
    binary = parser.parse_args().anspruch
    failed = 0
    for what, benefit, cases, listed, code, text in checks():
        done = run(binary, benefit, cases, listed)
        good = done.returncode == code and text in done.stdout
        failed += not good
        print("%s %s" % ("ok  " if good else "FAIL", what))
        if not good:
            print("expected exit %d and `%s`, got exit %d\n%s%s" % (code, text, done.returncode, done.stdout, done.stderr))
    listed = kindergeld_case(25001)
    page = run(binary, "kindergeld", [listed], [entry("kindergeld", listed)], ("--markdown",)).stdout
    good = "| kindergeld | exact | 1 | 0 | 1 | 0 | 0 |" in page and "synthetic/" not in page and "25001" not in page
    failed += not good
    print("%s the page has the counts, and neither names nor figures of cases" % ("ok  " if good else "FAIL"))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
