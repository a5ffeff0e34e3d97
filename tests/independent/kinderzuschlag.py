"""Kinderzuschlag a second time, from the text of the BKGG alone: § 6a, § 11 Abs. 2, § 20 Abs. 3 to 7; months 01.2020 to 12.2026.

Needs and income under SGB II are facts, as the package says. Choices that its README marks are followed and named here ("Wahl 3"). Amounts are whole cents.
decide() gives None where a human must decide: grant periods begun before 2020, wealth under wordings that need a judgement, incomplete months of income, a review in
spring 2020, and whether reasonable efforts were omitted.
"""
import datetime
import fractions

import case as c

CASES = 200
PACKAGE = "bund/bkgg/kinderzuschlag"
BENEFIT = None
KEEP = ("Haushalt", "Person", "Berechtigter")

D = datetime.date
# § 6a Abs. 2, § 20 Abs. 3, 3a: first day, cents. With the Sofortzuschlag (20 euros from July 2022, 25 from 2025; from 2023 part of one amount).
MAXIMA = ((D(2020, 1, 1), 18500), (D(2021, 1, 1), 20500), (D(2022, 1, 1), 20900), (D(2022, 7, 1), 22900), (D(2023, 1, 1), 25000), (D(2024, 1, 1), 29200), (D(2025, 1, 1), 29700))
# § 66 Abs. 1 EStG, § 6 Abs. 1 BKGG: first day, cents for the first and second, third, each further child.
CHILD_BENEFIT = ((D(2020, 1, 1), (20400, 21000, 23500)), (D(2021, 1, 1), (21900, 22500, 25000)), (D(2023, 1, 1), (25000,) * 3), (D(2025, 1, 1), (25500,) * 3), (D(2026, 1, 1), (25900,) * 3))
# 12th report on the subsistence level, housing and heating a year: alone, couple, child (euros).
HOUSING_ALONE, HOUSING_COUPLE, HOUSING_CHILD = 4212, 6180, 1248


def since(table, day):
    return [value for first, value in table if first <= day][-1]


def percent_45(amount):
    """45 percent, commercially to the cent (Wahl 1)."""
    return c.half_up(fractions.Fraction(45 * amount, 100))


class Household:
    """The facts of one Bedarfsgemeinschaft."""

    def __init__(self, case, row):
        units = case["units"]
        self.row, self.month = row, c.first_of(case["month"])
        people = c.by_id(units, "Person")
        self.children = [(child, c.day(people[child["Person"]]["Geburtsdatum"])) for child in units.get("Kind", ()) if child["Haushalt"] == row["id"]]
        self.incomes = [m for m in units.get("Einkommensmonat", ()) if m["Haushalt"] == row["id"]]
        self.housing = [m for m in units.get("Wohnmonat", ()) if m["Haushalt"] == row["id"]]

    def money(self, name):
        return c.cents(self.row[name])

    def day(self, name):
        return c.day(self.row[name])


@c.counted
def begin(h):
    """First day of the grant period (§ 6a Abs. 7 Satz 2, 4; without an application the month asked for: Wahl 10)."""
    changed, applied, running = h.day("Gemeinschaft_geändert"), h.day("Antrag_gestellt"), h.day("Läuft_bis")
    if changed is not None:
        c.note("begin", "Satz 4: after a change of the Bedarfsgemeinschaft")
        return c.plus_months(changed.replace(day=1), 1)
    first = applied.replace(day=1) if applied is not None else h.month
    if running is not None and running >= first:
        c.note("begin", "Satz 2: after the running period")
        return c.plus_months(running.replace(day=1), 1)
    c.note("begin", "Satz 2: month of the application" if applied else "Wahl 10: no application")
    return first


@c.counted
def end_at_first(h):
    """First day after the grant period without § 20 Abs. 5: six months (§ 6a Abs. 7 Satz 1), or five after the month of a late notice (§ 20 Abs. 4)."""
    first, told = begin(h), h.day("Bekanntgabe")
    if D(2019, 6, 30) < first < D(2021, 7, 1) and told is not None and told >= c.plus_months(first, 1):
        c.note("end_at_first", "§ 20 Abs. 4")
        return c.plus_months(told.replace(day=1), 6)
    return c.plus_months(first, 6)


