#!/usr/bin/env python3
"""Runs independent Kindergeld cases through `anspruch decide` and compares the amounts.

Owns the translation of kindergeld.jsonl (one household per line, columns of another tax-transfer model) into case documents
(docs/formats/case.md). The cases are test data only and are not part of this repository: without them the test is skipped (exit 77).

    run_oracle.py --anspruch BINARY --package rules/bund/estg/kindergeld [--cases FOLDER_OR_FILE] [--verbose]

Cases: --cases, else the environment variable ANSPRUCH_ORACLE (folder or file), else ../shared/oracle/open beside the checkout.

What the other model does not say is supplied here, the same for every case, and is printed with the result:
- Where only an age is given, the birthday is a 1 July that gives this age on the day of the case; a year of birth without a day means the 2nd of the month.
- Everybody is alive, German, lives in Germany and has an IdNr; no foreign benefit; the recipient is the only person in question for the child.
- `in_ausbildung` of an adult child is a registered training contract, and the first training is completed (that model applies the limit of
  20 hours to every adult child; § 32 Abs. 4 Satz 2 EStG applies it after the first training only).
- Nothing else that counts for an adult child (no service, no search for a place, not registered as seeking work, no disability).

Exact comparison, in cents, of the sum per recipient. Columns other than kindergeld__betrag_m and kindergeld__betrag_m_hh are not compared.
Exit codes: 0 all runnable cases agree, 1 a deviation or a failed run, 77 no cases found.
"""
import argparse
import datetime
import decimal
import json
import os
import pathlib
import subprocess
import sys
import tempfile

SKIP = 77
ROOT = pathlib.Path(__file__).resolve().parents[2]
FIRST_DAY = datetime.date(2015, 1, 1)
LAST_DAY = datetime.date(2026, 12, 31)
NO = [{"value": False}]


def birth_date(age, day):
    """A birth date, never on a limit: age n holds on the whole month of the case."""
    born = datetime.date(day.year - age, 7, 1)
    if born > day.replace(year=born.year):
        born = born.replace(year=born.year - 1)
    return born


def person(column, day):
    if "geburtsjahr" in column:
        born = datetime.date(int(column["geburtsjahr"]), int(column.get("geburtsmonat", 7)), int(column.get("geburtstag", 2)))
    else:
        born = birth_date(int(column["alter"]), day)
    adult = (day.year - born.year) - ((day.month, day.day) < (born.month, born.day)) >= 18
    hours = decimal.Decimal(str(column.get("arbeitsstunden_w", 0))).quantize(decimal.Decimal("0.1"))
    training = adult and bool(column.get("kindergeld__in_ausbildung", False))
    return {
        "id": "p%06d" % int(column["p_id"]), "Geburtsdatum": born.isoformat(), "Sterbedatum": None, "IdNr_vergeben": True, "Staatsangehörigkeit": "Deutsch",
        "Wohnsitz": [{"value": "Inland"}], "Andere_Leistung": NO,
        "Ausbildung": [{"value": training}], "Studium": NO, "Sonstige_Ausbildung": NO, "Ausbildungsplatz_gesucht": NO, "Freiwilligendienst": NO, "Wehrdienst": NO,
        "Arbeitsuchend": NO, "Wochenstunden": [{"value": str(hours)}], "Geringfügig": NO, "Ausbildungsdienstverhältnis": NO,
        "Erstausbildung_abgeschlossen": born.replace(year=born.year + 17).isoformat() if adult else None, "Behinderung": NO, "Behinderung_eingetreten": None,
        "Pflichtdienst_vor_Juli_2011": False,
    }


def case_document(case, day):
    household = case["household"]
    pairs = [(int(c["kindergeld__p_id_empfänger"]), int(c["p_id"])) for c in household if int(c.get("kindergeld__p_id_empfänger", -1)) >= 0]
    claims = [{"id": "k%06d" % child, "Berechtigter": "p%06d" % recipient, "Kind": "p%06d" % child, "Art": "leiblich", "Antragseingang": FIRST_DAY.isoformat()}
              for recipient, child in pairs]
    document = {"format": "anspruch-case/1", "units": {"Person": [person(c, day) for c in household], "Kindschaft": claims}}
    return document, {"k%06d" % child: recipient for recipient, child in pairs}


