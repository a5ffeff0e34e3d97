"""Persönlicher Schulbedarf a second time, from § 34 Abs. 3, 3a SGB XII and the Anlage to § 34, § 28 Abs. 1, 3 SGB II, §§ 6b, 9 Abs. 3 BKGG (text of 19 Aug 2026).

This module compares the benefit without an application (SGB II, SGB XII), schulbedarf_auf_antrag the one on application (BKGG). Amounts are cents. Choices follow the package's README and
are marked "choice".
"""
import datetime

import case as cases
from case import at, counted, day
from regelbedarf import born_near, over_time

PACKAGE = "bund/but/schulbedarf"
BENEFIT = "Schulbedarf_ohne_Antrag"
KEEP = ()
FIRST, LAST = 2019, 2026  # school years that begin in these
HUMAN = None

# Anlage to § 34: cents of the half-year that begins in the calendar year, first and second.
PARTS = {2019: (100_00, None), 2020: (100_00, 50_00), 2021: (103_00, 51_50), 2022: (104_00, 52_00), 2023: (116_00, 58_00), 2024: (130_00, 65_00), 2025: (130_00, 65_00),
         2026: (130_00, 65_00)}


def begins(visit, basis):
    """Months in which the half-years begin: of the first school day and of the second half-year (§ 34 Abs. 3 Satz 1 SGB XII); for SGB II and BKGG August and February (§ 28 Abs. 3 SGB II, choice 1)."""
    if basis == "SGB XII":
        return visit["Erster_Schultag"][:7], visit["Zweites_Halbjahr_ab"][:7]
    year = int(visit["Erster_Schultag"][:4])
    return "%d-08" % year, "%d-02" % (year + 1)


@counted
def pupil(visit, born, basis, on):
    """§ 34 Abs. 1 Satz 1 SGB XII: at a school; for SGB II and BKGG also under 25 and without training pay (§ 28 Abs. 1 Satz 2 SGB II, § 6b Abs. 2 Satz 2 BKGG)."""
    if not at(visit["Besucht_Schule"], on):
        return False
    return basis == "SGB XII" or (cases.birthday(born, 25) > on and not at(visit["Ausbildungsvergütung"], on))


@counted
def of_bkgg(visit, on):
    """§ 6b Abs. 1 Satz 1, 2 BKGG; choice 7: for Satz 2 it is not asked whether the entitled person belongs to the household for Wohngeld."""
    if not at(visit["Kindergeldanspruch"], on):
        return "no Kindergeld"
    if at(visit["Gemeinsamer_Haushalt"], on) and at(visit["Kinderzuschlag"], on):
        return "Satz 1 Nr. 1"
    if at(visit["Wohngeld"], on):
        if at(visit["Wohngeld_Berechtigter"], on):
            return "Satz 1 Nr. 2"
        if at(visit["Grundsicherung_Berechtigter"], on):
            return "Satz 2"
    return "none"


@counted
def entitled(visit, basis, on):
    """Whether the child has the benefit that carries the need on a day."""
    if basis == "BKGG":
        return of_bkgg(visit, on) not in ("no Kindergeld", "none")
    return at(visit["SGB_II_Leistung" if basis == "SGB II" else "SGB_XII_Leistung"], on)


def part(half, month):
    """§ 34 Abs. 3a: cents of the first (0) or second (1) half-year; choice 3: by the calendar year in which it began."""
    return PARTS[int(month[:4])][half]


@counted
def interrupted_over(visit, first, second):
    """§ 34 Abs. 3 Satz 2 Nr. 3: interrupted after the first month, taken up again after the second; choice 4: the whole second month lies between."""
    begin, end = visit["Unterbrochen_ab"], visit["Wiederaufnahme"]
    return begin is not None and end is not None and begin[:7] > first and day(begin) <= cases.first_of(second) and end[:7] > second


