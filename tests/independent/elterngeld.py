"""Elterngeld a second time, from the text of the BEEG alone: §§ 1 to 4c, 7 Abs. 1, 28; births from 2021, months 01.2021 to 12.2026.

A row of Bezug is a month of life that a parent claims. Choices that the README of the package marks are followed and named here ("Wahl 3"). Amounts are whole cents.
decide() gives None where a human must decide: what the README names so (Plus, bonus and early birth under the law before September 2021; more monthly amounts than are
due; more than one month of both at once; replacement of a smaller income), and open findings.
"""
import datetime
import fractions

import case as c

CASES = 200
PACKAGE = "bund/beeg/elterngeld"
BENEFIT = None
KEEP = ("Elternteil", "Kind", "Lebensmonat", "Geburtsdatum")  # without these every month of a family is open, and asking what is missing takes seconds a family

D = datetime.date
F = fractions.Fraction
# § 1 Abs. 8, § 28 Abs. 1 to 1b, 5: births from; most taxable income of one, of two persons, in cents.
MOST = ((D(2021, 1, 1), (25000000, 50000000)), (D(2021, 9, 1), (25000000, 30000000)), (D(2024, 4, 1), (20000000,) * 2), (D(2025, 4, 1), (17500000,) * 2))
NEW = D(2021, 9, 1)  # § 28 Abs. 1: births before under a text that was not at hand


def since(table, day):
    return [value for first, value in table if first <= day][-1]


def all_of(*conditions):
    """False if one is false, None if one is open, else true."""
    return False if any(v is False for v in conditions) else None if any(v is None for v in conditions) else True


class Draw:
    """One month of life claimed by one parent, with what belongs to it."""

    def __init__(self, case, row):
        units = case["units"]
        people = c.by_id(units, "Person")
        self.row, self.asked = row, c.first_of(case["month"])
        self.parent, self.born = people[row["Elternteil"]], c.day(people[row["Kind"]]["Geburtsdatum"])
        self.number = row["Lebensmonat"]
        self.together = units["Bezug"]
        self.own = [r for r in self.together if r["Elternteil"] == row["Elternteil"]]
        self.listed = [(r, c.day(people[r["Kind"]]["Geburtsdatum"])) for r in units.get("Haushaltskind", ())]
        self.children = [(r, born) for r, born in self.listed if r["Elternteil"] == row["Elternteil"]]
        self.parts = [r for r in units.get("Einkommensermittlung", ()) if r["Elternteil"] == row["Elternteil"]]

    def money(self, name):
        return c.cents(self.row[name])


@c.counted
def begins(d, number):
    """First day of a month of life (§ 4 Abs. 2; Wahl 3)."""
    return c.birthday(d.born, 0, number - 1)


def days(d):
    """Days of the month of life."""
    return (begins(d, d.number + 1) - begins(d, d.number)).days


# Who -------------------------------------------------------------------------------------------------------------------------------------------------------------

@c.counted
def residence(d):
    """§ 1 Abs. 1 Satz 1 Nr. 1, Abs. 2; on the first day of the month of life (Wahl 7)."""
    return c.at(d.parent["Wohnsitz_im_Inland"], begins(d, d.number)) or d.parent["Auslandsfall"]


@c.counted
def not_full_time(d):
    """§ 1 Abs. 6: at most 32 hours a week (30 for births before September 2021), training, or day care."""
    return F(d.row["Wochenstunden"]) <= (32 if d.born >= NEW else 30) or d.row["Berufsbildung"] or d.row["Kindertagespflege"]


@c.counted
def title(d):
    """§ 1 Abs. 7; None where the finding is open."""
    return True if d.parent["Deutsch_oder_freizügigkeitsberechtigt"] else d.parent.get("Aufenthaltstitel_genügt")


@c.counted
def not_too_rich(d):
    """§ 1 Abs. 8, § 28 Abs. 5: with another entitled person only the sum counts."""
    one, two = since(MOST, d.born)
    own = c.cents(d.parent["Zu_versteuern"])
    return own + d.money("Zu_versteuern_andere") <= two if d.row["Andere_Person_berechtigt"] else own <= one


