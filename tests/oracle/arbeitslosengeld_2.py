"""Arbeitslosengeld II and Bürgergeld cases of 2023 and later against bund/sgb2/grundsicherungsgeld: the amount of a benefit community, in cents (see also bürgergeld.py)."""
import decimal
import itertools

import common

BENEFIT = "arbeitslosengeld_2"
PACKAGE = "bund/sgb2/grundsicherungsgeld"
COMPARED = ("arbeitslosengeld_2__betrag_m_bg",)
ASSUMED = (
    "Everybody can work (whoever is under 15 cannot by law), lives in Germany, is excluded from nothing and has no need that a human would have to find."
    " The application came in on the day of the case; the grant period begins with its month.",
    "Spouses live together; a partner who is no spouse stands in for the other. A child whose `bg_id` differs from its parents' covers its own need;"
    " without any `bg_id` whatever agrees with the computation.",
    "`alleinerziehend` means that this person alone brings up the minor children that name it as a parent.",
    "A pointer to a recipient of Kindergeld means the statutory amount of the month, unless the case gives the sum of the recipient or of the group;"
    " that is divided by the number of its children.",
    "Rent is split by heads. With `bezug_im_vorjahr` the Karenzzeit is over, and the housing need that the case itself expects is what a human has recognised;"
    " without it the Karenzzeit runs and the rent counts as it is.",
    "Wages and income from self-employment are gross income from work; contributions and a twelfth of the taxes are levied on it."
    " Other incomes are given as they are; nothing is proven beyond the flat deduction.",
    "The Sofortzuschlag (§ 72) is part of the amount in these cases.",
)
CANNOT = ("Capital income, pensions and maintenance above allowances that an ordinance sets: the case gives gross figures.",)
KINDERGELD = (("2026", "259.00"), ("2025", "255.00"), ("2023", "250.00"))
WORK = ("einnahmen__bruttolohn_m", "einkommensteuer__einkünfte__aus_selbstständiger_arbeit__betrag_m")
OTHER = ("einkommensteuer__einkünfte__aus_vermietung_und_verpachtung__betrag_m", "einkommensteuer__einkünfte__sonstige__alle_weiteren_m", "einnahmen__kapitalerträge_m",
         "einnahmen__renten__betriebliche_altersvorsorge_m", "einnahmen__renten__geförderte_private_vorsorge_m", "einnahmen__renten__sonstige_private_vorsorge_m",
         "elterngeld__betrag_m", "elterngeld__anrechenbarer_betrag_m", "sozialversicherung__arbeitslosen__betrag_m", "unterhalt__tatsächlich_erhaltener_betrag_m",
         "unterhaltsvorschuss__betrag_m")
PENSIONS = ("sozialversicherung__rente__altersrente__betrag_m", "sozialversicherung__rente__erwerbsminderung__betrag_m")
TAXES = ("einkommensteuer__betrag_y_sn", "solidaritätszuschlag__betrag_y_sn")
PARTNERS = ("arbeitslosengeld_2__p_id_einstandspartner", "bürgergeld__p_id_einstandspartner")
RECIPIENT = "kindergeld__p_id_empfänger"
PARENTS = ("familie__p_id_elternteil_1", "familie__p_id_elternteil_2")
BEFORE = ("arbeitslosengeld_2__bezug_im_vorjahr", "bürgergeld__bezug_im_vorjahr")
WEALTH = ("vermögen",)
USED = {"p_id", "hh_id", "bg_id", "alter", "geburtsjahr", "geburtsmonat", "geburtstag", "familie__p_id_ehepartner", "familie__alleinerziehend", RECIPIENT, "kindergeld__betrag_m",
        "kindergeld__betrag_m_bg", "wohnen__bruttokaltmiete_m_hh", "wohnen__heizkosten_m_hh", "sozialversicherung__beiträge_versicherter_m", *WORK, *OTHER, *PENSIONS, *TAXES, *PARTNERS, *PARENTS, *BEFORE, *WEALTH}
WITHOUT_EFFECT = {"wohnen__wohnfläche_hh", "arbeitsstunden_w", "einkommensteuer__gemeinsam_veranlagt", "kindergeld__anzahl_ansprüche", "kindergeld__in_ausbildung", "wohnort_ost_hh",
                  "einkommensteuer__einkünfte__ist_hauptberuflich_selbstständig", "sozialversicherung__pflege__beitrag__anzahl_kinder_bis_24",
                  "sozialversicherung__pflege__beitrag__hat_kinder"}
VARIANTS = {"need": "the Sofortzuschlag is part of the Regelbedarf, as these cases have it"}


def total(person, columns):
    return sum((common.number(person, c) for c in columns), decimal.Decimal(0))


def partner_of(person):
    return next((i for i in (common.pointer(person, c) for c in (*PARTNERS, "familie__p_id_ehepartner") if c in person) if i is not None), None)