@counted
def arising(visit, basis, month):
    """§ 34 Abs. 3: cents that arise in the month if the conditions are there, and by which sentence."""
    first, second = begins(visit, basis)
    admitted = visit["Erstmals_aufgenommen"]
    if admitted is not None and admitted[:7] > first and month == admitted[:7]:
        if admitted[:7] < second:
            return part(0, first), "Satz 2 Nr. 1"
        return part(0, first) + part(1, second), "Satz 2 Nr. 2"  # choice 2: in the month of the admission
    if interrupted_over(visit, first, second) and month == visit["Wiederaufnahme"][:7]:
        return part(1, second), "Satz 2 Nr. 3"
    if month == first and (admitted is None or admitted[:7] <= first):
        return part(0, first), "Satz 1"
    if month == second and (admitted is None or admitted[:7] < second) and not interrupted_over(visit, first, second):
        return part(1, second), "Satz 1"
    return 0, ""


def has(visit, born, basis, month):
    """A pupil and entitled on one and the same day of the month (choice 6: one day suffices)."""
    return any(pupil(visit, born, basis, d) and entitled(visit, basis, d) for d in cases.days_of(month))


@counted
def law(visit, born, month):
    """Whose calendar the month follows. Children of the SGB XII: its own; but who is entitled under the SGB II on 1 August or 1 February has the need of that day (§ 28 Abs. 3 SGB II)."""
    if has(visit, born, "SGB XII", month):
        on_the_day = month in begins(visit, "SGB II") and at(visit["SGB_II_Leistung"], cases.first_of(month)) and has(visit, born, "SGB II", month)
        return "SGB II" if on_the_day else "SGB XII"
    if has(visit, born, "SGB II", month):
        return "SGB II"
    return "BKGG" if has(visit, born, "BKGG", month) else ""


@counted
def need(visit, born, month):
    """Cents of the month, once, whichever law gives it."""
    governing = law(visit, born, month)
    if not governing:
        return 0
    amount, sentence = arising(visit, governing, month)
    first = cases.first_of(month)
    if sentence == "Satz 1" and governing != "SGB XII" and not (entitled(visit, "SGB II", first) or entitled(visit, "BKGG", first)):
        # § 28 Abs. 3 SGB II: regularly on 1 August and 1 February; whether it counts otherwise is a finding of a human. README: where both laws meet in a month, either will do on the day.
        cases.note("schulbedarf.need", "not on the day that counts")
        return amount if visit["Ausnahme_vom_Stichtag"] else 0
    return amount


@counted
def without_application(visit, born, month):
    """SGB II and SGB XII: part of the benefit itself (§ 37 Abs. 1 SGB II, § 34a Abs. 1 SGB XII); also where the BKGG meets them in the month (README)."""
    return need(visit, born, month) if law(visit, born, month) in ("SGB II", "SGB XII") else 0


@counted
def on_application(visit, born, month):
    """BKGG: on application (§ 9 Abs. 3), not where it is given without; None once the claim is older than twelve months (§ 6b Abs. 2a: raising that is discretion)."""
    amount = need(visit, born, month)
    if not amount or law(visit, born, month) != "BKGG" or visit["Antrag_gestellt"] is None:
        return 0
    end = cases.last_of(cases.month_of(cases.plus_months(cases.first_of(month), 12)))
    return HUMAN if day(visit["Antrag_gestellt"]) > end else amount


def results(case, of_month):
    """The claims of all rows by a function (visit, birthday, month) -> cents or None."""
    persons, found = cases.by_id(case["units"], "Person"), {}
    for visit in case["units"]["Schulbesuch"]:
        amount = of_month(visit, day(persons[visit["Schüler"]]["Geburtsdatum"]), case["month"])
        found[visit["id"]] = (None, 0) if amount is None else (amount > 0, amount)
    return found


def decide(case):
    return results(case, without_application)