def decide(binary, package, document, day):
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8", delete=False) as f:
        json.dump(document, f, ensure_ascii=False)
    try:
        run = subprocess.run([binary, "decide", str(package), f.name, "--month", day.strftime("%Y-%m"), "--json"], capture_output=True, text=True, timeout=120, check=False)
    finally:
        os.unlink(f.name)
    if run.returncode != 0:
        raise RuntimeError("anspruch decide: exit %d: %s" % (run.returncode, run.stderr.strip()[:400]))
    return json.loads(run.stdout)["claims"]


def cents(value):
    return int((decimal.Decimal(str(value)) * 100).to_integral_exact())


def compare(case, claims, recipient_of):
    """Deviations as texts; empty when all compared columns agree."""
    ids = [int(c["p_id"]) for c in case["household"]]
    got = dict.fromkeys(ids, 0)
    found = []
    for claim in claims:
        if claim["merits"] == "undetermined":
            found.append("%s is undetermined" % claim["row"])
        elif claim["merits"] == "entitled":
            got[recipient_of[claim["row"]]] += claim["amount_cents"]
    expected = case["expected"]
    if "kindergeld__betrag_m" in expected:
        for p_id, value in zip(ids, expected["kindergeld__betrag_m"], strict=True):
            if got[p_id] != cents(value):
                found.append("person %d: expected %d cents, got %d" % (p_id, cents(value), got[p_id]))
    if "kindergeld__betrag_m_hh" in expected:
        total = sum(got.values())
        for p_id, value in zip(ids, expected["kindergeld__betrag_m_hh"], strict=True):
            if total != cents(value):
                found.append("household of %d: expected %d cents, got %d" % (p_id, cents(value), total))
    return found


def not_runnable(case):
    day = datetime.date.fromisoformat(case["date"])
    if case.get("skip"):
        return "marked as skipped by its source"
    if not FIRST_DAY <= day <= LAST_DAY:
        return "date %s lies outside 2015-01 to 2026-12" % case["date"]
    if not all("alter" in c or "geburtsjahr" in c for c in case["household"]):
        return "gives neither age nor year of birth of everybody"
    if not {"kindergeld__betrag_m", "kindergeld__betrag_m_hh"} & case["expected"].keys():
        return "expects no amount of Kindergeld"
    return None


def load(path):
    if path.is_dir():
        path = path / "kindergeld.jsonl"
    if not path.is_file():
        return path, None
    with path.open(encoding="utf-8") as f:
        return path, [json.loads(line) for line in f if line.strip()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--anspruch", required=True)
    parser.add_argument("--package", default=str(ROOT / "rules/bund/estg/kindergeld"))
    parser.add_argument("--cases", default=os.environ.get("ANSPRUCH_ORACLE") or str(ROOT.parent / "shared" / "oracle" / "open"))
    parser.add_argument("--verbose", action="store_true")
    a = parser.parse_args()
    path, cases = load(pathlib.Path(a.cases))
    if cases is None:
        print("skipped: no independent cases at %s (set ANSPRUCH_ORACLE to their folder)" % path)
        return SKIP
    passed, deviating, idle = [], [], []
    for case in cases:
        reason = not_runnable(case)
        if reason:
            idle.append((case["id"], reason))
            continue
        day = datetime.date.fromisoformat(case["date"])
        document, recipient_of = case_document(case, day)
        try:
            found = compare(case, decide(a.anspruch, a.package, document, day), recipient_of)
        except (RuntimeError, KeyError, ValueError, subprocess.TimeoutExpired) as e:
            found = ["%s: %s" % (type(e).__name__, e)]
        (deviating if found else passed).append((case["id"], "; ".join(found)))
        if found and a.verbose:
            print(json.dumps(document, ensure_ascii=False, indent=1))
    for title, rows in (("passed", passed), ("deviating", deviating), ("not runnable", idle)):
        print("%-13s %4d" % (title, len(rows)))
        for name, text in rows:
            print("    %s%s" % (name, ": " + text if text else ""))
    print("supplied by this adapter: birthdays, IdNr, residence, nationality; the first training of adult children counts as completed")
    if not passed and not deviating:
        print("skipped: no case is runnable")
        return SKIP
    return 1 if deviating else 0


if __name__ == "__main__":
    sys.exit(main())