def covers_itself(person, here):
    """A child that the case puts into another benefit community than its parents."""
    parents = [here[i] for i in (common.pointer(person, c) for c in PARENTS) if i in here]
    return any("bg_id" in person and p.get("hh_id") == person.get("hh_id") and p["bg_id"] != person["bg_id"] for p in parents)


def kindergeld(person, case):
    """The given amount of the recipient or of the group, by the number of its children; else the statutory one."""
    children = [p for p in case["household"] if common.pointer(p, RECIPIENT) is not None]
    recipient = next((p for p in case["household"] if common.p_id(p) == common.pointer(person, RECIPIENT)), {})
    if "kindergeld__betrag_m" in recipient:
        return common.money(common.number(recipient, "kindergeld__betrag_m") / sum(common.pointer(p, RECIPIENT) == common.p_id(recipient) for p in children))
    if "kindergeld__betrag_m_bg" in person:
        return common.money(common.number(person, "kindergeld__betrag_m_bg") / len(children))
    return next(amount for since, amount in KINDERGELD if case["date"] >= since)


def couple_rows(case):
    """Rows of couples, and for every p_id its marriage and its community."""
    rows, marriage, community = {}, {}, {}
    here = {common.p_id(p) for p in case["household"]}
    for person in case["household"]:
        i, other = common.p_id(person), partner_of(person)
        if other not in here:
            continue
        name = "c%06d" % min(i, other)
        for j in (i, other):
            (marriage if common.pointer(person, "familie__p_id_ehepartner") == other else community)[j] = name
        rows[name] = {"id": name, "Erster": "p%06d" % min(i, other), "Zweiter": "p%06d" % max(i, other), "Dauernd_getrennt": False, "Zusammen_seit": "2015-01-01",
                      "Gemeinsames_Kind": False, "Versorgt_Angehörige": False, "Verfügungsbefugnis": False, "Vermutung_widerlegt": False}
    return list(rows.values()), marriage, {i: n for i, n in community.items() if i not in marriage}


def person_row(person, case, day, couples):
    here = {common.p_id(p): p for p in case["household"]}
    _, marriage, community = couples
    i, recipient = common.p_id(person), common.pointer(person, RECIPIENT)
    parents = [common.pointer(person, c) for c in PARENTS]
    alone = next((p for p in parents if p in here and here[p].get("familie__alleinerziehend")), None)
    before = any(person.get(c) for c in BEFORE)
    taxes = total(person, TAXES) / 12 / (2 if i in marriage else 1)
    benefit = kindergeld(person, case) if recipient is not None else "0.00"
    name = lambda p: "p%06d" % p if p in here else None
    facts = {
        "Anspruch_Viertes_Kapitel": False, "Ohne_Zusicherung_umgezogen": False, "Leistung_zur_Teilhabe": False, "Bedarf_Ernährung": "0.00", "Bedarf_im_Einzelfall": "0.00",
        "Warmwasser_gemessen": "0.00", "Bedarf_zu_prüfen": False, "Begünstigte_Lage": "keine", "Ausbildungsleistung": "0.00", "Absetzbare_Ausgaben": "0.00", "Weitere_Absetzungen": "0.00",
        "Merkzeichen_G": False, "Voll_erwerbsgemindert": False, "Schwanger_ab_13_Woche": False, "Warmwasser_dezentral": False, "Nicht_sofort_verwertbar": False, "Grundrentenmonate": 0,
        "Erwerbseinkommen": common.money(total(person, WORK)), "Gesetzliche_Rente": common.money(total(person, PENSIONS)), "Sonstige_Einnahmen": common.money(total(person, OTHER)),
        "Abgaben_auf_Erwerb": common.money(common.number(person, "sozialversicherung__beiträge_versicherter_m") + taxes), "Abgaben_auf_Sonstige": "0.00", "Kindergeld": benefit,
        "Vermögen_der_Person": common.money(total(person, WEALTH)), "Wert_des_Wohneigentums": "0.00",
    }
    return {
        "id": "p%06d" % i, "Geburtsdatum": common.birth_date(person, day).isoformat(), "Haushalt": "h%06d" % int(person.get("hh_id", 0)), "Ehe": marriage.get(i), "Gemeinschaft": community.get(i),
        "Elternteil_1": name(parents[0]), "Elternteil_2": name(parents[1]), "Bedarf_selbst_gedeckt": covers_itself(person, here), "Erwerbsfähig": True, "Gewöhnlicher_Aufenthalt": True,
        "Ausgeschlossen_SGB_II": False, "Schwanger_oder_betreut_Kleinkind": False, "Allein_erzogen_von": name(alone), "Kindergeldempfänger": name(recipient),
        "Leistungsbezug_seit": day.replace(day=1).isoformat(), "Unterbrechung": 0, "Nur_angemessene_anerkannt": before, "Bewilligung_ab": day.replace(day=1).isoformat(),
        "Kein_erhebliches_Vermögen_erklärt": False, "Erklärung_widerlegt": False, "Nur_ein_Monat": before,
    } | {fact: common.always(value) for fact, value in facts.items()}