def draw(rng):
    year = rng.randint(FIRST, LAST)
    start = datetime.date(year, rng.choice((8, 8, 9)), rng.randint(1, 28))
    second = rng.choice((datetime.date(year + 1, 2, rng.randint(1, 28)), datetime.date(year + 1, 1, 31), datetime.date(year + 1, 2, 1)))
    months = ["%d-%02d" % (year, m) for m in range(8, 13)] + (["%d-%02d" % (year + 1, m) for m in range(1, 8)] if year < LAST else [])
    edge = [m for m in ("%d-08" % year, "%d-09" % year, "%d-01" % (year + 1), "%d-02" % (year + 1)) if m in months]
    month = rng.choice(edge + [rng.choice(months)])
    after = [m for m in months if m >= "%d-02" % (year + 1)]
    inside = lambda: cases.first_of(rng.choice([month, *months])) + datetime.timedelta(days=rng.choice((0, 0, 1, 14, 27)))
    admitted = inside() if rng.random() < 0.4 else None
    stop = back = None
    if rng.random() < 0.4:
        stop = rng.choice((inside(), datetime.date(year, 8, 31), datetime.date(year, 9, 1), datetime.date(year, 10, 1), datetime.date(year + 1, 2, 1), datetime.date(year + 1, 2, 2)))
        if rng.random() < 0.85:
            back = rng.choice((stop + datetime.timedelta(days=rng.randint(1, 200)), datetime.date(year + 1, 2, 28), datetime.date(year + 1, 3, 1), inside()))
        if after and rng.random() < 0.4:  # over the beginning of the second half-year, taken up again in the month
            month = rng.choice(after)
            stop, back = datetime.date(year, rng.choice((8, 9, 10, 12)), rng.choice((1, 15, 28))), cases.first_of(month) + datetime.timedelta(days=rng.choice((0, 14, 27)))
        if back is not None and back <= stop or admitted is not None and stop <= admitted:
            stop = back = None
    # At school from 1 August (choice 5) or the admission on, except in an interruption.
    changes = [(None, admitted is None)]
    changes += [(admitted, True)] if admitted is not None else []
    changes += [(stop, False)] if stop is not None else []
    changes += [(back, True)] if back is not None else []
    flag = lambda share: over_time(rng, month, (True,) * share + (False,) * (10 - share))
    # Nobody has both on one day (§ 5 Abs. 2 SGB II, § 21 SGB XII), but one may follow the other.
    support = over_time(rng, month, ("SGB II", "SGB XII", "", "", ""))
    if rng.random() < 0.15:
        two = ["SGB II", "SGB XII"]
        rng.shuffle(two)
        support = cases.steps((None, two[0]), (cases.first_of(month) + datetime.timedelta(days=rng.choice((1, 9, 27))), two[1]))
    of = lambda book: [{**piece, "value": piece["value"] == book} for piece in support]
    visit = {
        "id": "v", "Schüler": "k", "Berechtigter": "p", "Erster_Schultag": start.isoformat(), "Zweites_Halbjahr_ab": second.isoformat(),
        "Besucht_Schule": cases.steps(*changes) if rng.random() < 0.9 else flag(5), "Ausbildungsvergütung": flag(1),
        "Erstmals_aufgenommen": admitted and admitted.isoformat(), "Unterbrochen_ab": stop and stop.isoformat(), "Wiederaufnahme": back and back.isoformat(),
        "SGB_II_Leistung": of("SGB II"), "SGB_XII_Leistung": of("SGB XII"), "Kindergeldanspruch": flag(9), "Gemeinsamer_Haushalt": flag(8), "Kinderzuschlag": flag(5), "Wohngeld": flag(5),
        "Wohngeld_Berechtigter": flag(6), "Grundsicherung_Berechtigter": flag(4), "Ausnahme_vom_Stichtag": rng.random() < 0.5,
        "Antrag_gestellt": rng.choice((None, cases.first_of(month).isoformat(), "2019-01-01", cases.plus_months(cases.first_of(month), 13).isoformat(),
                                       (cases.plus_months(cases.first_of(month), 13) - datetime.timedelta(days=1)).isoformat())),
    }
    born = born_near(rng, month, 25) if rng.random() < 0.3 else datetime.date(year - rng.randint(6, 24), rng.randint(1, 12), rng.randint(1, 28))
    return {"month": month, "units": {"Person": [{"id": "k", "Geburtsdatum": born.isoformat()}, {"id": "p", "Geburtsdatum": "1980-01-01"}], "Schulbesuch": [visit]}}
