"""Regelbedarfsstufen and Regelsatz a second time, from §§ 27a, 28 SGB XII and the Anlage to § 28 (text of 19 Aug 2026).

The package has no benefit: a copy gets one, the Regelsatz, due where it is above zero. Choices follow the package's README and are marked "choice".
"""
import datetime
import fractions
import pathlib
import shutil

import case as cases
from case import at, counted, day, half_up

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = "bund/sgb12/regelbedarf"
BENEFIT = "Regelsatz_zur_Probe"
KEEP = ()
FIRST, LAST = (2020, 1), (2026, 12)

# Anlage to § 28: euros of steps 1 to 6 by first day.
AMOUNTS = (
    (2020, (432, 389, 345, 328, 308, 250)),
    (2021, (446, 401, 357, 373, 309, 283)),
    (2022, (449, 404, 360, 376, 311, 285)),
    (2023, (502, 451, 402, 420, 348, 318)),
    (2024, (563, 506, 451, 471, 390, 357)),
    (2025, (563, 506, 451, 471, 390, 357)),
    (2026, (563, 506, 451, 471, 390, 357)),
)

PROBE = """norm SGB_X "Sozialgesetzbuch Zehntes Buch" doknr BJNR114690980 stand 19.08.2026

einheit Probe "eine Person, deren Regelsatz verglichen wird"
  verweis Wer : Person
ende

§ 27a Abs. 3 SGB_XII

ergebnis Probe.Regelsatz : Geld je Monat sonst 0,00 € je Monat "der Regelsatz der Person"
regel Probe.Regelsatz
  ist Wer.Regelsatz

ergebnis Probe.steht_zu : Wahrheitswert "ein Regelsatz ist anzuerkennen"
regel Probe.steht_zu
  wenn Wer.Regelsatz > 0,00 € je Monat
  begründung "Ein Regelsatz ist anzuerkennen."
  andernfalls "Kein Regelsatz ist anzuerkennen."

leistung Regelsatz_zur_Probe je Probe
  anspruch steht_zu
  betrag Regelsatz
  empfänger Wer
  regime § 31a SGB_X
ende
"""


def package(folder):
    """A copy of the package, without its cases, with the Regelsatz as a benefit."""
    target = pathlib.Path(folder) / "regelbedarf"
    shutil.copytree(ROOT / "rules" / PACKAGE, target, ignore=shutil.ignore_patterns("pruef-*", "README.md"))
    (target / "9-probe.recht").write_text(PROBE, encoding="utf-8")
    return target


@counted
def amount(step, month):
    """Anlage to § 28: cents of a step in a month."""
    return [steps for year, steps in AMOUNTS if year <= int(month[:4])][-1][step - 1] * 100


def adult_on(born, on):
    """§ 2 BGB, § 187 Abs. 2 Satz 2, § 188 Abs. 2 BGB: 18 years are completed."""
    return cases.birthday(born, 18) <= on


@counted
def step_of_child(born, on):
    """Anlage to § 28, steps 4 to 6: beginning of the 15th year of life = 14 completed, beginning of the seventh = six completed."""
    if cases.birthday(born, 14) <= on:
        return "4"
    return "5" if cases.birthday(born, 6) <= on else "6"


@counted
def step_of_adult(person, on):
    """Anlage to § 28, steps 1 to 3. Choice 3: other and missing accommodation count as a dwelling (§ 27a Abs. 3 Satz 4)."""
    where = at(person["Unterkunft"], on)
    if where == "Einrichtung":
        return "3"
    if where == "besondere_Wohnform":
        return "2"
    if at(person["Lebt_mit_Ehegatten"], on):
        return "2"
    # Whether a couple lives like spouses is a finding of a human, asked only where there is a possible partner.
    return "2" if at(person["Lebt_mit_möglichem_Partner"], on) and at(person["Eheähnliche_Gemeinschaft"], on) else "1"


def step(person, on):
    """§ 27a Abs. 2 Satz 2: by age for children, by accommodation and couple for adults."""
    born = day(person["Geburtsdatum"])
    return int(step_of_adult(person, on) if adult_on(born, on) else step_of_child(born, on))


@counted
def need(person, month):
    """§ 27a Abs. 2: Regelbedarf of the whole month. Choice 1: days of each step, the sum rounded once."""
    days = cases.days_of(month)
    return half_up(sum(fractions.Fraction(amount(step(person, d), month), len(days)) for d in days))


