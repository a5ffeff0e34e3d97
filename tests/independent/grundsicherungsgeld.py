"""Grundsicherungsgeld a second time (SGB II; Bürgergeld until 30.06.2026), from the text of the law alone: §§ 7, 7a, 9, 11, 11b, 12 (both versions), 19 to 23, 37, 41, 65, 65a; 01.2023 to 12.2026.

The Sofortzuschlag (§ 72) is in sofortzuschlag.py, the drawing of cases in grundsicherungsgeld_cases.py. What a human finds is an input. "Choice n" is a numbered choice (Wahl) of the package's
README, "group choice n" one of bund/gruppen. `Human` stands for what the README leaves to a human: no decision is expected then. Amounts are whole cents; fractions are exact until rounded.
"""
import functools
from fractions import Fraction

import case as c
import grundsicherungsgeld_cases

PACKAGE = "bund/sgb2/grundsicherungsgeld"
BENEFIT = "Grundsicherungsgeld"
TOGETHER, CASES = 1, 200
REGELBEDARF = {2023: (50200, 45100, 40200, 42000, 34800, 31800)}  # Anlage zu § 28 SGB XII, stages 1 to 6; § 65 Abs. 3 (until 06.2026: Abs. 5) for 2023
REGELBEDARF_SINCE_2024 = (56300, 50600, 45100, 47100, 39000, 35700)
GERINGFÜGIG = {2023: 52000, 2024: 53800, 2025: 55600, 2026: 60300}  # § 8 Abs. 1a SGB IV
NEW_LAW = c.first_of("2026-07")
DEDUCTIONS_CHANGED = c.first_of("2023-07")  # § 11b Abs. 2b and 3, § 11 Abs. 3
UNITS = ("Haushalt", "Paar", "Person", "Nachzahlung", "Leistungsfall")


class Human(Exception):
    """The README leaves the answer to a human; the text says why."""


class World:
    """A case in one month: rows with typed facts, as they stand on the first (choice 1). With `real` it is the same without Kindergeld, as § 72 Abs. 1 Satz 2 Nr. 2 assumes (choice 15)."""

    def __init__(self, case, real=None):
        self.first, self.last, self.days = c.first_of(case["month"]), c.last_of(case["month"]), c.days_of(case["month"])
        self.real, self.kindergeld, self.found = real, real is None, {}
        self.units = {unit: {row["id"]: {fact: self._read(fact, value) for fact, value in row.items()} for row in case["units"].get(unit, ())} for unit in UNITS}
        self.persons = {i: p for i, p in self.units["Person"].items() if p["Geburtsdatum"] <= self.last}

    def _read(self, fact, value):
        value = c.at(value, self.first) if isinstance(value, list) and fact != "Schwanger_ab_13_Woche" else value
        if not isinstance(value, str) or value[:1] not in "-0123456789":
            return value
        return c.day(value) if value[4:5] == "-" else c.cents(value)

    def age(self, p, day=None):
        """Completed years of life when a day begins."""
        return age(p["Geburtsdatum"], day or self.first)

    def born_this_month(self, p):
        return p["Geburtsdatum"] > self.first


def of_person(function):
    """Counts a function of world and person, and computes it once for each; what a human has to say is raised again each time."""
    @functools.wraps(function)
    def once(w, p):
        key = function.__name__, p["id"]
        if key not in w.found:
            try:
                w.found[key] = function(w, p), None
            except Human as why:
                w.found[key] = None, why
            c.COUNTS[__name__ + "." + function.__name__, "Human" if w.found[key][1] else "some" if isinstance(w.found[key][0], (list, dict)) else c.kind(w.found[key][0])] += 1
        value, why = w.found[key]
        if why:
            raise Human(*why.args)
        return value
    return once


def age(born, day):
    """Completed years of life when a day begins (§ 187 Abs. 2 Satz 2, § 188 Abs. 2 BGB)."""
    years = day.year - born.year
    return years if day >= c.birthday(born, years) else years - 1


