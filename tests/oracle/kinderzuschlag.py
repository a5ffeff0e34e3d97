"""Kinderzuschlag cases against bund/bkgg/kinderzuschlag: the amount per Bedarfsgemeinschaft, in cents.

Needs and income under SGB II are facts for the package. Cases give them or not; where not, the adapter works them out as the Jobcenter's notice would state them
(§§ 11b, 20, 21, 23 SGB II), for the plain cases it knows: single or coupled parents, their children under 25, wages only.
"""
import decimal

import common

BENEFIT = "kinderzuschlag"
PACKAGE = "bund/bkgg/kinderzuschlag"
COMPARED = ("kinderzuschlag__anspruchshöhe_m_bg",)
ASSUMED = (
    "The amount expected leaves out whether need remains (§ 6a Abs. 1 Nr. 3 BKGG): the result `keine_Hilfebedürftigkeit` is given as fulfilled.",
    "A Bedarfsgemeinschaft is a parent or couple with the children of theirs in the household; rent and heating are split by heads between several, and wholly appropriate.",
    "Needs: Regelbedarf of the year and the additional need of single parents (§ 21 Abs. 3 SGB II), nothing else.",
    "Income of the parents as given, else wages without the amounts of § 11b Abs. 2, 3 SGB II; it was the same in the six months before. Maintenance and Unterhaltsvorschuss of"
    " a child are its income. Nobody receives basic income support; the application was made on the day of the case.",
    "Children live in the household, are unmarried, and Kindergeld is due where the case names a recipient. No wealth but the given.",
)
CANNOT = (
    "`basisbetrag_m_bg` and `bruttokaltmiete_m_bg` are intermediates of the other model and not compared. Wealth above today's limits is left to a human for grant periods begun before July 2026, any wealth before April 2020.",
    "Income of the parents other than wages cannot be told apart from a given net income; it counts as earned.",
)
# Anlage zu § 28 SGB XII: adults alone, in a couple; children 14-17, 6-13, 0-5.
NEEDS = {2020: (432, 389, 328, 308, 250), 2021: (446, 401, 373, 309, 283), 2022: (449, 404, 376, 311, 285), 2023: (502, 451, 420, 348, 318), 2024: (563, 506, 471, 390, 357), 2025: (563, 506, 471, 390, 357), 2026: (563, 506, 471, 390, 357)}
GROWN = {2020: 345, 2021: 357, 2022: 360, 2023: 402, 2024: 451, 2025: 451, 2026: 451}
PARTNERS = ("arbeitslosengeld_2__p_id_einstandspartner", "bürgergeld__p_id_einstandspartner", "familie__p_id_einstandspartner", "familie__p_id_ehepartner")
PARENTS = ("familie__p_id_elternteil_1", "familie__p_id_elternteil_2")
GROSS = ("kinderzuschlag__bruttoeinkommen_eltern_m", "arbeitslosengeld_2__bruttoeinkommen_m", "bürgergeld__bruttoeinkommen_m", "einnahmen__bruttolohn_m")
NET = ("kinderzuschlag__nettoeinkommen_eltern_m", "arbeitslosengeld_2__nettoeinkommen_nach_abzug_freibetrag_m", "bürgergeld__nettoeinkommen_nach_abzug_freibetrag_m")
NET_BEFORE = ("bürgergeld__nettoeinkommen_vor_abzug_freibetrag_m", "arbeitslosengeld_2__nettoeinkommen_vor_abzug_freibetrag_m")
SINGLE = ("arbeitslosengeld_2__mehrbedarf_alleinerziehend_m_bg", "bürgergeld__mehrbedarf_alleinerziehend_m_bg")
USED = {"p_id", "hh_id", "alter", "geburtsjahr", "geburtsmonat", "geburtstag", "familie__alleinerziehend", "vermögen", "wohnen__bruttokaltmiete_m_hh", "wohnen__heizkosten_m_hh",
        "kindergeld__p_id_empfänger", "kindergeld__ist_leistungsbegründendes_kind", "unterhaltsvorschuss__betrag_m", "unterhalt__tatsächlich_erhaltener_betrag_m",
        *PARTNERS, *PARENTS, *GROSS, *NET, *NET_BEFORE, *SINGLE}
WITHOUT_EFFECT = {"arbeitsstunden_w", "kindergeld__in_ausbildung", "kindergeld__betrag_m_hh", "kindergeld__grundsätzlich_anspruchsberechtigt",
                  "einkommensteuer__gemeinsam_veranlagt", "wohnen__wohnfläche_hh", "behinderungsgrad"}


def parents_of(person, case):
    here = {common.p_id(p): p for p in case["household"] if p.get("hh_id") == person.get("hh_id")}
    return [here[i] for i in (common.pointer(person, c) for c in PARENTS) if i in here]


def groups(case, day):
    """Bedarfsgemeinschaften as (parents, children); adults without children are one each."""
    found = []
    for person in case["household"]:
        if parents_of(person, case) and common.years_between(common.birth_date(person, day), day) < 25:
            continue
        partner = next((i for i in (common.pointer(person, c) for c in PARTNERS) if i is not None), None)
        group = next((g for g in found if partner in [common.p_id(p) for p in g[0]] or any(common.pointer(p, c) == common.p_id(person) for p in g[0] for c in PARTNERS)), None)
        if group is None:
            found.append(([person], []))
        else:
            group[0].append(person)
    for person in case["household"]:
        if parents_of(person, case) and common.years_between(common.birth_date(person, day), day) < 25:
            next(g for g in found if any(parent in g[0] for parent in parents_of(person, case)))[1].append(person)
    return found


