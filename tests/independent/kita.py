"""Elternbeitragsfreiheit (§ 30 ThürKigaG) a second time.

The wording in force was not at hand for the package either (everything there is marked `quelle ungeprüft`): this program is written from the number of months published (12 since 2018, 24 since
August 2020) and from the package's README, so it shows that rules and README say the same, not that the README is the law. Amounts are cents; choices are marked "choice".
"""
import datetime
import fractions

import case as cases
from case import at, cents, counted, day
from regelbedarf import over_time, some_day

PACKAGE = "thueringen/kita"
BENEFIT = "Elternbeitragsfreiheit"
KEEP = ()
FIRST, LAST = (2018, 1), (2026, 12)
LONGER = datetime.date(2020, 8, 1)
HUMAN = None


def months(on):
    """Free months as of a day; choice 2: 24 for every day from 1 August 2020."""
    return 24 if on >= LONGER else 12


@counted
def in_period(care, on):
    """Abs. 1 Satz 1, 3: the months before school begins; choice 1: from the day of the same number, or the last of the month, to the day before."""
    begin = cases.plus_months(day(care["Regulärer_Schuleintritt"]), -months(on))
    end = care["Regulärer_Schuleintritt"]
    if care["Zurückgestellt"]:
        end = care["Schuleintritt_nach_Zurückstellung"]  # free until the real first day at school, also while it is not known
    if on < begin:
        return "before"
    return "in" if end is None or on < day(end) else "after"


@counted
def free(care, on):
    """Abs. 1 Satz 1, 2: a day in care within the period, with residence in Thuringia (choice 4: asked for each day)."""
    return at(care["Betreut"], on) and at(care["Aufenthalt_in_Thüringen"], on) and in_period(care, on) == "in"


@counted
def relief(care, month):
    """Abs. 1: cents of the fee that must not be charged, and whether any day is free; None for day nursing on such days (README)."""
    if not care["In_Thüringen_gelegen"]:
        return False, 0
    days = cases.days_of(month)
    cared, exempt = sum(at(care["Betreut"], d) for d in days), sum(free(care, d) for d in days)
    if not exempt:
        return False, 0
    if care["Form"] == "Kindertagespflege":
        return HUMAN
    if exempt < cared:
        cases.note("kita.relief", "part of the month")
    fee = cents(at(care["Elternbeitrag"], days[-1]))  # choice 4
    return True, -(-fee * exempt // cared)  # choice 3: by days in care, rounded up


def decide(case):
    found = {}
    for care in case["units"]["Betreuung"]:
        result = relief(care, case["month"])
        found[care["id"]] = (None, 0) if result is None else result
    return found


def draw(rng):
    month = rng.choice(("2020-07", "2020-08", None, None, None, None))
    month = month or "%04d-%02d" % (rng.randint(FIRST[0], LAST[0]), rng.randint(1, 12))
    flag = lambda share: over_time(rng, month, (True,) * share + (False,) * (10 - share))
    near = some_day(rng, month) + datetime.timedelta(days=rng.choice((-1, 0, 1)))
    school = rng.choice((cases.plus_months(near, rng.choice((0, 12, 24, 24))), cases.plus_months(near, rng.randint(-15, 30)), datetime.date(rng.randint(2019, 2027), 8, 31),
                         datetime.date(2024, 2, 29)))
    later = cases.plus_months(rng.choice((school, near)), rng.choice((0, 1, 12)))
    early = cases.plus_months(school, -12)
    care = {
        "id": "b", "Kind": "k", "Zahlungspflichtiger": "v", "Form": rng.choice(("Kindertageseinrichtung",) * 19 + ("Kindertagespflege",)), "In_Thüringen_gelegen": rng.random() < 0.95,
        "Betreut": flag(9), "Aufenthalt_in_Thüringen": flag(9), "Elternbeitrag": over_time(rng, month, ("0.00", "0.01", "120.00", "137.53", cases.euros(rng.randrange(60000)))),
        "Regulärer_Schuleintritt": school.isoformat(), "Zurückgestellt": rng.random() < 0.25,
        "Schuleintritt_nach_Zurückstellung": None if later < school or rng.random() < 0.4 else later.isoformat(),
        "Vorzeitig_aufgenommen": None if rng.random() < 0.85 else early.isoformat(), "Entwurf_anwenden": rng.random() < 0.2,
    }
    return {"month": month, "units": {"Person": [{"id": "k"}, {"id": "v"}], "Betreuung": [care]}}