# ---- § 7: who belongs to whom

@of_person
def below_age_limit(w, p):
    """§ 7a: the limit is reached with the end of the month in which the age is completed, that is on the day before the birthday."""
    year = p["Geburtsdatum"].year
    more = 0 if year < 1947 else year - 1946 if year <= 1958 else 12 + 2 * (year - 1958) if year <= 1963 else 24
    return c.birthday(p["Geburtsdatum"], 65, more) > w.first


@of_person
def can_work(w, p):
    """§ 7 Abs. 1 Satz 1 Nr. 1, 2, 4 on the first of the month (group choice 1)."""
    return w.age(p) >= 15 and below_age_limit(w, p) and p["Erwerbsfähig"] and p["Gewöhnlicher_Aufenthalt"]


def presumed_to_stand_in(w, pair):
    """§ 7 Abs. 3a; group choice 4 on "länger als ein Jahr"."""
    return w.first > c.birthday(pair["Zusammen_seit"], 1) or pair["Gemeinsames_Kind"] or pair["Versorgt_Angehörige"] or pair["Verfügungsbefugnis"]


def spouse(w, p):
    """§ 7 Abs. 3 Nr. 3 a, b: the spouse who does not live apart for good."""
    pair = w.units["Paar"].get(p["Ehe"])
    return None if pair is None or pair["Dauernd_getrennt"] else other_of(w, pair, p)


def other_of(w, pair, p):
    return w.persons[pair["Zweiter"] if pair["Erster"] == p["id"] else pair["Erster"]]


@of_person
def partner(w, p):
    """§ 7 Abs. 3 Nr. 3: the id of the spouse, else of whoever stands in in the same household, unless that person has such a spouse (group choice 6)."""
    married, pair = spouse(w, p), w.units["Paar"].get(p["Gemeinschaft"])
    if married or pair is None:
        return married and married["id"]
    other = other_of(w, pair, p)
    if other["Haushalt"] != p["Haushalt"] or spouse(w, other):
        return None
    stands_in = not pair["Vermutung_widerlegt"] if presumed_to_stand_in(w, pair) else pair["Einstehenswille"]
    return other["id"] if stands_in else None


def partner_of(w, p):
    return w.persons.get(partner(w, p))


def parents_here(w, p):
    """Parents in the household of a person."""
    found = [w.persons[p[fact]] for fact in ("Elternteil_1", "Elternteil_2") if p[fact] in w.persons]
    return [q for q in found if q["Haushalt"] == p["Haushalt"]]


@of_person
def is_child(w, p):
    """§ 7 Abs. 3 Nr. 2, 4: unmarried (group choice 3), under 25, in the household of a parent."""
    return p["Ehe"] is None and w.age(p) < 25 and bool(parents_here(w, p))


@of_person
def seat_of_parents(w, child):
    """The community a child belongs to if it is in need."""
    parents = parents_here(w, child)
    if len(parents) == 2 and partner(w, parents[0]) != parents[1]["id"]:
        raise Human("two parents in the household who are no couple")
    return seat(w, parents[0])


@of_person
def seat(w, p):
    """§ 7 Abs. 3: the couple or single person around whom the community is, as a text of ids. Children belong to their parents' (Nr. 2, 4) and bring their partners (Nr. 3)."""
    other, needy = partner_of(w, p), is_child(w, p) and not covers_itself(w, p)
    other_needy = other is not None and is_child(w, other) and not covers_itself(w, other)
    if needy and other_needy:
        raise Human("a couple of two children of communities")
    if needy or other_needy:
        return seat_of_parents(w, p if needy else other)
    return " ".join(sorted(q["id"] for q in (p, other) if q))


@of_person
def possible_members(w, p):
    """§ 7 Abs. 3: everybody of the person's community, and whoever is in one that a human has to name."""
    found, here = [], seat(w, p)
    for q in w.persons.values():
        try:
            if seat(w, q) == here:
                found.append(q)
        except Human:
            found.append(q)
    return found