@c.counted
def with_child(d):
    """§ 1 Abs. 1 Satz 1 Nr. 2, Abs. 3; None where the day of the adoption may stand for that of the birth (Abs. 3 Satz 2): a human."""
    taken = any(child["Kind"] == d.row["Kind"] and child["Aufnahme"] is not None for child, _ in d.listed)
    if not d.row["Im_Haushalt"]:
        return None if d.row["Aufnahme_nach_Absatz_3"] else False
    return None if taken else True


@c.counted
def entitled_person(d):
    """§ 1 Abs. 1, 2, 3, 6 to 8."""
    return all_of(residence(d), with_child(d), d.row["Betreut_selbst"], not_full_time(d), title(d), not_too_rich(d))


@c.counted
def applied(d):
    """§ 7 Abs. 1: applied for, at most three months of life before that in which the application was received."""
    received = c.day(d.row["Antrag_gestellt"])
    if received is None:
        return False
    return received < begins(d, d.number + 4)


# Which months ----------------------------------------------------------------------------------------------------------------------------------------------------

def is_basis(row):
    """Months with benefits of § 3 Abs. 1 Satz 1 Nr. 1 to 3 are months of Basiselterngeld (§ 4 Abs. 4 Satz 3)."""
    return row["Art"] == "Basiselterngeld" or c.cents(row["Mutterschaftsleistungen"]) > 0


def is_plus(row):
    return row["Art"] == "Elterngeld_Plus" and not is_basis(row)


def is_bonus(row):
    return row["Art"] == "Partnerschaftsbonus" and not is_basis(row)


@c.counted
def early(d):
    """By how many months an early birth prolongs (§ 4 Abs. 5)."""
    weeks = d.row["Wochen_zu_früh"]
    return sum(weeks >= least for least in (6, 8, 12, 16))


@c.counted
def last_basis(d):
    """Last month of life with Basiselterngeld (§ 4 Abs. 1 Satz 3, Abs. 5 Satz 3 Buchst. b)."""
    return 14 + early(d)


@c.counted
def in_time(d):
    """§ 4 Abs. 1 Satz 2 to 4, Abs. 5 Satz 3 Buchst. b, c; Plus and bonus under the law before September 2021: a human."""
    if is_basis(d.row):
        return d.number <= last_basis(d)
    if d.born < NEW:
        return None if d.row["Lückenlos"] or d.number <= last_basis(d) else False
    return d.number <= 32 and (d.number <= last_basis(d) or d.row["Lückenlos"])


def halves(rows):
    """Half monthly amounts: Basis two, Plus one, the bonus none (§ 4 Abs. 3 Satz 3; Wahl 11)."""
    return sum(2 if is_basis(row) else 1 if is_plus(row) else 0 for row in rows)


@c.counted
def alone(d):
    """§ 4c Abs. 1 Nr. 1 to 3, for who relies on it; None where the finding is open."""
    return d.row.get("Allein_berechtigt") if d.row["Allein_beantragt"] else False


@c.counted
def few_enough(d):
    """§ 4 Abs. 3, 4 Satz 1, 5, § 4c Abs. 1: of both together and of one parent; more: a human says which are left, of the bonus too (§ 5 Abs. 2)."""
    due = 12 + early(d)
    partner = 2 if d.row["Einkommen_gemindert"] else 0
    own = due
    if halves(d.own) > 2 * due and partner:
        if alone(d) is None:
            return None
        own += partner if alone(d) else 0
    return True if halves(d.together) <= 2 * (due + partner) and halves(d.own) <= 2 * own else None


@c.counted
def two_months(d):
    """§ 4 Abs. 4 Satz 2: at least two months of life."""
    return len({row["Lebensmonat"] for row in d.own}) >= 2


def both_basis(row):
    return is_basis(row) and row["Bezug_des_anderen"] == "Basis"


@c.counted
def not_both(d):
    """§ 4 Abs. 6: both at once in one of the first twelve months only; for births from April 2024 (Wahl 12). More than one: a human."""
    free = d.born < D(2024, 4, 1) or d.row["Mehrlinge"] > 1 or early(d) > 0 or d.row["Behinderung_festgestellt"]
    if free or not both_basis(d.row):
        return True
    if d.number > 12:
        return False
    return True if sum(both_basis(row) for row in d.own) <= 1 else None