@c.counted
def reviewed(h):
    """Whether a review of § 20 Abs. 7 was applied for, of a period begun before 1 April 2020: a human does the whole paragraph, its Satz 7 (no § 20 Abs. 5) included."""
    return h.row["Überprüfung_beantragt"] and begin(h) < D(2020, 4, 1)


@c.counted
def end(h):
    """First day after the grant period (§ 20 Abs. 5: six months more, once)."""
    after = end_at_first(h)
    last = after - datetime.timedelta(days=1)
    if h.row["Höchstmöglich_bezogen"] and D(2020, 4, 1) <= last <= D(2020, 9, 30):
        c.note("end", "§ 20 Abs. 5")
        return c.plus_months(after, 6)
    return after


@c.counted
def in_period(h):
    """Whether the month lies in the grant period (§ 6a Abs. 7; not before: § 5 Abs. 3). Without an application there is none (§ 9 Abs. 1, Wahl 10)."""
    return h.day("Antrag_gestellt") is not None and begin(h) <= h.month < end(h)


@c.counted
def last_month_only(h):
    """§ 20 Abs. 6 Satz 1 (former wording): applications received from 1 April to 30 September 2020."""
    received = h.day("Antrag_gestellt")
    return received is not None and D(2020, 4, 1) <= received <= D(2020, 9, 30)


@c.counted
def income(h, given, of_month):
    """The average of the six months before the period (§ 6a Abs. 8 Satz 1), of one in the cases of § 20 Abs. 6; None if some of them are missing; as given where none of them is."""
    first, months = begin(h), 1 if last_month_only(h) else 6
    wanted = [c.plus_months(first, -n) for n in range(1, months + 1)]
    counting = [m for m in h.incomes if c.day(m["Erster_Tag"]).replace(day=1) in wanted]
    if not counting:
        return h.money(given)
    if len(counting) != months:
        return None
    return c.half_up(fractions.Fraction(sum(c.cents(m[of_month]) for m in counting), months))


@c.counted
def gross_income(h):
    """Income of § 6a Abs. 1 Nr. 2."""
    return income(h, "Bruttoeinkommen", "Brutto")


@c.counted
def earnings(h):
    """Earnings of the parents of § 6a Abs. 6 Satz 2, 3."""
    return income(h, "Erwerbseinkünfte", "Erwerb")


@c.counted
def other_income(h):
    """The other parts of their income (§ 6a Abs. 6 Satz 2, 4)."""
    return income(h, "Andere_Einkünfte", "Anderes")


@c.counted
def housing(h):
    """Needs for housing and heating a month (§ 6a Abs. 8 Satz 2 to 4; Wahl 11); None where the months to be taken must be chosen from more than twelve."""
    if not h.housing:
        return h.money("Unterkunft")
    first = begin(h)
    months = [c.cents(m["Bedarf"]) for m in h.housing]
    year = [c.cents(m["Bedarf"]) for m in h.housing if c.day(m["Erster_Tag"]).year == first.year - 1]
    if len(year) == 12:
        c.note("housing", "Satz 3: calendar year before")
        return c.half_up(fractions.Fraction(sum(year), 12))
    if len(months) > 12:
        return None
    c.note("housing", "Satz 4: last values")
    return c.half_up(fractions.Fraction(sum(months), len(months)))


@c.counted
def may_count(h, child, born, month):
    """§ 6a Abs. 1: born, in the household, unmarried, under 25 at the beginning of the month (Wahl 5), Kindergeld or another benefit is due (Nr. 1)."""
    return born < c.plus_months(month, 1) and child["Im_Haushalt"] and not child["Verheiratet"] and month < c.birthday(born, 25) and child["Kindergeldanspruch"]


@c.counted
def counts(h, child, born, month):
    """As above and not excluded by § 6a Abs. 3 Satz 4; None where a human has not found whether reasonable efforts were omitted."""
    if not may_count(h, child, born, month):
        return False
    if not child["Ansprüche_nicht_verfolgt"]:
        return True
    omitted = child.get("Zumutbares_unterlassen")
    return None if omitted is None else not omitted


