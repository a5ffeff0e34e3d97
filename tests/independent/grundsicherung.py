"""Grundsicherung im Alter und bei Erwerbsminderung a second time, from §§ 30, 32, 41 to 44, 82, 82a, 90, 141 SGB XII (text of 19 Aug 2026).

Amounts are cents of a month. Choices follow the package's README and are marked "choice"; its findings of a human are inputs. Where the README leaves a need, an income or
wealth to a human, the result is None unless the claim fails for another reason.
"""
import datetime
import fractions

import case as cases
import regelbedarf
from case import at, cents, counted, day, half_up

CASES = 200
PACKAGE = "bund/sgb12/grundsicherung"
BENEFIT = None
KEEP = ()
FIRST, LAST = (2021, 1), (2026, 12)
GRUNDRENTENMONATE = 33 * 12  # § 82a Abs. 1, Abs. 2 Satz 3: one per calendar month
HUMAN = None


# --- § 41: who

@counted
def months_above_65(year):
    """§ 41 Abs. 2 Satz 2, 3: by how many months the age limit lies above 65 years."""
    if year < 1947:
        return 0
    if year <= 1958:
        return year - 1946
    return min(12 + 2 * (year - 1958), 24)


def completed_in(born, years, months, month):
    """Age is completed by the end of the last day of the month: with the end of the day before the birthday (§ 187 Abs. 2 Satz 2, § 188 Abs. 2 BGB)."""
    return cases.birthday(born, years, months) - datetime.timedelta(days=1) <= cases.last_of(month)


@counted
def age_limit_reached(person, month):
    """§ 41 Abs. 2; choice 1: within the month suffices (§ 44 Abs. 2 Satz 1)."""
    born = day(person["Geburtsdatum"])
    return completed_in(born, 65, months_above_65(born.year), month)


def adult(person, month):
    """18 years completed within the month."""
    return completed_in(day(person["Geburtsdatum"]), 18, 0, month)


@counted
def circle(person, month):
    """§ 41 Abs. 2, 3, 3a: the circle of persons, by which paragraph."""
    first = cases.first_of(month)
    if age_limit_reached(person, month):
        return "Abs. 2"
    if not adult(person, month):
        return ""
    if at(person["Dauerhaft_voll_erwerbsgemindert"], first):
        return "Abs. 3"
    return "Abs. 3a" if at(person["Im_Berufsbildungsbereich"], first) else ""


@counted
def excluded(person):
    """§ 41 Abs. 4 and the other exclusions: a finding of a human, asked only where there are signs."""
    return person["Ausschluss_zu_prüfen"] and person["Ausgeschlossen"]


# --- §§ 30, 42, 42a: needs

def step_1(month):
    return regelbedarf.amount(1, month)


def decisive(person, month):
    """"Maßgebende Regelbedarfsstufe"; choice 1: on the first of the month."""
    return regelbedarf.step(person, cases.first_of(month))


@counted
def extra_g(person, month):
    """§ 30 Abs. 1: Merkzeichen G, and either the age limit or full reduction of earning capacity."""
    first = cases.first_of(month)
    reduced = at(person["Voll_erwerbsgemindert"], first)
    if at(person["Merkzeichen_G"], first) and (age_limit_reached(person, month) or reduced):
        return half_up(fractions.Fraction(17 * regelbedarf.amount(decisive(person, month), month), 100))
    return 0


@counted
def extra_pregnant(person, month):
    """§ 30 Abs. 2."""
    if at(person["Schwanger_ab_13_Woche"], cases.first_of(month)):
        return half_up(fractions.Fraction(17 * regelbedarf.amount(decisive(person, month), month), 100))
    return 0


@counted
def percent_alone(under_7, under_16, under_18):
    """§ 30 Abs. 3: percent of step 1; None from four children on, if Nr. 1 could apply to some of them (README)."""
    number_1 = under_7 >= 1 or under_16 in (2, 3)
    if under_18 >= 4 and number_1:
        return HUMAN
    return 36 if number_1 else min(12 * under_18, 60)


@counted
def extra_alone(person, month):
    """§ 30 Abs. 3."""
    first = cases.first_of(month)
    if not at(person["Erzieht_allein"], first):
        return 0
    percent = percent_alone(*(at(person["Kinder_unter_%d" % n], first) for n in (7, 16, 18)))
    return HUMAN if percent is None else half_up(fractions.Fraction(percent * step_1(month), 100))


@counted
def extra(person, month):
    """§ 30 Abs. 1 to 3 with the limit of Abs. 6."""
    alone = extra_alone(person, month)
    if alone is None:
        return HUMAN
    total, limit = extra_g(person, month) + extra_pregnant(person, month) + alone, regelbedarf.amount(decisive(person, month), month)
    if total > limit:
        cases.note("grundsicherung.extra", "limit of Abs. 6")
    return min(total, limit)