@c.counted
def bonus_months(d):
    """§ 4b Abs. 2, 3, § 4c Abs. 2: two to four months of life, one after another; more than four: a human."""
    numbers = sorted({row["Lebensmonat"] for row in d.own if is_bonus(row)})
    if len(numbers) < 2 or numbers[-1] - numbers[0] != len(numbers) - 1:
        return False
    return True if len(numbers) <= 4 else None


def bonus_hours(text):
    return 24 <= F(text) <= 32


@c.counted
def bonus_due(d):
    """Partnerschaftsbonus: § 4b Abs. 1 to 3; for one parent alone § 4c Abs. 2."""
    both = all_of(bonus_hours(d.row["Wochenstunden_andere"]), d.row["Anderer_berechtigt"], d.row["Bezug_des_anderen"] == "Partnerbonus")
    return all_of(bonus_hours(d.row["Wochenstunden"]), bonus_months(d), True if both else alone(d))


@c.counted
def known_law(d):
    """None for Plus, the bonus, and what depends on an early birth, under the law before September 2021 (§ 28 Abs. 1)."""
    if d.born >= NEW:
        return True
    longer = d.number > 14 or halves(d.own) > 24 or halves(d.together) > 24
    return None if not is_basis(d.row) or (d.row["Wochen_zu_früh"] >= 6 and longer) else True


# How much --------------------------------------------------------------------------------------------------------------------------------------------------------

@c.counted
def income_before(d):
    """Income before the birth: given, or from its parts (§ 2 Abs. 1 Satz 3, §§ 2c, 2f; Wahl 2, 10)."""
    if not d.parts:
        return c.cents(d.parent["Einkommen_vor_Geburt"])
    part = d.parts[0]
    wages, profit = c.cents(part["Einnahmen"]), c.cents(part["Gewinn"])
    lump = 123000 if d.born.year >= 2024 else 100000
    surplus = max(c.half_up(wages - F(lump, 12)), 0)
    base = wages + profit - c.cents(part["Beitragsfrei"])
    rates = ((9, "Krankenversichert"), (10, "Rentenversichert"), (2, "Arbeitslosenversichert"))
    social = sum(c.half_up(F(base * rate, 100)) for rate, name in rates if part[name])
    return max(surplus + profit - c.cents(part["Steuern"]) - social, 0)


