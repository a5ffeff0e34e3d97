"""What every adapter of the oracle needs: dates, amounts, the columns of the cases, tiers, the case document and the call of `anspruch`.

Owns no case data. A case is one JSON object: {id, benefit, date, source_class, household: [{column: value}], expected: {column: [value per person]}}.
Column names are those of another tax-transfer model: `_m`, `_y` = per month, per year; `_hh`, `_fg`, `_bg`, `_wthh`, `_sn` = one value for a group of persons;
`p_id_*` point at a person, -1 at nobody. An input may stand for a value that the other model would compute; such values go into the document as facts or overrides.

Amounts are decimals, compared in cents: nothing here is binary floating point after the JSON is read.
"""
import datetime
import decimal
import hashlib
import json
import os
import pathlib
import re
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "rules"
EXACT, ADVISORY = "exact", "advisory"
# Benefits that the cases' own description never counts as exact, whatever their source.
NEVER_EXACT = {"elterngeld", "vorrangprüfungen", "household_links"}


class NotRunnable(Exception):
    """The case cannot be put to the package; the text is the reason, the same words for the same reason (it is counted)."""


def tier(case, benefit):
    """exact or advisory: official sources, and three benefits by date whatever their source."""
    if benefit in NEVER_EXACT:
        return ADVISORY
    if str(case.get("source_class", "")).startswith("official") or benefit == "kindergeld":
        return EXACT
    if benefit == "unterhaltsvorschuss" and case["date"] >= "2016":
        return EXACT
    if benefit == "wohngeld" and case["date"] >= "2021":
        return EXACT
    return ADVISORY


def case_key(case):
    """Names a case without its text: the first 16 hexadecimal digits of the SHA-256 of its id."""
    return hashlib.sha256(case["id"].encode("utf-8")).hexdigest()[:16]


def supported(package):
    """First and last month of a package (YYYY-MM), read from its `zeitraum von … bis …`."""
    for path in sorted((RULES / package).glob("*.recht")):
        match = re.search(r"^\s+zeitraum von (\d\d)\.(\d{4}) bis (\d\d)\.(\d{4})", path.read_text(encoding="utf-8"), re.MULTILINE)
        if match:
            return "%s-%s" % (match[2], match[1]), "%s-%s" % (match[4], match[3])
    raise RuntimeError("no `zeitraum von … bis …` in %s" % (RULES / package))


def has_fact(package, name):
    """True if a package asks for this fact: lets an adapter supply what a later version of the package needs."""
    return any(re.search(r"^  (angabe|beurteilung) %s :" % re.escape(name), path.read_text(encoding="utf-8"), re.MULTILINE) for path in (RULES / package).glob("*.recht"))


def day_of(case):
    return datetime.date.fromisoformat(case["date"])


def years_between(born, day):
    return (day.year - born.year) - ((day.month, day.day) < (born.month, born.day))


def birth_date(person, day):
    """The birthday of a person on the day of the case.

    A given date of birth counts if it agrees with the age. Where only an age is given, or both contradict each other (the other model then uses the age),
    the birthday is a 1 July that gives this age; a year of birth without a day means 2 July.
    """
    born = None
    if "geburtsjahr" in person:
        born = datetime.date(int(person["geburtsjahr"]), int(person.get("geburtsmonat", 7)), int(person.get("geburtstag", 2)))
    if "alter" not in person:
        if born is None:
            raise NotRunnable("gives neither age nor year of birth of everybody")
        return born
    age = int(person["alter"])
    if born is not None and "geburtstag" in person and years_between(born, day) == age:
        return born
    return datetime.date(day.year - age - ((day.month, day.day) < (7, 1)), 7, 1)


def decimal_of(value):
    return decimal.Decimal(str(value))


def money(value, times=1):
    """An amount as the case document writes it: two digits, commercially rounded (no case gives fractions of a cent that matter)."""
    return str((decimal_of(value) * times).quantize(decimal.Decimal("0.01"), rounding=decimal.ROUND_HALF_UP))


def cents(value):
    scaled = decimal_of(value) * 100
    if scaled != scaled.to_integral_value():
        raise NotRunnable("expects a fraction of a cent")
    return int(scaled)


def number(person, column):
    return decimal_of(person.get(column, 0) or 0)


def pointer(person, column):
    """The p_id that a pointer names; None for nobody."""
    value = int(person.get(column, -1))
    return None if value < 0 else value


def p_id(person):
    return int(person["p_id"])


def only_known(case, known):
    """Refuses an input that says something (not 0, false, nobody) and that the adapter neither uses nor may leave out."""
    for person in case["household"]:
        for column, value in person.items():
            if column not in known and value not in (0, False, -1, None):
                raise NotRunnable("input %s cannot be given" % column)


def always(value):
    """A fact that holds at all times."""
    return [{"value": value}]


def case_document(units, overrides=()):
    return {"format": "anspruch-case/1", "units": units, "overrides": list(overrides)}


def override(unit, row, result, value):
    return {"unit": unit, "id": row, "result": result, "value": value}


class Product:
    """`anspruch` as a person would call it: one process and one case document per question."""

    def __init__(self, binary):
        self.binary = binary

    def _call(self, command, package, document, day, more=()):
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8", delete=False) as f:
            json.dump(document, f, ensure_ascii=False)
        try:
            line = [self.binary, command, str(RULES / package), f.name, "--month", day.strftime("%Y-%m"), "--packages", str(RULES), "--json", "--lang", "en", *more]
            run = subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)
        finally:
            os.unlink(f.name)
        if run.returncode != 0:
            raise RuntimeError("anspruch %s: exit %d: %s" % (command, run.returncode, run.stderr.strip()[:400]))
        return json.loads(run.stdout)

    def decide(self, package, document, day, benefit=None):
        """The claims of the month by row; every one must be determined or the comparison says so."""
        more = ("--benefit", benefit) if benefit else ()
        return {claim["row"]: claim for claim in self._call("decide", package, document, day, more)["claims"]}

    def result(self, package, document, day, row, name, of_row):
        """The number that a result has in the explanation of a claim, as the case's reader would find it there."""
        explained = self._call("explain", package, document, day, ("--row", row, "--all"))

        def walk(nodes):
            for node in nodes:
                if node["kind"] == "result" and node.get("name") == name and node.get("row") == of_row:
                    return decimal.Decimal(node["value"].split()[0].replace(".", "").replace(",", "."))
                value = walk(node.get("children", ()))
                if value is not None:
                    return value
            return None
        return walk(explained["tree"])


def amount_of(claim, found):
    """Cents of a claim; 0 without entitlement. An open claim is a deviation and is noted with what is missing."""
    if claim["merits"] == "undetermined":
        missing = claim.get("missing") or claim.get("missing_facts") or []
        found.append("%s is undetermined %s" % (claim["row"], json.dumps(missing, ensure_ascii=False)[:300]))
        return 0
    return claim["amount_cents"] if claim["merits"] == "entitled" else 0


def tolerance(case):
    """Cents that a case itself allows (figures rounded by their source); the usual 0.01 means exactly, and 0 it is."""
    allowed = decimal_of(case.get("tol", 0))
    return cents(allowed) if allowed > decimal.Decimal("0.01") else 0


def compare_amounts(column, case, got, found):
    """Compares one expected column with cents per p_id."""
    for person, value in zip(case["household"], case["expected"][column], strict=True):
        if abs(got[p_id(person)] - cents(value)) > tolerance(case):
            found.append("%s of person %d: expected %d cents, got %d" % (column, p_id(person), cents(value), got[p_id(person)]))