@c.counted
def supplement(child, month):
    """The Kinderzuschlag of one child (§ 6a Abs. 2, 3 Satz 1 to 3); the maximum of the month (Abs. 7 Satz 3: a change of it counts at once)."""
    return max(since(MAXIMA, month) - percent_45(c.cents(child["Einkommen"])), 0)


@c.counted
def sum_of_supplements(h, month):
    """§ 6a Abs. 4; None if an open finding decides about a child."""
    found = [(counts(h, child, born, month), supplement(child, month)) for child, born in h.children]
    if any(counting is None and amount for counting, amount in found):
        return None
    return sum(amount for counting, amount in found if counting)


@c.counted
def of_community(h, child, born):
    """A child of the Bedarfsgemeinschaft (§ 7 Abs. 3 Nr. 4 SGB II) at the beginning of the period (§ 6a Abs. 8 Satz 5): unmarried, under 25, in the household."""
    return child["Im_Haushalt"] and not child["Verheiratet"] and begin(h) < c.birthday(born, 25)


@c.counted
def needs_of_parents(h):
    """Gesamtbedarf of the parents (§ 6a Abs. 5 Satz 1, 4); the share of housing commercially to the cent (Wahl 1)."""
    parents = HOUSING_ALONE if h.row["Alleinerziehend"] else HOUSING_COUPLE
    children = HOUSING_CHILD * sum(of_community(h, child, born) for child, born in h.children)
    return h.money("Bedarfe_Eltern") + c.half_up(fractions.Fraction(housing(h) * parents, parents + children))


@c.counted
def reduction(h):
    """§ 6a Abs. 6 Satz 1 to 4: other income beyond the needs in full, the rest of the excess 45 percent (Wahl 3)."""
    needs, earned, other = needs_of_parents(h), earnings(h), other_income(h)
    by_other = max(other - needs, 0)
    excess = max(earned + other - needs, 0)
    c.note("reduction", "none" if not excess else "earnings" if not by_other else "other income" if by_other == excess else "both")
    return by_other + percent_45(excess - by_other)


@c.counted
def before_wealth(h, month):
    """The whole supplement before wealth (§ 6a Abs. 5, 6)."""
    return max(sum_of_supplements(h, month) - reduction(h), 0)


@c.counted
def wealth_beyond(h):
    """Wealth to be counted (§ 6a Abs. 3 Satz 5); None where its wording at the beginning of the period leaves that to a human.

    From July 2026: what exceeds 40,000 euros and 15,000 for each further member. Before, only considerable wealth: up to these amounts it is none, above a human
    judges. Before the exceptions of § 20 Abs. 6 (applications from 1 April 2020) and 6a (periods from 1 October 2020) any wealth is judged by a human.
    """
    wealth, first = h.money("Vermögen"), begin(h)
    beyond = max(wealth - 4000000 - 1500000 * (h.row["Mitglieder"] - 1), 0)
    if first >= D(2026, 7, 1):
        return beyond
    if not last_month_only(h) and first < D(2020, 10, 1):
        return None if wealth > 0 else 0
    return None if beyond else 0


@c.counted
def after_wealth(h):
    """The whole supplement of the month (§ 6a Abs. 3 Satz 7, Abs. 6 Satz 5)."""
    beyond, amount = wealth_beyond(h), before_wealth(h, h.month)
    if not beyond:
        return amount
    if h.month == begin(h):
        c.note("after_wealth", "Satz 7: first month reduced")
        return max(amount - beyond, 0)
    c.note("after_wealth", "Satz 7: later month in full")
    return amount


@c.counted
def gone(h):
    """Whether wealth takes the claim away: a question of the first month, for the whole period; wealth of just the supplement does not (§ 6a Abs. 3 Satz 6; Wahl 8)."""
    if not wealth_beyond(h) or None in (earnings(h), housing(h), sum_of_supplements(h, begin(h))):
        return False
    return wealth_beyond(h) > before_wealth(h, begin(h))