@of_person
def members(w, p):
    """§ 7 Abs. 3: everybody of the person's community."""
    found = possible_members(w, p)
    for q in found:
        seat(w, q)
    return found


@of_person
def adults(w, p):
    """Those of the community who are not in it as somebody's child."""
    return [w.persons[i] for i in seat(w, p).split()]


@of_person
def covers_itself(w, child):
    """§ 7 Abs. 3 Nr. 4: what the fact says; in the world without Kindergeld whether what suffices with it does so without."""
    if not w.kindergeld and means_suffice(w.real, child):
        return income(w.real, child)[0] >= need(w.real, child)
    return child["Bedarf_selbst_gedeckt"]


@of_person
def means_suffice(w, child):
    """Whether a child's own income and Kindergeld cover its need, as computed."""
    return own_means(w, child) >= need(w, child)


@of_person
def family_seat(w, p):
    """The community as if no child covered its own need (Familiengemeinschaft)."""
    other = partner_of(w, p)
    if is_child(w, p) and other is not None and is_child(w, other):
        raise Human("a couple of two children of communities")
    child = p if is_child(w, p) else other if other is not None and is_child(w, other) else None
    if child is None:
        return " ".join(sorted(q["id"] for q in (p, other) if q))
    parents = parents_here(w, child)
    if len(parents) == 2 and partner(w, parents[0]) != parents[1]["id"]:
        raise Human("two parents in the household who are no couple")
    return family_seat(w, parents[0])


# ---- §§ 20 to 23: needs

def stage(w, p, day):
    """§ 20 Abs. 2 to 4, § 23 Nr. 1: the Regelbedarfsstufe on a day; choice 12: § 20 also for those of 15 and more who cannot work."""
    years, other = age(p["Geburtsdatum"], day), partner_of(w, p)
    if years < 15:
        return 6 if years < 6 else 5 if years < 14 else 4
    if other is not None:
        others = age(other["Geburtsdatum"], day)
        if years >= 18 and others >= 18:
            return 2
        if others >= 18:
            return 4
    elif is_child(w, p) and not any(0 <= years_of < 18 for years_of in (age(q["Geburtsdatum"], day) for q in raised_alone(w, p))):
        return 4 if years < 18 else 3
    return 3 if p["Ohne_Zusicherung_umgezogen"] and years < 25 else 1


def parts(w, p, of_day):
    """Choice 2: [(value, thirtieths)] of what holds day by day; the days until the change, the rest up to 30 is the new value's. In the month of birth each day from birth."""
    days = [day for day in w.days if day >= p["Geburtsdatum"]]
    values = [of_day(day) for day in days]
    changes = [n for n in range(1, len(days)) if values[n] != values[n - 1]]
    if w.born_this_month(p):
        return [(values[0], min(30, len(days)))]
    if len(changes) > 1:
        raise Human("changes twice within the month")
    return [(values[0], changes[0]), (values[-1], 30 - changes[0])] if changes else [(values[0], 30)]


def amount_of_stage(w, number):
    """§ 20 Abs. 1a."""
    return REGELBEDARF.get(w.first.year, REGELBEDARF_SINCE_2024)[number - 1]


@of_person
def stages(w, p):
    return parts(w, p, lambda day: stage(w, p, day))


@of_person
def regelbedarf(w, p):
    """§ 20 Abs. 1a with the stages of the days."""
    return c.half_up(sum(Fraction(amount_of_stage(w, number) * days, 30) for number, days in stages(w, p)))


def raised_alone(w, p):
    """Children whom a person alone brings up (§ 21 Abs. 3)."""
    return [q for q in w.persons.values() if q["Allein_erzogen_von"] == p["id"]]


def single_parent_percent(w, p, day):
    """§ 21 Abs. 3: percent on a day."""
    ages = [age(q["Geburtsdatum"], day) for q in raised_alone(w, p) if q["Geburtsdatum"] <= day]
    minors = [years for years in ages if years < 18]
    number_one = 36 if any(years < 7 for years in minors) or sum(years < 16 for years in minors) in (2, 3) else 0
    return max(number_one, min(60, 12 * len(minors)))