def household_row(number, persons, case):
    """Rent of a household; what is recognised after the Karenzzeit comes from the case's own expected housing need of its group."""
    first = persons[0]
    rent, heating = (common.number(first, "wohnen__%s_m_hh" % c) for c in ("bruttokaltmiete", "heizkosten"))
    facts = {"Kosten_der_Unterkunft": common.money(rent), "Kosten_der_Heizung": common.money(heating),
             "Heizung_anzuerkennen": True, "Umzug_zu_prüfen": False, "Wohneigentum": "kein_Eigentum", "Wohnfläche": 0,
             "Abstrakt_angemessen": common.money(rent), "Unterkunft_anzuerkennen": True}
    column = "arbeitslosengeld_2__kosten_der_unterkunft_m_bg"
    if any(first.get(c) for c in BEFORE) and column in case["expected"]:
        recognised = common.decimal_of(case["expected"][column][case["household"].index(first)])
        facts |= {"Unterkunft_anzuerkennen": False, "Anerkannte_Unterkunft": common.money(recognised - heating)}
    return {"id": "h%06d" % number} | {fact: common.always(value) for fact, value in facts.items()}


def document(case, variant=None):
    common.only_known(case, USED | WITHOUT_EFFECT)
    day, couples = common.day_of(case), couple_rows(case)
    numbers = sorted({int(p.get("hh_id", 0)) for p in case["household"]})
    units = {
        "Haushalt": [household_row(n, [p for p in case["household"] if int(p.get("hh_id", 0)) == n], case) for n in numbers],
        "Paar": couples[0], "Person": [person_row(p, case, day, couples) for p in case["household"]],
        "Leistungsfall": [{"id": "f%06d" % common.p_id(p), "Berechtigter": "p%06d" % common.p_id(p), "Antrag_gestellt": day.isoformat(), "Voraussetzungen_ab": None, "Voraussetzungen_bis": None,
                           "Verkürzt": False, "Nur_Bildung_und_Teilhabe": common.always(False)} for p in case["household"]],
    }
    overrides = []
    if variant == "need":
        overrides = [common.override("Person", "p%06d" % common.p_id(p), "Regelbedarf", common.money(amount)) for p, amount in needs_with_supplement(case)]
    return common.case_document({name: rows for name, rows in units.items() if rows}, overrides)


def needs_with_supplement(case):
    """Children of the variant: the Regelbedarf that the case itself expects, which contains the Sofortzuschlag."""
    column = "bürgergeld__kindersatz_m"
    if column in case["expected"]:
        for person, amount in zip(case["household"], case["expected"][column], strict=True):
            if common.decimal_of(amount) > 0:
                yield person, amount


def decided(case, product, doc, found):
    """Cents per p_id of both benefits of the package."""
    got = {common.p_id(p): 0 for p in case["household"]}
    for benefit in ("Grundsicherungsgeld", "Sofortzuschlag"):
        if benefit == "Sofortzuschlag" and doc["overrides"]:
            continue  # the variant has it in the need
        for row, claim in product.decide(PACKAGE, doc, common.day_of(case), benefit).items():
            got[int(row[1:])] += common.amount_of(claim, found)
    return got


def claims(case, product, doc, found):
    """As `decided`. Where the case does not say which children cover their own need, every answer is tried: the rules leave a claim open whose answer contradicts the computation."""
    first = []
    got = decided(case, product, doc, first)
    children = [row for row in doc["units"]["Person"] if row["Elternteil_1"] or row["Elternteil_2"]]
    if first and not any("bg_id" in p for p in case["household"]) and len(children) <= 4:
        for answers in itertools.product((False, True), repeat=len(children)):
            for row, answer in zip(children, answers, strict=True):
                row["Bedarf_selbst_gedeckt"] = answer
            tried = []
            other = decided(case, product, doc, tried)
            if not tried:
                return other
    found += first
    return got


def compare(case, product, doc):
    found = []
    own = claims(case, product, doc, found)
    here = {common.p_id(p): p for p in case["household"]}
    alone = {int(row["id"][1:]) for row in doc["units"]["Person"] if row["Bedarf_selbst_gedeckt"]}
    community = {i: p["bg_id"] if "bg_id" in p else ("alone", i) if i in alone else p.get("hh_id", 0) for i, p in here.items()}
    got = {i: sum(cents for j, cents in own.items() if community[j] == community[i]) for i in own}
    common.compare_amounts(COMPARED[0], case, got, found)
    return found