@c.counted
def child_benefit(h):
    """Kindergeld of the household by the law at the beginning of the period (Wahl 6, 7, 9); None where another benefit takes its place and its amount is not given."""
    due = sorted((born, child["id"], child["Andere_Leistung"]) for child, born in h.children if child["Im_Haushalt"] and child["Kindergeldanspruch"])
    if any(other for _, _, other in due):
        return None
    rates = since(CHILD_BENEFIT, begin(h))
    return sum(rates[0] if rank < 2 else rates[1] if rank == 2 else rates[2] for rank in range(len(due)))


@c.counted
def missing(h):
    """What the Bedarfsgemeinschaft lacks with the supplement and Wohngeld (§ 6a Abs. 1 Nr. 3; without § 28 SGB II; the supplement before wealth: Wahl 2)."""
    needs = h.money("Bedarfe_Eltern") + h.money("Bedarfe_Kinder") + housing(h)
    own = sum(c.cents(child["Einkommen"]) for child, born in h.children if of_community(h, child, born))
    return max(needs - earnings(h) - other_income(h) - own - child_benefit(h) - h.money("Wohngeld") - before_wealth(h, h.month), 0)


@c.counted
def no_need(h):
    """§ 6a Abs. 1 Nr. 3, or the extended access of Abs. 1a; None if Kindergeld is not known."""
    if child_benefit(h) is None:
        return None
    if missing(h) == 0:
        return True
    return missing(h) <= 10000 and h.money("Absetzbeträge") >= 10000 and not h.row["Grundsicherung"]


@c.counted
def least_income(h):
    """§ 6a Abs. 1 Nr. 2: 900 euros, 600 for single parents; None if months of income are missing."""
    income_ = gross_income(h)
    return None if income_ is None else income_ >= (60000 if h.row["Alleinerziehend"] else 90000)


@c.counted
def payout(amount):
    """§ 11 Abs. 2: to the euro, under 50 cents down, else up."""
    return 100 * c.half_up(fractions.Fraction(amount, 100))


@c.counted
def claim(h):
    """(entitled, cents) of the month."""
    if not in_period(h) or sum_of_supplements(h, h.month) == 0 or least_income(h) is False:
        return False, 0
    if begin(h) < D(2020, 1, 1) or (reviewed(h) and h.month >= D(2020, 4, 1)):
        return None, 0
    if gone(h):
        return False, 0
    if None in (sum_of_supplements(h, h.month), least_income(h), housing(h)) or (wealth_beyond(h) and sum_of_supplements(h, begin(h)) is None):
        return None, 0
    if no_need(h) is False:
        return False, 0
    if wealth_beyond(h) is None:
        return (None, 0) if before_wealth(h, h.month) else (False, 0)
    amount = after_wealth(h)
    if not amount:
        return False, 0
    return (None, 0) if no_need(h) is None else (True, payout(amount))  # a supplement under 50 cents is a claim; only its payout is zero (Wahl 13)


def decide(case):
    """{row of Haushalt: (entitled, cents)}."""
    return {row["id"]: claim(Household(case, row)) for row in case["units"]["Haushalt"]}


# Cases ------------------------------------------------------------------------------------------------------------------------------------------------------------

TURNS = ("2020-03", "2020-04", "2020-05", "2020-09", "2020-10", "2020-12", "2021-01", "2021-06", "2021-07", "2022-06", "2022-07", "2022-12", "2023-01", "2024-01", "2025-01",
         "2026-01", "2026-06", "2026-07", "2026-08", "2026-12")


def near(rng, *amounts):
    """One of the amounts, a cent beside it, or not far."""
    return max(rng.choice(amounts) + rng.choice((0, 0, 1, -1, 50, -50, rng.randint(-5000, 5000))), 0)


def draw_times(rng, month):
    """Facts about the period: the month is often its first or last, or just outside."""
    asked = c.first_of(month)
    applied = c.plus_months(asked, -rng.choice((0, 0, 0, 1, 1, 2, 3, 4, 4, 5, 5, 6, 7, 10, 11, 12))) + datetime.timedelta(days=rng.choice((0, 0, 14, 27)))
    running = changed = told = None
    if rng.random() < 0.2:
        running = c.last_of(c.month_of(c.plus_months(applied, rng.choice((-2, -1, 0, 0, 1, 3)))))
    if rng.random() < 0.15:
        changed = c.plus_months(applied, -rng.choice((0, 0, 1, 2))).replace(day=rng.choice((1, 15, 28)))
    first = c.plus_months(applied.replace(day=1), 1 if running and running >= applied else 0)
    if rng.random() < 0.7:
        told = first + datetime.timedelta(days=rng.choice((3, 20, 27, 30, 31, 32, 45, 61, 100, 150)))
    if rng.random() < 0.05:
        applied = None
    return {"Antrag_gestellt": applied, "Läuft_bis": running, "Gemeinschaft_geändert": changed, "Bekanntgabe": told}


