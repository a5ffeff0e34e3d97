"""Sinnesbehindertengeld (ThürSinnbGG) a second time.

The wording of the act was not at hand for the package either (everything there is marked `quelle ungeprüft`): this program is written from the amounts the state administration publishes
and from the package's README, so it shows that rules and README say the same, not that the README is the law. Amounts are cents of a month; choices are marked "choice".
"""
import case as cases
from case import at, cents, counted, day
from regelbedarf import over_time

PACKAGE = "thueringen/sinnbgg"
BENEFIT = "Sinnesbehindertengeld"
KEEP = ()
FIRST, LAST = (2022, 1), (2026, 12)
RAISE = "2023-07"  # eighth amendment, in force on 1 July 2023
HUMAN = None

# Amounts before and since the raise, by group and place; None where no source names one.
AMOUNTS = {
    ("blind", "home"): (400_00, 472_00), ("blind", "care 2"): (182_40, 215_23), ("blind", "care 3 to 5"): (127_50, 150_45),
    ("blind", "institution"): (91_20, 107_62), ("blind", "custody"): (91_20, 107_62),
    ("deaf", "home"): (100_00, 172_00), ("deaf", "care 2"): (100_00, 172_00), ("deaf", "care 3 to 5"): (100_00, 172_00),
    ("deaf", "institution"): (91_20, 107_62), ("deaf", "custody"): (91_20, 107_62),
    ("deafblind", "home"): (500_00, 644_00), ("deafblind", "care 2"): (282_40, 387_23), ("deafblind", "care 3 to 5"): (227_50, 322_45),
    ("deafblind", "institution"): (None, 215_24), ("deafblind", "custody"): (None, None),
}


@counted
def blind(person, on):
    """§ 1: Merkzeichen Bl; without it the medical finding, asked only where blindness is claimed."""
    return at(person["Merkzeichen_Bl"], on) or (person["Blindheit_geltend_gemacht"] and at(person["Blind_nach_Befund"], on))


@counted
def deafblind(person, on):
    """§ 1: Merkzeichen TBl, or a degree of disability of at least 70 for hearing and 100 for sight."""
    return at(person["Merkzeichen_TBl"], on) or (at(person["GdB_Hören"], on) >= 70 and at(person["GdB_Sehen"], on) >= 100)


@counted
def applied(when, month):
    """§ 9; choice 2: from the first of the month of the application."""
    return when is not None and day(when) <= cases.last_of(month)


@counted
def group(person, month, on):
    """§§ 1, 9: deafblind only with the separate application (choice 6: besides the other one); otherwise blind before deaf (choice 4)."""
    if deafblind(person, on) and applied(person["Antrag_taubblind"], month):
        return "deafblind"
    if blind(person, on):
        return "blind"
    return "deaf" if at(person["Merkzeichen_Gl"], on) else "none"


@counted
def place(person, on):
    """Choice 5: custody before institution before care at home; care grade 1 reduces nothing."""
    if at(person["In_Freiheitsentzug"], on):
        return "custody"
    if at(person["In_Einrichtung"], on):
        return "institution"
    grade = at(person["Pflegegrad"], on) if at(person["Häusliche_Pflege"], on) else 0
    return "home" if grade < 2 else "care 2" if grade == 2 else "care 3 to 5"


@counted
def resident(person, on):
    """§ 1: in Thuringia, or taken from there into an institution elsewhere, unless the law of that place gives a claim."""
    return at(person["In_Thüringen"], on) or (at(person["In_Einrichtung"], on) and person["Aus_Thüringen_aufgenommen"] and not person["Anspruch_am_Ort"])


def of_day(person, month, on):
    """§ 2: cents as of one day; None where no source names the amount, and for frontier and posted workers, asked only where Thuringia is not in charge otherwise (README)."""
    who = group(person, month, on)
    if who == "none":
        return 0
    if not resident(person, on):
        return HUMAN if person["Grenzgänger"] else 0
    return AMOUNTS[who, place(person, on)][month >= RAISE]


@counted
def amount(person, month):
    """§§ 1 to 5, 9: cents of the month; None where a human must decide."""
    if not applied(person["Antrag_gestellt"], month):
        return 0
    days = cases.first_of(month), cases.last_of(month)
    parts = [of_day(person, month, on) for on in days]
    if None in parts:
        return HUMAN
    whole = max(parts)  # choice 1: the higher one of the first and the last day
    if parts[0] != parts[1]:
        cases.note("sinnesbehindertengeld.amount", "changes within the month")
    left = max(whole - cents(at(person["Andere_Leistungen"], days[1])), 0)  # § 4; choice 3: as of the last day, in full
    return HUMAN if left and person["Ausschluss_möglich"] else left  # §§ 3, 5: an exclusion takes only what there is


def decide(case):
    found = {}
    for person in case["units"]["Person"]:
        cents_of_month = amount(person, case["month"])
        found[person["id"]] = (None, 0) if cents_of_month is None else (cents_of_month > 0, cents_of_month)
    return found


def draw(rng):
    month = rng.choice(("2023-06", "2023-07", None, None))
    month = month or "%04d-%02d" % (rng.randint(FIRST[0], LAST[0]), rng.randint(1, 12))
    flag = lambda share: over_time(rng, month, (True,) * share + (False,) * (10 - share))
    when = lambda: rng.choice((None, "2020-05-05", cases.first_of(month).isoformat(), cases.last_of(month).isoformat(), cases.plus_months(cases.first_of(month), 1).isoformat()))
    # Around every amount there is: one cent beside it reduces to one cent or to nothing.
    other = lambda: cases.euros(max(0, rng.choice([a for pair in AMOUNTS.values() for a in pair if a]) + rng.choice((-1, 0, 1)))) if rng.random() < 0.5 else "0.00"
    person = {
        "id": "p", "Empfänger": None, "Merkzeichen_Bl": flag(4), "Merkzeichen_Gl": flag(4), "Merkzeichen_TBl": flag(2),
        "GdB_Hören": over_time(rng, month, (0, 60, 69, 70, 70, 80)), "GdB_Sehen": over_time(rng, month, (0, 90, 99, 100, 100)),
        "Blindheit_geltend_gemacht": rng.random() < 0.4, "Blind_nach_Befund": flag(5), "In_Thüringen": flag(7), "Aus_Thüringen_aufgenommen": rng.random() < 0.6,
        "Anspruch_am_Ort": rng.random() < 0.3, "Grenzgänger": rng.random() < 0.1, "In_Einrichtung": flag(3), "In_Freiheitsentzug": flag(2), "Häusliche_Pflege": flag(6),
        "Pflegegrad": over_time(rng, month, (0, 1, 2, 2, 3, 4, 5)), "Andere_Leistungen": over_time(rng, month, ("0.00", other(), other())),
        "Ausschluss_möglich": rng.random() < 0.05, "Antrag_gestellt": rng.choice((when(), "2020-01-31")), "Antrag_taubblind": when(), "Bewilligter_Betrag": cases.always("0.00"),
    }
    return {"month": month, "units": {"Person": [person]}}