@of_person
def single_parent_need(w, p):
    """§ 21 Abs. 3: of the need of § 20 Abs. 2, that is stage 1 for those who are alleinerziehend, also where Abs. 3 replaces it; choice 2 where the rate changes within the month."""
    return c.half_up(sum(Fraction(amount_of_stage(w, 1) * percent * days, 3000) for percent, days in parts(w, p, lambda day: single_parent_percent(w, p, day))))


@of_person
def water_need(w, p):
    """§ 21 Abs. 7: percentages by stage and age (Satz 2); measured expenses if they are higher (Satz 3)."""
    if not p["Warmwasser_dezentral"] and not p["Warmwasser_gemessen"]:
        return 0
    flat = sum(Fraction(amount_of_stage(w, number) * {1: 23, 2: 23, 3: 23, 4: 14, 5: 12, 6: 8}[number] * days, 30000) for number, days in stages(w, p))
    return max(c.half_up(flat), p["Warmwasser_gemessen"])


@of_person
def pregnant_thirtieths(w, p):
    """§ 21 Abs. 2: the need begins after the twelfth week; where it begins within the month, each day is a thirtieth (choice 1)."""
    days = sum(c.at(p["Schwanger_ab_13_Woche"], day) for day in w.days)
    return 30 if days == len(w.days) else days


@of_person
def capped_needs(w, p):
    """§ 21 Abs. 2 to 5 with the limit of Abs. 8."""
    base = regelbedarf(w, p)
    found = single_parent_need(w, p) + p["Bedarf_Ernährung"]
    found += c.half_up(Fraction(base * 17 * pregnant_thirtieths(w, p), 3000))
    if p["Leistung_zur_Teilhabe"] and w.age(p) >= 15:  # § 23 Nr. 2: also those who cannot work
        found += c.half_up(Fraction(base * 35, 100))
    if found > base:
        c.note(__name__ + ".capped_needs", "limit of § 21 Abs. 8")
    return min(found, base)


@of_person
def disabled_need(w, p):
    """§ 23 Nr. 4; choice 13: outside the limit of § 21 Abs. 8; choice 16: at any age."""
    if p["Erwerbsfähig"] or not p["Voll_erwerbsgemindert"] or not p["Merkzeichen_G"] or p["Leistung_zur_Teilhabe"]:
        return 0
    return c.half_up(Fraction(regelbedarf(w, p) * 17, 100))


def grace_period(w, p, dwelling):
    """§ 22 Abs. 1 Satz 2, 4 and § 12 Abs. 3 old version: a year from the first month, longer by full months without benefits; § 65 Abs. 3 and, for the dwelling, Abs. 6 (since 07.2026: 2, 4)."""
    if dwelling and p["Nur_angemessene_anerkannt"]:
        return False
    start = max(p["Leistungsbezug_seit"].replace(day=1), c.first_of("2023-01"))
    return w.first < c.plus_months(start, 12 + p["Unterbrechung"])


@of_person
def recognised_rent(w, p):
    """§ 22 Abs. 1: the household's costs without heating that count for this person; choice 11: the new version for every month since 07.2026."""
    home = w.units["Haushalt"][p["Haushalt"]]
    actual = home["Kosten_der_Unterkunft"]
    if home["Umzug_zu_prüfen"] or not grace_period(w, p, True):
        return actual if home["Unterkunft_anzuerkennen"] else home["Anerkannte_Unterkunft"]
    limit = c.half_up(Fraction(home["Abstrakt_angemessen"] * 3, 2))  # § 41 Abs. 2
    if w.first >= NEW_LAW and actual > limit and not home["Mehr_als_das_Eineinhalbfache"]:
        c.note(__name__ + ".recognised_rent", "one and a half times (Satz 6)")
        return limit
    return actual