@counted
def hot_water(person, month):
    """§ 30 Abs. 7: in a dwelling, a special form of living or another accommodation."""
    first = cases.first_of(month)
    if not at(person["Warmwasser_dezentral"], first) or at(person["Unterkunft"], first) == "ohne_Unterkunft":
        return 0
    step = decisive(person, month)
    per_mille = {1: 23, 2: 23, 4: 14, 5: 12, 6: 8}[step]
    return half_up(fractions.Fraction(per_mille * regelbedarf.amount(step, month), 1000))


@counted
def housing(person, month):
    """§§ 35, 42a: whether the expenses are appropriate is a finding of a human."""
    first = cases.first_of(month)
    return cents(at(person["Unterkunft_und_Heizung" if at(person["Aufwendungen_anzuerkennen"], first) else "Anerkannte_Aufwendungen"], first))


@counted
def needs(person, month):
    """§ 42 Nr. 1, 2, 4 Buchst. a without contributions; None in institutions (§ 27b) and where a further need is claimed."""
    first = cases.first_of(month)
    if at(person["Unterkunft"], first) == "Einrichtung" or at(person["Weiterer_Bedarf"], first):
        return HUMAN
    more = extra(person, month)
    return HUMAN if more is None else regelbedarf.need(person, month) + more + hot_water(person, month) + housing(person, month)


# --- §§ 82, 82a, 43, 32: income