@c.counted
def permille(d):
    """The percentage of § 2 Abs. 1, 2, in tenths; whole steps of 2 euros (Wahl 1)."""
    income = income_before(d)
    if income < 100000:
        return min(670 + (100000 - income) // 200, 1000)
    if income > 120000:
        return max(670 - (income - 120000) // 200, 650)
    return 670


@c.counted
def from_income(d, after):
    """§ 2 Abs. 1 to 3, before the least amount."""
    before = income_before(d)
    if after > 0:
        counted = max(min(before, 277000) - after, 0) if after < before else 0
    else:
        counted = before
    amount = c.half_up(F(counted * permille(d), 1000))
    if amount > 180000:
        c.note("from_income", "Abs. 1 Satz 2: at most 1,800 euros")
    return min(amount, 180000)


def age_begins(row, born, first):
    """§ 2a Abs. 2 Satz 1: adopted children under 14 are as old as their stay."""
    taken = c.day(row["Aufnahme"])
    return taken if taken is not None and first < c.birthday(born, 14) else born


@c.counted
def younger(d, years):
    """How many children count as younger on the first day of the calendar month (§ 2a Abs. 1 to 3; Wahl 4)."""
    return sum(d.asked < c.birthday(age_begins(row, born, d.asked), 14 if row["Behinderung"] else years) for row, born in d.children if not row["Mehrling_mit_Zuschlag"])


@c.counted
def siblings(d):
    """Whether there is a Geschwisterbonus (§ 2a Abs. 1)."""
    return younger(d, 3) >= 2 or younger(d, 6) >= 3


@c.counted
def due(d, after, half):
    """Elterngeld with Geschwisterbonus and Mehrlingszuschlag (§§ 2, 2a), for Plus with halved least amounts (§ 4a Abs. 2 Satz 3)."""
    parts = 2 if half else 1
    amount = max(from_income(d, after), 30000 // parts)
    more = max(c.half_up(F(amount, 10)), 7500 // parts) if siblings(d) else 0
    return amount + more + 30000 // parts * (d.row["Mehrlinge"] - 1)


@c.counted
def credited_maternity(d, amount):
    """§ 3 Abs. 1 Satz 1 Nr. 1 to 3, Satz 2."""
    given = d.money("Mutterschaftsleistungen")
    return min(given, c.half_up(F(amount * min(d.row["Tage_mit_Mutterschaftsleistungen"], days(d)), days(d)))) if given > 0 else 0


@c.counted
def credited_other(d, amount, left, half):
    """§ 3 Abs. 1 Satz 1 Nr. 4, 5, Satz 2, 3, Abs. 2 (Wahl 6, 9; the twelfths are taken off the income: Wahl 13); None in the case of Satz 4."""
    given = d.money("Ersatzleistungen")
    if given <= 0:
        return 0
    if d.row["Bemessungseinkommen"] is not None:
        return None
    free = 30000 // (2 if half else 1) * d.row["Mehrlinge"]
    part = c.half_up(F(amount * min(d.row["Tage_mit_Ersatzleistungen"], days(d)), days(d)))
    return min(c.half_up(F(given * max(12 - d.row["Monate_mit_Ersatz"], 0), 12)), part, max(left - free, 0))


@c.counted
def monthly(d):
    """The amount of the month of life (§§ 2 to 3, 4a); None where a human must say."""
    half = not is_basis(d.row)
    amount = due(d, d.money("Einkommen_nach_Geburt"), half)
    left = amount - credited_maternity(d, amount)
    other = credited_other(d, amount, left, half)
    if other is None:
        return None
    left -= other
    if half:
        most = c.half_up(F(due(d, 0, False), 2))
        c.note("monthly", "§ 4a Abs. 2 Satz 2 limits" if left > most else "Plus below the limit")
        left = min(left, most)
    return left


@c.counted
def claim(d):
    """(entitled, cents) of a month of life in the calendar month asked for."""
    if c.month_of(begins(d, d.number)) != c.month_of(d.asked):
        return False, 0
    merits = all_of(entitled_person(d), applied(d), in_time(d), few_enough(d), two_months(d), not_both(d), bonus_due(d) if is_bonus(d.row) else True, known_law(d))
    if merits is not True:
        return merits, 0
    amount = monthly(d)
    return (None, 0) if amount is None else (True, amount)


def decide(case):
    """{row of Bezug: (entitled, cents)}."""
    return {row["id"]: claim(Draw(case, row)) for row in case["units"]["Bezug"]}


# Cases -----------------------------------------------------------------------------------------------------------------------------------------------------------

BIRTHS = (D(2021, 1, 1), D(2021, 8, 31), D(2021, 9, 1), D(2022, 12, 31), D(2023, 12, 31), D(2024, 1, 1), D(2024, 2, 29), D(2024, 3, 31), D(2024, 4, 1), D(2025, 3, 31), D(2025, 4, 1),
          D(2025, 4, 30), D(2025, 5, 1), D(2025, 8, 31))


def near(rng, *amounts):
    """One of the amounts, a little beside it, or not far."""
    return max(rng.choice(amounts) + rng.choice((0, 0, 1, -1, 100, -100, 200, -200, rng.randint(-5000, 5000))), 0)


def draw_person(rng, name):
    likely = lambda share: rng.random() < share
    foreign = likely(0.1)
    return {"id": name, "Geburtsdatum": "1990-05-05", "Wohnsitz_im_Inland": c.always(likely(0.95)), "Auslandsfall": likely(0.1), "Deutsch_oder_freizügigkeitsberechtigt": not foreign,
            **({"Aufenthaltstitel_genügt": likely(0.7)} if not foreign or likely(0.7) else {}),
            "Zu_versteuern": c.euros(rng.choice((0, 4000000, 6000000, 5000000, 3000000, near(rng, *(a // part for _, two in MOST for a in two for part in (1, 1, 2)))))),
            "Einkommen_vor_Geburt": c.euros(rng.choice((0, near(rng, 30000, 34000, 100000, 120000, 124000, 277000), rng.randint(0, 130000), rng.randint(100000, 400000), rng.randint(100000, 300000))))}


def draw_rows(rng, parent, fixed, full):
    """The months of life of one parent: a few of Basis, of Plus, of the bonus; or (full) about as many as are due."""
    kinds = {}
    basis = rng.choice((10, 11, 12, 12, 13, 14) if full else (0, 1, 1, 2, 2, 3))
    first = rng.choice((1, 1, 2) if full else (1, 1, 2, 3, 8, 11, 12, 13, 14, 15, 17, 30))
    for number in range(first, first + basis):
        kinds[number] = "Basiselterngeld" if first < 15 or rng.random() < 0.2 else "Elterngeld_Plus"
    first += basis
    for number in range(first, first + rng.choice((0, 0, 0, 1, 2, 2, 4))):
        kinds[number] = "Elterngeld_Plus"
    if rng.random() < 0.35:
        first = rng.choice((max(kinds, default=0) + 1, 5, 14, 28))
        for number in range(first, first + rng.choice((1, 2, 2, 2, 3, 4, 4, 5))):
            kinds[number] = "Partnerschaftsbonus"
        if rng.random() < 0.15:
            kinds.pop(first + 1, None)
    numbers = sorted(kinds)
    hours = rng.choice(("0", "0", "10.5", "24", "23.9", "28", "30", "30.1", "32", "32.1"))
    rows = []
    for number in numbers:
        bonus = kinds[number] == "Partnerschaftsbonus"
        rows.append({"id": "%s-%02d" % (parent, number), "Elternteil": parent, "Kind": "k", "Lebensmonat": number, "Art": kinds[number],
                     **draw_row(rng, rng.choice(("24", "24", "28", "32", "32", "23.9", "32.1")) if bonus else hours, bonus), **fixed})
    return rows


def draw_row(rng, hours, bonus):
    likely = lambda share: rng.random() < share
    relies = likely(0.3)
    maternity, other = likely(0.12) and not bonus, likely(0.2)
    spans = lambda: rng.choice((1, 10, 27, 28, 29, 30, 31))
    return {"Bezug_des_anderen": rng.choice(("Partnerbonus",) * 6 + ("keines", "Plus")) if bonus else rng.choice(("keines",) * 7 + ("Basis", "Plus", "Partnerbonus")),
            "Behinderung_festgestellt": likely(0.1), "Lückenlos": likely(0.8), "Wochenstunden_andere": rng.choice(("24", "24", "30", "32", "23.9", "32.1") if bonus else ("0", "40")),
            "Anderer_berechtigt": likely(0.85), "Allein_beantragt": relies, **({"Allein_berechtigt": likely(0.6)} if likely(0.8) else {}), "Im_Haushalt": likely(0.96),
            "Aufnahme_nach_Absatz_3": likely(0.08), "Betreut_selbst": likely(0.97), "Wochenstunden": hours, "Berufsbildung": likely(0.06), "Kindertagespflege": likely(0.06),
            "Einkommen_nach_Geburt": c.euros(rng.choice((0, 0, 0, 1, rng.randint(1, 150000), rng.randint(50000, 300000), near(rng, 100000, 277000)))),
            "Mutterschaftsleistungen": c.euros(rng.choice((rng.randint(1, 300000), rng.randint(1, 60000))) if maternity else 0),
            "Tage_mit_Mutterschaftsleistungen": spans() if maternity else 0,
            "Ersatzleistungen": c.euros(rng.choice((rng.randint(1, 200000), rng.randint(1, 40000))) if other else 0), "Tage_mit_Ersatzleistungen": spans() if other else 0,
            "Monate_mit_Ersatz": rng.choice((0, 0, 1, 5, 12)) if other else 0, "Bemessungseinkommen": c.euros(rng.randint(1, 100000)) if likely(0.1) else None}


def draw_parts(rng, parent):
    wages = rng.choice((0, near(rng, 8333, 10250), rng.randint(30000, 500000), rng.randint(100000, 300000)))
    likely = lambda share: rng.random() < share
    return {"id": "e" + parent, "Elternteil": parent, "Kind": "k", "Einnahmen": c.euros(wages), "Gewinn": c.euros(rng.choice((0, 0, rng.randint(1, 200000)))),
            "Steuern": c.euros(rng.choice((0, wages // 8, wages // 5))), "Beitragsfrei": c.euros(rng.choice((0, 0, min(wages, 45000)))), "Krankenversichert": likely(0.8),
            "Rentenversichert": likely(0.8), "Arbeitslosenversichert": likely(0.7)}


def draw_siblings(rng, born, asked, twins):
    """(row without parent, birthday) of the children of the household besides the child."""
    found = [({"Aufnahme": None, "Behinderung": False, "Mehrling_mit_Zuschlag": True}, born) for _ in range(twins - 1)]
    for _ in range(rng.choice((0, 0, 1, 1, 2, 3))):
        day = c.plus_months(asked, -12 * rng.choice((3, 3, 6, 6, 4, 2, 13, 14))) + datetime.timedelta(days=rng.choice((-32, -1, 0, 0, 1, 14, 27, 31)))
        day = min(day, c.plus_months(born, -10))
        taken = None
        if rng.random() < 0.25:
            taken = min(max(day, c.plus_months(asked, -12 * rng.choice((3, 6)) + rng.choice((0, 0, 1))) + datetime.timedelta(days=rng.choice((-1, 0, 1, 14)))), c.plus_months(born, -1))
            day = rng.choice((day, c.plus_months(asked, -14 * 12) + datetime.timedelta(days=rng.choice((-1, 0, 1, 40)))))
            day = min(day, taken)
        found.append(({"Aufnahme": taken.isoformat() if taken else None, "Behinderung": rng.random() < 0.15, "Mehrling_mit_Zuschlag": False}, day))
    return found


def draw(rng):
    """One birth, two parents; the month in which one of the claimed months of life begins, now and then another."""
    born = rng.choice(BIRTHS) if rng.random() < 0.6 else D(2021, 1, 1) + datetime.timedelta(days=rng.randint(0, 2000))
    twins, weeks = rng.choice((1,) * 8 + (2, 3)), rng.choice((0,) * 12 + (5, 6, 7, 8, 11, 12, 15, 16))
    likely = lambda share: rng.random() < share
    fixed = {"Mehrlinge": twins, "Wochen_zu_früh": weeks, "Einkommen_gemindert": likely(0.7), "Andere_Person_berechtigt": likely(0.6),
             "Zu_versteuern_andere": c.euros(rng.choice((0, 3000000, 2000000, near(rng, *(a // 2 for _, two in MOST for a in two)))))}
    people = [draw_person(rng, "a"), draw_person(rng, "b")]
    bezug = draw_rows(rng, "a", fixed, likely(0.15)) + (draw_rows(rng, "b", fixed, False) if likely(0.3) else [])
    if not bezug:
        return draw(rng)
    chosen = rng.choice(bezug)
    probe = Draw({"month": "2021-01", "units": {"Person": [*people, {"id": "k", "Geburtsdatum": born.isoformat()}], "Bezug": bezug}}, chosen)
    day = begins(probe, chosen["Lebensmonat"])
    month = c.month_of(min(max(c.plus_months(day, rng.choice((0,) * 14 + (1, -1))), D(2021, 1, 1)), D(2026, 12, 1)))
    for row in bezug:
        number = rng.choice((1, row["Lebensmonat"], row["Lebensmonat"] + 4, row["Lebensmonat"] + 4, row["Lebensmonat"] + 3))
        received = rng.choice((begins(probe, number), begins(probe, number) - datetime.timedelta(days=1), born + datetime.timedelta(days=10), born + datetime.timedelta(days=10)))
        row["Antrag_gestellt"] = None if likely(0.03) else received.isoformat()
    units = {"Person": people, "Haushaltskind": [], "Einkommensermittlung": [draw_parts(rng, p["id"]) for p in people if likely(0.35)], "Bezug": bezug}
    others = draw_siblings(rng, born, c.first_of(month), twins)
    for n, (_, birthday) in enumerate(others):
        people.append({"id": "s%d" % n, "Geburtsdatum": birthday.isoformat()})
    people.append({"id": "k", "Geburtsdatum": born.isoformat()})
    adopted = likely(0.03)
    for parent in ("a", "b"):
        listed = [("k", {"Aufnahme": born.isoformat() if adopted else None, "Behinderung": likely(0.03), "Mehrling_mit_Zuschlag": False})] + [("s%d" % n, row) for n, (row, _) in enumerate(others)]
        units["Haushaltskind"] += [{"id": "h%s%s" % (parent, child), "Elternteil": parent, "Kind": child, **row} for child, row in listed if likely(0.97)]
    return {"month": month, "units": units}