@of_person
def housing_need(w, p):
    """§ 22 by heads, each part rounded (choice 3); heads are those who live there on the first, so none in the month of birth (choice 2)."""
    if w.born_this_month(p):
        return 0
    home = w.units["Haushalt"][p["Haushalt"]]
    heads = sum(q["Haushalt"] == p["Haushalt"] and not w.born_this_month(q) for q in w.persons.values())
    heating = home["Kosten_der_Heizung"] if home["Heizung_anzuerkennen"] else home["Anerkannte_Heizung"]
    return c.half_up(Fraction(recognised_rent(w, p), heads)) + c.half_up(Fraction(heating, heads))


@of_person
def need(w, p):
    """§ 19 Abs. 1 Satz 3."""
    if p["Bedarf_zu_prüfen"]:
        raise Human("a need that has to be found")
    return regelbedarf(w, p) + capped_needs(w, p) + disabled_need(w, p) + p["Bedarf_im_Einzelfall"] + water_need(w, p) + housing_need(w, p)


# ---- §§ 11, 11b: income

@of_person
def back_payments(w, p):
    """§ 11 Abs. 3: a sixth for six months, or all in the month it comes in (Abs. 2)."""
    total = 0
    for paid in w.units["Nachzahlung"].values():
        months = (w.first.year - paid["Zufluss"].year) * 12 + w.first.month - paid["Zufluss"].month
        if paid["Empfänger"] == p["id"] and 0 <= months <= 6 and paid["Zufluss"] < DEDUCTIONS_CHANGED:
            raise Human("the earlier § 11 Abs. 3 is not at hand")  # it could begin in the month after, so seven months are open
        if paid["Empfänger"] == p["id"] and 0 <= months < (6 if paid["Verteilt"] else 1):
            total += c.half_up(Fraction(paid["Zahlung"], 6)) if paid["Verteilt"] else paid["Zahlung"]
    return total


@of_person
def upper_limit(w, p):
    """§ 11b Abs. 3 Satz 3: 1 500 instead of 1 200 Euro; choice 7: not because of one's siblings; choice 1: children born within the month count."""
    minors = [q for q in w.persons.values() if w.age(q) < 18 and q is not p]
    if any(p["id"] in (q["Elternteil_1"], q["Elternteil_2"]) for q in minors):
        return 150000
    if p not in adults(w, p):
        return 120000
    return 150000 if any(q in minors and q["id"] not in seat(w, p).split() for q in members(w, p)) else 120000


@of_person
def work_allowance(w, p):
    """§ 11b Abs. 3."""
    gross, limit = p["Erwerbseinkommen"], upper_limit(w, p)

    def slice_of(low, high, percent):
        return Fraction(max(0, min(gross, high) - low) * percent, 100)
    if w.first < DEDUCTIONS_CHANGED:
        return c.half_up(slice_of(10000, 100000, 20) + slice_of(100000, limit, 10))
    number_one = 0 if favoured(w, p) else slice_of(10000, 52000, 20)  # Satz 4
    return c.half_up(number_one + slice_of(52000, 100000, 30) + slice_of(100000, limit, 10))