def recognised(person, on):
    """§ 27a Abs. 3 Satz 1, 3: a day on which the person is entitled and does not live in an institution (§ 27b)."""
    return at(person["Leistungsberechtigt"], on) and at(person["Unterkunft"], on) != "Einrichtung"


@counted
def other_family(person, month):
    """§ 27a Abs. 5: a minor lives in another family on a day for which a Regelsatz is recognised; a human fixes the need."""
    born = day(person["Geburtsdatum"])
    return any(recognised(person, d) and not adult_on(born, d) and at(person["In_anderer_Familie"], d) for d in cases.days_of(month))


@counted
def rate(person, month):
    """§ 27a Abs. 3, 4: Regelsatz of the month in cents; None where a human must decide (Abs. 5)."""
    days = cases.days_of(month)
    if other_family(person, month):
        return None
    # Choice 2: calendar days of the month; § 27a Abs. 3 Satz 3 names no denominator.
    by_step = half_up(sum(fractions.Fraction(amount(step(person, d), month), len(days)) for d in days if recognised(person, d)))
    if by_step and person["Abweichung_zu_prüfen"] and person["Abweichender_Bedarf"]:
        cases.note("regelbedarf.rate", "fixed otherwise (Abs. 4)")
        return cases.cents(person["Abweichender_Regelsatz"])  # choice 4: the amount of the month
    return by_step


def decide(case):
    persons, found = cases.by_id(case["units"], "Person"), {}
    for probe in case["units"]["Probe"]:
        cents = rate(persons[probe["Wer"]], case["month"])
        found[probe["id"]] = (None, 0) if cents is None else (cents > 0, cents)
    return found


def some_day(rng, month):
    """A day that is likely to matter for the month: in it, its edges, or long before."""
    first, last = cases.first_of(month), cases.last_of(month)
    one = datetime.timedelta(days=1)
    return rng.choice([first, last, last + one, first + one, first + rng.randrange((last - first).days + 1) * one])


def over_time(rng, month, values):
    """A fact over time: mostly one value, sometimes a change within or at an edge of the month."""
    if rng.random() < 0.7:
        return cases.always(rng.choice(values))
    change = some_day(rng, month)
    return cases.steps((None, rng.choice(values)), (change, rng.choice(values)))


def born_near(rng, month, years, months=0):
    """A birthday so that the age is completed on a day at or near the edges of the month."""
    on = some_day(rng, month) + datetime.timedelta(days=rng.choice([-1, 0, 0, 1]))
    return cases.plus_months(on, -12 * years - months)


ACCOMMODATIONS = ("Wohnung", "Wohnung", "Wohnung", "besondere_Wohnform", "sonstige_Unterkunft", "ohne_Unterkunft", "Einrichtung")


def accommodation(rng, month):
    return over_time(rng, month, ACCOMMODATIONS)


def draw(rng):
    month = "%04d-%02d" % (rng.randint(FIRST[0], LAST[0]), rng.randint(1, 12))
    born = rng.choice([born_near(rng, month, rng.choice((6, 14, 18))), born_near(rng, month, rng.randint(1, 90)), datetime.date(rng.choice((2004, 2008, 2012, 2016)), 2, 29),
                       cases.first_of(month) - datetime.timedelta(days=rng.randint(0, 36000))])
    person = {
        "id": "p", "Geburtsdatum": born.isoformat(), "Unterkunft": accommodation(rng, month), "Lebt_mit_Ehegatten": over_time(rng, month, (False, False, True)),
        "Lebt_mit_möglichem_Partner": over_time(rng, month, (False, True)), "Eheähnliche_Gemeinschaft": over_time(rng, month, (False, True)),
        "Leistungsberechtigt": over_time(rng, month, (True, True, True, False)), "Abweichung_zu_prüfen": rng.random() < 0.3, "Abweichender_Bedarf": rng.random() < 0.6,
        "Abweichender_Regelsatz": cases.euros(rng.choice((1, 50000, rng.randrange(80000)))), "In_anderer_Familie": over_time(rng, month, (False, False, False, False, True)),
    }
    return {"month": month, "units": {"Person": [person], "Probe": [{"id": "w", "Wer": "p"}]}}