@counted
def base_and_share(income, month):
    """§ 82 Abs. 4, § 82a Abs. 1: 100 euros from this income and 30 percent of the rest, at most half of step 1."""
    free = half_up(fractions.Fraction(min(income, 100_00)) + fractions.Fraction(30 * max(income - 100_00, 0), 100))
    if free > step_1(month) // 2:
        cases.note("grundsicherung.base_and_share", "at most half of step 1")
    return min(free, step_1(month) // 2)


@counted
def free_work(income, month):
    """§ 82 Abs. 3 Satz 1."""
    share = half_up(fractions.Fraction(30 * income, 100))
    if share > step_1(month) // 2:
        cases.note("grundsicherung.free_work", "at most half of step 1")
    return min(share, step_1(month) // 2)


@counted
def free_workshop(income, month):
    """§ 82 Abs. 3 Satz 2: an eighth of step 1 (choice 2: rounded by itself), at most the pay, and half of what lies above."""
    eighth = half_up(fractions.Fraction(step_1(month), 8))
    if income <= eighth:
        return income
    return half_up(eighth + fractions.Fraction(income - eighth, 2))


@counted
def capital(income_of_year):
    """§ 43 Abs. 2: what exceeds 26 euros in the calendar year; choice 3: a twelfth each month."""
    return half_up(fractions.Fraction(max(income_of_year - 26_00, 0), 12))


@counted
def before_contributions(person, month):
    """§ 82 Abs. 1 to 4, § 82a, § 43 Abs. 2: income after all deductions except contributions to health and care insurance; None for special income (README)."""
    first = cases.first_of(month)
    if at(person["Besonderes_Einkommen"], first):
        return HUMAN
    pension, private, work, workshop, year, other, deductions = (
        cents(at(person[name], first))
        for name in ("Gesetzliche_Rente", "Zusätzliche_Altersvorsorge", "Erwerbseinkommen", "Werkstattentgelt", "Kapitalerträge", "Andere_Einkünfte", "Abzüge"))
    long = at(person["Grundrentenmonate"], first) >= GRUNDRENTENMONATE
    income = pension + private + work + workshop + capital(year) + other - deductions
    income -= free_work(work, month) + free_workshop(workshop, month) + base_and_share(private, month) + (base_and_share(pension, month) if long else 0)
    return max(income, 0)


def need_and_income(person, month):
    """§ 32 Abs. 1, § 43a Abs. 1: total need and income; choice 4: what is left of the income bears the contributions, the rest of them is a need."""
    need, income = needs(person, month), before_contributions(person, month)
    contributions = cents(at(person["Beiträge_KV_PV"], cases.first_of(month)))
    if income is None:
        return HUMAN, HUMAN
    borne = min(contributions, income)
    if 0 < borne < contributions:
        cases.note("grundsicherung.need_and_income", "contributions borne in part")
    return None if need is None else need + contributions - borne, income - borne


# --- §§ 43, 90: partner and wealth

@counted
def of_partner(person, partner, month):
    """§ 43 Abs. 1 Satz 2: the partner's income above the partner's need (choice 5: total need); None if the partner is not in the circle or something is left to a human."""
    if partner is None:
        return 0
    if not circle(partner, month):
        return HUMAN
    need, income = need_and_income(partner, month)
    return HUMAN if need is None or income is None else max(income - need, 0)


def exempt(month):
    """Regulation to § 90 Abs. 2 Nr. 9: for each adult."""
    return 5_000_00 if month < "2023-01" else 10_000_00


@counted
def wealth(person, partner, month):
    """§ 90: what is above the exempt amount; None for couples of whom one has more than an own exempt amount (README) and, until May 2023, always (§ 141 Abs. 2)."""
    first = cases.first_of(month)
    above = max(cents(at(p["Vermögen"], first)) for p in (person, partner) if p is not None) - exempt(month)
    if above <= 0:
        return 0
    return HUMAN if partner is not None or month <= "2023-05" else above


# --- §§ 41, 43a, 44: the claim

@counted
def applied(matter, month):
    """§ 44 Abs. 1 Satz 1, Abs. 2: effective from the first of the month of the application."""
    return matter["Antrag_gestellt"] is not None and day(matter["Antrag_gestellt"]) <= cases.last_of(month)


@counted
def after_sgb_ii(matter, person, month):
    """§ 44 Abs. 3 Satz 3: Grundsicherungsgeld that ends with the age limit is paid to the end of that month; the grant begins the month after."""
    return at(matter["Grundsicherungsgeld_im_Monat"], cases.first_of(month))


@counted
def claim(matter, persons, month):
    """§ 41 Abs. 1, § 43a Abs. 2: cents, 0 without a claim, None where a human must decide."""
    person = persons[matter["Berechtigter"]]
    if not applied(matter, month) or not person["Gewöhnlicher_Aufenthalt"] or not circle(person, month) or excluded(person) or after_sgb_ii(matter, person, month):
        return 0
    need, income = need_and_income(person, month)
    if need is None or income is None:
        return HUMAN
    open_need = need - income
    if open_need <= 0:
        return 0
    partner = None if person["Partner"] is None else persons[person["Partner"]]
    surplus, above = of_partner(person, partner, month), wealth(person, partner, month)
    if (surplus or 0) + (above or 0) >= open_need:
        return 0
    return HUMAN if surplus is None or above is None else open_need - surplus - above


def decide(case):
    persons, found = cases.by_id(case["units"], "Person"), {}
    for matter in case["units"]["Sache"]:
        amount = claim(matter, persons, case["month"])
        found[matter["id"]] = (None, 0) if amount is None else (amount > 0, amount)
    return found


# --- drawing

def around(rng, limit):
    """An amount at, just beside or anywhere around a threshold, as text."""
    return cases.euros(max(0, limit + rng.choice((-1, 0, 1, 2, 50, -50, rng.randrange(-limit // 2 - 1, limit + 1)))))


def one_amount(rng, month, limits, absent=0.5):
    """Zero, an amount near a threshold, any amount, or a huge one; sometimes changing in the month."""
    def value():
        x = rng.random()
        if x < absent:
            return "0.00"
        if x < absent + (1 - absent) * 0.5:
            return around(rng, rng.choice(limits))
        return cases.euros(rng.randrange(2_500_00) if x < 0.98 else 5_000_000_00)
    if rng.random() < 0.9:
        return cases.always(value())
    return cases.steps((None, value()), (regelbedarf.some_day(rng, month), value()))


def born(rng, month):
    x = rng.random()
    if x < 0.25:
        year = int(month[:4]) - rng.choice((65, 66, 67))
        for guess in (year - 1, year, year + 1):
            if rng.random() < 0.4:
                year = guess
        return regelbedarf.born_near(rng, month, 65, months_above_65(year))
    if x < 0.35:
        return regelbedarf.born_near(rng, month, 18)
    if x < 0.45:
        return datetime.date(rng.choice((1956, 1960, 1940, 2004)), 2, 29)
    return cases.first_of(month) - datetime.timedelta(days=365 * rng.randint(17, 62) + rng.randrange(365) if x < 0.65 else 365 * rng.randint(63, 95) + rng.randrange(365))


def draw_person(rng, month, name, partner):
    half = step_1(month) // 2
    flag = lambda share: regelbedarf.over_time(rng, month, (True,) if rng.random() < share else (False,) * 6 + (True,)) if rng.random() < 0.3 else cases.always(rng.random() < share)
    u7 = rng.choice((0, 0, 1, 2))
    u16 = u7 + rng.choice((0, 0, 1, 2, 3))
    u18 = u16 + rng.choice((0, 0, 1, 2, 4))
    where = cases.always(rng.choice(regelbedarf.ACCOMMODATIONS[:-1])) if rng.random() < 0.85 else regelbedarf.accommodation(rng, month)
    person = {
        "id": name, "Geburtsdatum": born(rng, month).isoformat(), "Gewöhnlicher_Aufenthalt": rng.random() < 0.97, "Unterkunft": where,
        "Lebt_mit_Ehegatten": flag(0.8 if partner else 0.05), "Lebt_mit_möglichem_Partner": flag(0.3), "Eheähnliche_Gemeinschaft": flag(0.5), "Partner": partner,
        "Dauerhaft_voll_erwerbsgemindert": flag(0.5), "Im_Berufsbildungsbereich": flag(0.3), "Ausschluss_zu_prüfen": rng.random() < 0.1, "Ausgeschlossen": rng.random() < 0.5,
        "Merkzeichen_G": flag(0.4), "Voll_erwerbsgemindert": flag(0.5), "Schwanger_ab_13_Woche": flag(0.15), "Erzieht_allein": flag(0.3),
        "Kinder_unter_7": cases.always(u7), "Kinder_unter_16": cases.always(u16), "Kinder_unter_18": cases.always(u18), "Warmwasser_dezentral": flag(0.3),
        "Weiterer_Bedarf": flag(0.04), "Unterkunft_und_Heizung": one_amount(rng, month, (40000,), 0.05), "Aufwendungen_anzuerkennen": flag(0.8),
        "Anerkannte_Aufwendungen": one_amount(rng, month, (35000,), 0.1), "Beiträge_KV_PV": one_amount(rng, month, (8000, 20000)),
        "Gesetzliche_Rente": one_amount(rng, month, (100_00, 100_00 + (half - 100_00) * 10 // 3, 90000), 0.3),
        "Zusätzliche_Altersvorsorge": one_amount(rng, month, (100_00, 100_00 + (half - 100_00) * 10 // 3)),
        "Erwerbseinkommen": one_amount(rng, month, (half * 10 // 3, 20000), 0.7), "Werkstattentgelt": one_amount(rng, month, (half // 4, 20000), 0.7),
        "Kapitalerträge": one_amount(rng, month, (26_00, 30_00)), "Andere_Einkünfte": one_amount(rng, month, (10000,), 0.7), "Abzüge": one_amount(rng, month, (3000, 10000), 0.6),
        "Besonderes_Einkommen": flag(0.03), "Grundrentenmonate": cases.always(rng.choice((0, 395, 396, 397, 500))),
        "Vermögen": one_amount(rng, month, (exempt(month), exempt(month), 2 * exempt(month)), 0.7),
    }
    yes = cases.always(True)
    if rng.random() < 0.05:  # all three kinds of extra need at step 2: around the limit of § 30 Abs. 6
        person.update(Merkzeichen_G=yes, Voll_erwerbsgemindert=yes, Schwanger_ab_13_Woche=yes, Erzieht_allein=yes, Unterkunft=cases.always("besondere_Wohnform"),
                      Kinder_unter_7=cases.always(0), Kinder_unter_16=cases.always(rng.choice((0, 1, 4))), Kinder_unter_18=cases.always(rng.choice((4, 5, 6))))
    if rng.random() < 0.12:  # wealth that takes a part of the claim, or all of it
        nothing = cases.always("0.00")
        person.update(Vermögen=cases.always(cases.euros(exempt(month) + rng.choice((1, 100_00, rng.randrange(1500_00))))), Gesetzliche_Rente=nothing, Erwerbseinkommen=nothing,
                      Werkstattentgelt=nothing, Andere_Einkünfte=nothing, Besonderes_Einkommen=cases.always(False), Weiterer_Bedarf=cases.always(False))
    return person


def draw(rng):
    month = rng.choice(("2022-12", "2023-01", "2023-05", "2023-06", None, None, None, None))
    month = month or "%04d-%02d" % (rng.randint(FIRST[0], LAST[0]), rng.randint(1, 12))
    couple = rng.random() < 0.45
    persons = [draw_person(rng, month, "a", "b" if couple else None)] + ([draw_person(rng, month, "b", "a")] if couple else [])
    first = cases.first_of(month)
    matters = [{"id": "s" + p["id"], "Berechtigter": p["id"],
                "Antrag_gestellt": rng.choice((None, cases.last_of(month).isoformat(), (cases.last_of(month) + datetime.timedelta(days=1)).isoformat(), *(4 * [first.isoformat()]))),
                "Grundsicherungsgeld_im_Monat": regelbedarf.over_time(rng, month, (False,) * 12 + (True,))} for p in persons]
    return {"month": month, "units": {"Person": persons, "Sache": matters}}