@of_person
def pension_allowance(w, p):
    """§ 11b Abs. 2a with § 82a SGB XII: 33 years; 100 Euro and 30 percent of the rest, at most half of stage 1."""
    if p["Grundrentenmonate"] < 33 * 12:
        return 0
    pension = p["Gesetzliche_Rente"]
    return min(c.half_up(min(pension, 10000) + Fraction(max(0, pension - 10000) * 30, 100)), amount_of_stage(w, 1) // 2)


@of_person
def favoured(w, p):
    """§ 11b Abs. 2b Satz 1, 3: under 25 in one of the situations, or in voluntary service at any age."""
    state = p["Begünstigte_Lage"]
    if state != "keine" and w.first < DEDUCTIONS_CHANGED:
        raise Human("the earlier § 11b Abs. 2b is not at hand")
    return state == "Freiwilligendienst" or state != "keine" and w.age(p) < 25


@of_person
def basic_deduction(w, p):
    """§ 11b Abs. 2 and 2b Satz 1 to 3, from earnings."""
    if favoured(w, p):
        amount = GERINGFÜGIG[w.first.year] if w.age(p) < 25 else 25000
        if p["Absetzbare_Ausgaben"] > amount:
            raise Human("expenses above the amount of § 11b Abs. 2b")
        return amount
    if p["Erwerbseinkommen"] > 40000 and p["Absetzbare_Ausgaben"] > 10000:
        c.note(__name__ + ".basic_deduction", "Abs. 2 Satz 2")
        return p["Absetzbare_Ausgaben"]
    return 10000


@of_person
def earns(w, p):
    """§ 11b Abs. 2, 2b, 3: those who can work and are not excluded, with earnings."""
    return can_work(w, p) and not p["Ausgeschlossen_SGB_II"] and p["Erwerbseinkommen"] > 0


@of_person
def other_deduction(w, p):
    """§ 11b Abs. 1 Satz 1 Nr. 3 to 5 from what is not earned; Abs. 2b Satz 4, 5: at least 100 Euro of training benefits; nothing where Abs. 2 or 2b replaces them on earnings."""
    training = p["Ausbildungsleistung"]
    if training and w.first < DEDUCTIONS_CHANGED:
        raise Human("the earlier treatment of training benefits is not at hand")
    if earns(w, p):
        if p["Erwerbseinkommen"] < basic_deduction(w, p) and (p["Absetzbare_Ausgaben"] > p["Erwerbseinkommen"] or training):
            raise Human("earnings do not use up the basic deduction")
        return 0
    return max(p["Absetzbare_Ausgaben"], min(training, 10000) if p["Begünstigte_Lage"] != "keine" else 0)


@of_person
def income(w, p):
    """§§ 11, 11b without Kindergeld: (income, what of Nr. 3 to 5 found nothing to be deducted from, the same of Nr. 3 to 5, 7 and 8)."""
    work = max(0, p["Erwerbseinkommen"] - p["Abgaben_auf_Erwerb"])
    if earns(w, p):
        work = max(0, work - basic_deduction(w, p) - work_allowance(w, p))
    other = p["Gesetzliche_Rente"] + p["Ausbildungsleistung"] + p["Sonstige_Einnahmen"] + back_payments(w, p)
    total = work + max(0, other - p["Abgaben_auf_Sonstige"] - pension_allowance(w, p))
    less = other_deduction(w, p)
    return max(0, total - less - p["Weitere_Absetzungen"]), max(0, less - total), max(0, less + p["Weitere_Absetzungen"] - total)


@of_person
def kindergeld(w, child):
    """§ 11 Abs. 1 Satz 5, less expenses that other income did not use up (choice 6); nobody's in the world of § 72 Abs. 1 Satz 2 Nr. 2 (choice 15)."""
    return max(0, child["Kindergeld"] - income(w, child)[1]) if w.kindergeld else 0


def own_means(w, child):
    """A child's own income with all of its Kindergeld."""
    return income(w, child)[0] + kindergeld(w, child)


@of_person
def spare_kindergeld(w, child):
    """§ 11 Abs. 1 Satz 5: Kindergeld that the child does not need."""
    return min(kindergeld(w, child), max(0, own_means(w, child) - need(w, child))) if kindergeld(w, child) else 0


@of_person
def adult_income(w, p):
    """Own income and Kindergeld, and the Kindergeld that children do not need (choice 6); § 11b Abs. 1: from that too goes what the rest of the income did not use up."""
    spare = sum(spare_kindergeld(w, q) for q in w.persons.values() if q["Kindergeldempfänger"] == p["id"])
    own = kindergeld(w, p) - spare_kindergeld(w, p)
    left = max(0, income(w, p)[2] - (p["Kindergeld"] if w.kindergeld else 0))
    if spare and left:
        c.note(__name__ + ".adult_income", "spare Kindergeld less what is left to deduct")
    return income(w, p)[0] + own + max(0, spare - left)


# ---- § 12: wealth

@of_person
def home_value(w, p):
    """§ 12 Abs. 1 Satz 2 Nr. 5; choice 9: a home above the protected size counts in full."""
    home = w.units["Haushalt"][p["Haushalt"]]
    if home["Wohneigentum"] == "kein_Eigentum":
        return 0
    people = sum(q["Haushalt"] == p["Haushalt"] for q in w.persons.values())
    limit = (140 if home["Wohneigentum"] == "Hausgrundstück" else 130) + 20 * max(0, people - 4)
    return p["Wert_des_Wohneigentums"] if home["Wohnfläche"] > limit and not home["Härte_des_Wohneigentums"] else 0


def new_version(p):
    """§ 65a Abs. 1: the version of § 12 depends on when the grant period began."""
    return p["Bewilligung_ab"] >= NEW_LAW


@of_person
def allowance(w, p):
    """§ 12 Abs. 2: 15 000 Euro, or by age from the month of the birthday (choice 10)."""
    if not new_version(p):
        return 1500000
    years = w.age(p, w.last)
    return 500000 if years < 30 else 1000000 if years < 40 else 1250000 if years < 50 else 2000000


@of_person
def wealth_grace(w, p):
    """§ 12 Abs. 3, Abs. 6 Satz 1 old version."""
    return not new_version(p) and grace_period(w, p, False) and not p["Nur_ein_Monat"]


@of_person
def wealth(w, p):
    """§ 12 Abs. 1; in the Karenzzeit without the home (old version Abs. 4 Satz 2; new version Abs. 1 Satz 3, by the owner's Karenzzeit of § 22)."""
    spared = grace_period(w, p, True) if new_version(p) else wealth_grace(w, p)
    return p["Vermögen_der_Person"] + (0 if spared else home_value(w, p))


@of_person
def excess_wealth(w, p):
    """§ 12: what the community has above its allowances; unused ones are transferred (Abs. 2 Satz 2, since 07.2026 Satz 3)."""
    people, free = members(w, p), sum(allowance(w, q) for q in members(w, p))
    declared = p["Kein_erhebliches_Vermögen_erklärt"] and not p["Erklärung_widerlegt"]
    grace = {wealth_grace(w, q) for q in people}
    if not new_version(p) and declared and (grace == {True} or p["Nur_ein_Monat"]):  # Abs. 4 Satz 3, Abs. 6 Satz 2
        return 0
    excess = sum(wealth(w, q) for q in people) - free
    if excess > 0 and len(grace) > 1:
        raise Human("only part of the members is in the Karenzzeit")
    excess -= 2500000 if grace == {True} else 0  # Abs. 4 Satz 1, 4
    if excess <= 0:
        return 0
    if any(wealth(w, q) > allowance(w, q) for q in people if q not in adults(w, p)):
        raise Human("wealth above the allowances belongs to a child")
    if any(q["Nicht_sofort_verwertbar"] for q in people):
        raise Human("§ 9 Abs. 4: cannot be used at once")
    return excess


# ---- §§ 9, 19, 37, 41: distribution and claim

@of_person
def fact_contradicts(w, child):
    """README: the fact `Bedarf_selbst_gedeckt` must fit the computation, but for the month of birth (choice 2); wealth above the allowance may cover the need, too."""
    if w.born_this_month(child):
        return False
    if covers_itself(w, child):
        return not means_suffice(w, child) and wealth(w, child) <= allowance(w, child)
    return means_suffice(w, child)


def may_be_of_family(w, child, here):
    """Whether a child belongs to the family, or may do so for all that is known."""
    try:
        return family_seat(w, child) == here
    except Human:
        return True


@of_person
def open_need(w, p):
    """Choice 4: of a child its need less its own means."""
    return need(w, p) if p in adults(w, p) else max(0, need(w, p) - own_means(w, p))


def without_parents(w, p):
    """§ 9 Abs. 3: a child for whom the income of its parents does not count."""
    return p not in adults(w, p) and p["Schwanger_oder_betreut_Kleinkind"]


@of_person
def share(w, p):
    """§ 9 Abs. 2 Satz 3 by choices 4, 5: cents of a member in a full month."""
    if without_parents(w, p):
        return open_need(w, p)
    common = sum(adult_income(w, q) for q in adults(w, p)) + excess_wealth(w, p)
    total = sum(open_need(w, q) for q in members(w, p) if not without_parents(w, q))
    return 0 if common >= total else open_need(w, p) - c.half_up(Fraction(common * open_need(w, p), total))


def excluded(w, p):
    """§ 7 Abs. 1 Satz 2, Abs. 4 to 5; § 19 Abs. 1 Satz 2."""
    return p["Ausgeschlossen_SGB_II"] or (p["Anspruch_Viertes_Kapitel"] and not can_work(w, p))


def has_own_family(w, p):
    """A partner, or a child in the household."""
    return partner(w, p) is not None or any(p["id"] in (q["Elternteil_1"], q["Elternteil_2"]) and q["Haushalt"] == p["Haushalt"] for q in w.persons.values())


@of_person
def full_month(w, p):
    """The claim of a person in a full month."""
    if excluded(w, p):
        return 0
    if not any(can_work(w, q) for q in possible_members(w, p)):
        return 0
    people, here = members(w, p), family_seat(w, p)
    if any(is_child(w, q) and may_be_of_family(w, q, here) and fact_contradicts(w, q) for q in w.persons.values()):
        raise Human("the fact does not fit the computation")
    if any(has_own_family(w, q) for q in people if q not in adults(w, p)):
        raise Human("a child of the community has a partner or a child in the household")
    if any(excluded(w, q) for q in people):
        raise Human("mixed community")
    return share(w, p)


def thirtieths(w, f):
    """§ 37 Abs. 2, § 41 Abs. 1, 3: days of the month for which there can be a claim."""
    p = w.persons.get(f["Berechtigter"])
    if p is None or f["Antrag_gestellt"] is None or f["Antrag_gestellt"].replace(day=1) > w.first:
        return 0
    if not p["Bewilligung_ab"] <= w.first < c.plus_months(p["Bewilligung_ab"], 6 if f["Verkürzt"] else 12):
        return 0
    first, last = max(f["Voraussetzungen_ab"] or w.first, w.first), min(f["Voraussetzungen_bis"] or w.last, w.last)
    return 30 if (first, last) == (w.first, w.last) else min(30, max(0, (last - first).days + 1))


@c.counted
def claim(w, f):
    """§ 19 Abs. 1, § 41 Abs. 1 Satz 3 with choice 14: cents."""
    days = thirtieths(w, f)
    c.note(__name__ + ".thirtieths", "none" if not days else "all" if days == 30 else "a part")
    return c.half_up(Fraction(full_month(w, w.persons[f["Berechtigter"]]) * days, 30)) if days else 0


def decide(case):
    """Of every Leistungsfall (entitled, cents)."""
    w, results = World(case), {}
    for row, f in w.units["Leistungsfall"].items():
        try:
            amount = claim(w, f)
            results[row] = amount > 0, amount
        except Human as why:
            c.note(__name__ + ".Human", str(why))
            results[row] = None, 0
    return results


def consistent(case, rng):
    """The fact `Bedarf_selbst_gedeckt` is mostly what the computation says: from the youngest generation up, as far as it can be said."""
    for row in sorted(case["units"]["Person"], key=lambda row: row["Geburtsdatum"], reverse=True):
        try:
            w = World(case)
            p = w.persons.get(row["id"])
            row["Bedarf_selbst_gedeckt"] = bool(p and is_child(w, p) and means_suffice(w, p)) != (rng.random() < 0.03)
        except Human:
            row["Bedarf_selbst_gedeckt"] = rng.random() < 0.1
    return case


def draw(rng):
    """A case of one month; every person has a Leistungsfall."""
    return consistent(grundsicherungsgeld_cases.draw(rng), rng)