def draw_child(rng, number, month):
    first = c.first_of(month)
    age = rng.choice((0, 3, 7, 12, 16, 17, 20, 22, 24, 25, 25, 26))
    born = c.plus_months(first, -12 * age + rng.choice((0, 0, 1, -1, 3, -3))) + datetime.timedelta(days=rng.choice((0, 0, 1, -1, 14)))
    if rng.random() < 0.03:
        born = first + datetime.timedelta(days=rng.choice((-31, -30, -1, 0, 27, 28, 30, 31, 60)))
    likely = lambda share: rng.random() < share
    unused = likely(0.04)
    return {"id": "k%d" % number, "Haushalt": "h", "Person": "p%d" % number, "Im_Haushalt": likely(0.96), "Verheiratet": likely(0.04), "Kindergeldanspruch": likely(0.95),
            "Andere_Leistung": likely(0.02), "Einkommen": c.euros(rng.choice((0, 0, 0, rng.randint(1, 80000), near(rng, 22700, 28200, 30000, 66000)))), "Ansprüche_nicht_verfolgt": unused,
            **({"Zumutbares_unterlassen": likely(0.5)} if likely(0.6 if unused else 0.3) else {})}, born


def draw_months(rng, first, wished):
    """Rows of months: now and then incomplete, with months that do not count."""
    months = [c.plus_months(first, -n) for n in range(1, wished + 1)]
    if rng.random() < 0.2:
        months.pop(rng.randrange(len(months)))
    if rng.random() < 0.3:
        months += [c.plus_months(first, -n) for n in range(wished + 1, wished + rng.choice((1, 2, 4)) + 1)]
    return months