def given(persons, columns):
    """The sum of the first of the columns that somebody has; None if nobody has one."""
    for column in columns:
        if any(column in p for p in persons):
            return sum(common.number(p, column) for p in persons)
    return None


def free_amount(gross, day):
    """§ 11b Abs. 2, 3 SGB II for parents of a minor child: 100 Euro, then shares of the steps; the steps changed in July 2023."""
    shares = ((100, 520, "0.2"), (520, 1000, "0.3"), (1000, 1500, "0.1")) if (day.year, day.month) >= (2023, 7) else ((100, 1000, "0.2"), (1000, 1500, "0.1"))
    free = min(gross, decimal.Decimal(100))
    for low, high, share in shares:
        free += max(min(gross, decimal.Decimal(high)) - low, 0) * decimal.Decimal(share)
    return free


def net_income(parents, day):
    net = given(parents, NET)
    if net is not None:
        return net
    if any(column in p for p in parents for column in NET_BEFORE):
        return sum(max(common.number(p, next(c for c in NET_BEFORE if c in p)) - free_amount(common.number(p, next(c for c in GROSS if c in p)), day), 0) for p in parents)
    raise common.NotRunnable("gives no net income of the parents")


def parents_need(parents, children, day):
    alone, coupled = NEEDS[day.year][:2]
    need = decimal.Decimal(alone if len(parents) == 1 else coupled * len(parents))
    extra = given(parents, SINGLE)
    if extra is not None:
        return need + extra
    if len(parents) == 1 and bool(parents[0].get("familie__alleinerziehend", False)):
        ages = [common.years_between(common.birth_date(c, day), day) for c in children]
        share = max(36 if any(a < 7 for a in ages) or 2 <= sum(a < 16 for a in ages) <= 3 else 0, min(12 * sum(a < 18 for a in ages), 60))
        need += need * share / 100
    return need


def children_need(children, day):
    """Regelbedarf of the children of a year: adults under 25 at their parents', 14-17, 6-13, 0-5."""
    steps = ((18, GROWN[day.year]), (14, NEEDS[day.year][2]), (6, NEEDS[day.year][3]), (0, NEEDS[day.year][4]))
    ages = [common.years_between(common.birth_date(c, day), day) for c in children]
    return sum(next(amount for since, amount in steps if age >= since) for age in ages)


def home_row(number, parents, children, case, day):
    size = len(parents) + len(children)
    whole = sum(p.get("hh_id") == parents[0].get("hh_id") for p in case["household"])
    housing = (common.number(parents[0], "wohnen__bruttokaltmiete_m_hh") + common.number(parents[0], "wohnen__heizkosten_m_hh")) * size / whole
    gross = given(parents, GROSS)
    if gross is None:
        raise common.NotRunnable("gives no gross income of the parents")
    return {
        "id": "h%02d" % number, "Berechtigter": "p%06d" % common.p_id(parents[0]), "Alleinerziehend": len(parents) == 1, "Mitglieder": size,
        "Bruttoeinkommen": common.money(gross), "Erwerbseinkünfte": common.money(net_income(parents, day)), "Andere_Einkünfte": "0.00",
        "Absetzbeträge": common.money(sum(free_amount(common.number(p, next((c for c in GROSS if c in p), GROSS[-1])), day) for p in parents)),
        "Bedarfe_Eltern": common.money(parents_need(parents, children, day)), "Bedarfe_Kinder": common.money(children_need(children, day)),
        "Unterkunft": common.money(housing), "Wohngeld": "0.00", "Bezogener_Kinderzuschlag": "0.00", "Grundsicherung": False,
        "Vermögen": common.money(sum(common.number(p, "vermögen") for p in parents)), "Antrag_gestellt": day.isoformat(), "Läuft_bis": None, "Gemeinschaft_geändert": None,
    }


def child_row(number, child):
    paid = common.pointer(child, "kindergeld__p_id_empfänger") is not None and bool(child.get("kindergeld__ist_leistungsbegründendes_kind", True))
    income = common.number(child, "unterhaltsvorschuss__betrag_m") + common.number(child, "unterhalt__tatsächlich_erhaltener_betrag_m")
    return {"id": "k%06d" % common.p_id(child), "Haushalt": "h%02d" % number, "Person": "p%06d" % common.p_id(child), "Im_Haushalt": True, "Verheiratet": False,
            "Kindergeldanspruch": paid, "Andere_Leistung": False, "Einkommen": common.money(income), "Ansprüche_nicht_verfolgt": False}


def document(case, variant=None):
    del variant
    common.only_known(case, USED | WITHOUT_EFFECT)
    day = common.day_of(case)
    units = {"Person": [{"id": "p%06d" % common.p_id(p), "Geburtsdatum": common.birth_date(p, day).isoformat()} for p in case["household"]], "Haushalt": [], "Kind": []}
    for number, (parents, children) in enumerate(groups(case, day)):
        units["Haushalt"].append(home_row(number, parents, children, case, day))
        units["Kind"] += [child_row(number, child) for child in children]
    return common.case_document(units, [common.override("Haushalt", home["id"], "keine_Hilfebedürftigkeit", True) for home in units["Haushalt"]])


def compare(case, product, doc):
    found, got, day = [], {}, common.day_of(case)
    claims = product.decide(PACKAGE, doc, day)
    for number, (parents, children) in enumerate(groups(case, day)):
        amount = common.amount_of(claims["h%02d" % number], found)
        got.update({common.p_id(p): amount for p in parents + children})
    common.compare_amounts("kinderzuschlag__anspruchshöhe_m_bg", case, got, found)
    return found