def tuned(rng, case):
    """Brings one amount to an edge: what is missing, the excess of income, or wealth just about the supplement."""
    h = Household(case, case["units"]["Haushalt"][0])
    known = begin(h) >= D(2020, 1, 1) and None not in (earnings(h), housing(h), sum_of_supplements(h, h.month), sum_of_supplements(h, begin(h)), child_benefit(h))
    if not known:
        return
    edge = "wealth" if begin(h) >= D(2026, 7, 1) and rng.random() < 0.5 else rng.choice(("missing", "missing", "excess", "wealth", "rounding"))
    by = rng.choice((0, 1, -1, 2, -2, 50))
    if edge == "excess" and not h.incomes:
        h.row["Erwerbseinkünfte"] = c.euros(max(needs_of_parents(h) - other_income(h) + by + rng.choice((0, 0, 10000, 30000)), 0))
    if edge == "rounding" and not h.incomes:
        amount = sum_of_supplements(h, h.month) - 50 + by
        h.row["Erwerbseinkünfte"] = c.euros(max(needs_of_parents(h) - other_income(h) + amount * 100 // 45 + rng.randint(-3, 3), 0))
    if edge == "missing":
        h.row["Wohngeld"] = "0.00"
        h.row["Wohngeld"] = c.euros(max(missing(h) - rng.choice((0, 10000)) + by, 0))
    if edge == "wealth":
        if not h.incomes:
            h.row["Erwerbseinkünfte"] = c.euros(max(needs_of_parents(h) - other_income(h) + rng.randint(-10000, 30000), 0))
        h.row["Wohngeld"] = c.euros(c.cents(h.row["Wohngeld"]) + missing(h))
        asked, first = before_wealth(h, h.month), before_wealth(h, begin(h))
        h.row["Vermögen"] = c.euros(max(4000000 + 1500000 * (h.row["Mitglieder"] - 1) + rng.choice((0, asked, first, first // 2, (asked + first) // 2)) + by, 0))


def draw(rng):
    """A household of 1 to 6 children; months around every change of law."""
    newest = rng.random() < 0.25  # wealth by the amounts of July 2026
    month = "2026-%02d" % rng.randint(7, 12) if newest else rng.choice(TURNS) if rng.random() < 0.5 else "%04d-%02d" % (rng.randint(2020, 2026), rng.randint(1, 12))
    alone, number = rng.random() < 0.4, rng.choice((0, 1, 1, 1, 2, 2, 3, 3, 4, 6))
    times = draw_times(rng, month)
    if newest and rng.random() < 0.7:
        times = {"Antrag_gestellt": D(2026, rng.randint(7, int(month[5:])), rng.choice((1, 15, 30))), "Läuft_bis": None, "Gemeinschaft_geändert": None, "Bekanntgabe": None}
    pairs = [draw_child(rng, n, month) for n in range(number)]
    people = [{"id": "p", "Geburtsdatum": "1985-05-05"}] + [{"id": child["Person"], "Geburtsdatum": born.isoformat()} for child, born in pairs]
    parents = (60000 if alone else 100000) + rng.randint(0, 20000)
    row = {"id": "h", "Berechtigter": "p", "Alleinerziehend": alone, "Mitglieder": max(1 + (not alone) + number + rng.choice((0, 0, 0, 1, -1)), 1),
           "Bruttoeinkommen": c.euros(rng.choice((near(rng, 60000, 90000), 200000, rng.randint(60000, 500000), rng.randint(90000, 300000), rng.randint(100000, 300000)))),
           "Erwerbseinkünfte": c.euros(rng.choice((0, near(rng, parents), *(parents + rng.randint(0, most) for most in (60000, 90000, 90000, 150000)), rng.randint(0, 10 ** 7)))),
           "Andere_Einkünfte": c.euros(rng.choice((0, 0, 0, rng.randint(0, 60000), parents + rng.randint(0, 90000)))),
           "Absetzbeträge": c.euros(near(rng, 10000, 30000)), "Bedarfe_Eltern": c.euros(parents), "Bedarfe_Kinder": c.euros(30000 * number + rng.randint(0, 30000)),
           "Unterkunft": c.euros(rng.choice((0, rng.randint(30000, 150000)))), "Wohngeld": c.euros(rng.choice((0, rng.randint(0, 60000), rng.randint(20000, 120000)))), "Bezogener_Kinderzuschlag": c.euros(rng.randint(0, 30000)),
           "Grundsicherung": rng.random() < 0.2, "Vermögen": c.euros(rng.choice((0, 0, 0, 0, 1, rng.randint(0, 4000000), rng.randint(0, 4000000), rng.randint(0, 15000000)))),
           "Höchstmöglich_bezogen": rng.random() < 0.4, "Überprüfung_beantragt": rng.random() < (0.5 if month < "2020-10" else 0.1), **{name: day.isoformat() if day else None for name, day in times.items()}}
    units = {"Person": people, "Haushalt": [row], "Kind": [child for child, _ in pairs], "Einkommensmonat": [], "Wohnmonat": []}
    case = {"month": month, "units": units}
    first = begin(Household(case, row))
    if rng.random() < 0.3:
        wished, low = rng.choice((6, 6, 1)), c.cents(row["Erwerbseinkünfte"])
        units["Einkommensmonat"] = [{"id": "e%d" % n, "Haushalt": "h", "Erster_Tag": day.isoformat(), "Brutto": c.euros(near(rng, 60000, 90000) + rng.choice((0, 60000))),
                                     "Erwerb": c.euros(low + rng.randint(0, 20000)), "Anderes": c.euros(rng.choice((0, rng.randint(0, 30000))))}
                                    for n, day in enumerate(draw_months(rng, first, wished))]
    if rng.random() < 0.2:
        begin_of_year = D(first.year, 1, 1)
        units["Wohnmonat"] = [{"id": "w%d" % n, "Haushalt": "h", "Erster_Tag": day.isoformat(), "Bedarf": c.euros(rng.randint(40000, 120000))}
                              for n, day in enumerate(draw_months(rng, rng.choice((begin_of_year, begin_of_year, first)), rng.choice((12, 12, 5))))]
    if rng.random() < 0.6:
        tuned(rng, case)
    return case
