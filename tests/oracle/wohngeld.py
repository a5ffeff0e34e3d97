"""Wohngeld cases against bund/wogg/wohngeld: the amount per household, in cents. The tier of rents and the income from work may stand for what the rules compute."""
import common

BENEFIT = "wohngeld"
PACKAGE = "bund/wogg/wohngeld"
COMPARED = ("wohngeld__anspruchshöhe_m_wthh",)
ASSUMED = (
    "Everybody of one household id lives together and is a member (§ 5 WoGG): spouse, partner with the presumption of § 7 Abs. 3a SGB II, else a relative; German, alive,"
    " nobody else in the flat, no benefit of § 7, no training grant. The first adult is the entitled person and applies on the day of the case.",
    "The rent is the given rent without heating; for owners it is the burden (§ 10). The tier of rents is given as a result.",
    "Income goes on for twelve months. Gross wages have no proven expenses; a given income after expenses stands for the result `Arbeitseinkünfte`. Rents and capital income"
    " are net of expenses; pensions split by the given taxable share (without one: wholly taxable).",
    "Deductions of § 16: taxes, health and pension insurance where the case gives an amount above 0 in the respective column.",
    "Maintenance received is a payment from outside the household (§ 14 Abs. 2 Nr. 19); Elterngeld counts with its creditable amount, else above 300 Euro.",
    "Nobody with a degree of disability below 100 is in need of care. Kindergeld is drawn where the case says so.",
    "Wealth is abusive (§ 21 Nr. 3) where the case says that the limit is exceeded, else above 60 000 Euro plus 30 000 Euro for every further member (administrative practice:"
    " a finding of a human for the product).",
)
CANNOT = (
    "Which part of a household is excluded because of other benefits (`wthh`) is not derived: a case that splits one household cannot be run unless the parts have their own"
    " `hh_id`. The check whether a very low income is plausible is no rule of the package.",
    "The tier of rents, the income from work, `ausgeschlossen`, `Miete`, `M`, `Y` and every other result can be overridden in a case document; the cases use the first two.",
)
INCOME = (
    ("einkommensteuer__einkünfte__aus_selbstständiger_arbeit__betrag_m", "selbständige_Arbeit", 12),
    ("einkommensteuer__einkünfte__aus_vermietung_und_verpachtung__betrag_m", "Vermietung", 12),
    ("einkommensteuer__einkünfte__sonstige__alle_weiteren_m", "sonstige_Einkünfte", 12),
    ("einnahmen__kapitalerträge_y", "Kapitalvermögen", 1),
    ("einnahmen__kapitalerträge_m", "Kapitalvermögen", 12),
    ("sozialversicherung__arbeitslosen__betrag_m", "Lohnersatz", 12),
    ("unterhaltsvorschuss__betrag_m", "Unterhaltsvorschuss", 12),
    ("unterhalt__tatsächlich_erhaltener_betrag_m", "Zuwendung", 12),
)
# The state pension is split by the taxable share; private pensions without public support likewise.
PENSIONS = ("sozialversicherung__rente__altersrente__betrag_m", "sozialversicherung__rente__erwerbsminderung__betrag_m", "einnahmen__renten__sonstige_private_vorsorge_m")
TAXED_PENSIONS = ("einnahmen__renten__geförderte_private_vorsorge_m", "einnahmen__renten__betriebliche_altersvorsorge_m")
SHARE = "einkommensteuer__einkünfte__sonstige__rente__ertragsanteil"
WORK = "einkommensteuer__einkünfte__aus_nichtselbstständiger_arbeit__einnahmen_nach_abzug_werbungskosten_y"
LIMIT = ("wohngeld__vermögensgrenze_unterschritten_wthh", "wohngeld__vermögensgrenze_unterschritten_bg")
PLAUSIBLE = ("wohngeld__mindesteinkommen_erreicht_wthh", "wohngeld__mindesteinkommen_erreicht_bg")
PARTNERS = ("arbeitslosengeld_2__p_id_einstandspartner", "bürgergeld__p_id_einstandspartner", "familie__p_id_einstandspartner")
PARENTS = ("familie__p_id_elternteil_1", "familie__p_id_elternteil_2")
USED = {"p_id", "hh_id", "alter", "geburtsjahr", "geburtsmonat", "geburtstag", "behinderungsgrad", "vermögen", "kindergeld__ist_leistungsbegründendes_kind",
        "kindergeld__p_id_empfänger", "einnahmen__bruttolohn_m", "elterngeld__anrechenbarer_betrag_m", "elterngeld__betrag_m", "einkommensteuer__betrag_y_sn",
        "sozialversicherung__kranken__beitrag__betrag_versicherter_m", "sozialversicherung__rente__beitrag__betrag_versicherter_m", "wohnen__bruttokaltmiete_m_hh",
        "wohnen__wohnfläche_hh", "wohnen__bewohnt_eigentum_hh", "wohngeld__mietstufe_hh", "familie__p_id_ehepartner", "anzahl_personen_hh",
        "sozialversicherung__rente__grundrente__grundrentenzeiten_monate", WORK, SHARE, *LIMIT, *PLAUSIBLE, *PARTNERS, *PARENTS, *PENSIONS, *TAXED_PENSIONS,
        *(column for column, _, _ in INCOME)}
# Heating has fixed amounts, the year of building left the law in 2009; the rest follows from the members or from columns that are used.
WITHOUT_EFFECT = {"alter_monate", "wohnen__heizkosten_m_hh", "wohnen__baujahr_immobilie_hh", "familie__alleinerziehend", "einkommensteuer__gemeinsam_veranlagt",
                  "solidaritätszuschlag__betrag_y_sn", "sozialversicherung__beiträge_versicherter_m", "kindergeld__in_ausbildung", "arbeitslosengeld_2__bezug_im_vorjahr",
                  "bürgergeld__bezug_im_vorjahr", "arbeitsstunden_w"}
STUFEN = ("I", "II", "III", "IV", "V", "VI", "VII")


def flag(members, columns):
    """The value of the first of the columns that a member has; None where nobody has one."""
    for column in columns:
        for person in members:
            if column in person:
                return bool(person[column])
    return None


def homes(case):
    found = {}
    for person in case["household"]:
        found.setdefault(int(person.get("hh_id", 0)), []).append(person)
    return found


def first_adult(members, day):
    for person in members:
        if common.years_between(common.birth_date(person, day), day) >= 18:
            return person
    return members[0]


def relation(person, entitled):
    if person is entitled:
        return "berechtigte_Person"
    if common.pointer(person, "familie__p_id_ehepartner") == common.p_id(entitled):
        return "Ehegatte"
    if any(common.pointer(person, column) == common.p_id(entitled) for column in PARTNERS):
        return "Partner"
    return "verwandt"


def member_row(person, members, entitled, home, day):
    ids = {common.p_id(p) for p in members}
    child = any(common.pointer(person, column) in ids for column in PARENTS)
    health = common.number(person, "sozialversicherung__kranken__beitrag__betrag_versicherter_m")
    pension = common.number(person, "sozialversicherung__rente__beitrag__betrag_versicherter_m")
    paid = common.pointer(person, "kindergeld__p_id_empfänger") is not None and bool(person.get("kindergeld__ist_leistungsbegründendes_kind", True))
    work = common.number(person, "einnahmen__bruttolohn_m") * 12
    months = common.number(person, "sozialversicherung__rente__grundrente__grundrentenzeiten_monate")
    return {
        "id": "m%06d" % common.p_id(person), "Haushalt": home, "Person": "p%06d" % common.p_id(person), "Beziehung": relation(person, entitled),
        "Lebensmittelpunkt": True, "Getrennt_lebend": False, "Vermutung": True, "Vermutung_bestritten": False, "Kind": child,
        "Transferleistung": "keine", "Mitberechnung": "keine", "Einnahmen_vollständig": True,
        "Steuern": common.number(person, "einkommensteuer__betrag_y_sn") > 0, "Krankenbeitrag": "Pflichtbeitrag" if health > 0 else "keiner",
        "Rentenbeitrag": "Pflichtbeitrag" if pension > 0 else "keiner", "GdB": int(common.number(person, "behinderungsgrad")), "Pflege_zu_Hause": False,
        "NS_Opfer": False, "Kindergeld": paid, "Erwerbseinnahmen": common.money(work), "Grundrentenzeiten": int(months),
        "Rente": common.money(sum(common.number(person, c) for c in PENSIONS[:2]), 12), "Förderung": "keine",
    }


def incomes(person):
    """Kind and amount per year of every income of a person."""
    found = [(kind, common.number(person, column) * times) for column, kind, times in INCOME]
    share = common.number(person, SHARE) if common.number(person, SHARE) > 0 else common.decimal_of(1)
    for column in PENSIONS:
        taxed = (common.number(person, column) * 12 * share).quantize(common.decimal_of("0.01"))
        found += [("sonstige_Einkünfte", taxed), ("Leibrente", common.number(person, column) * 12 - taxed)]
    found += [("sonstige_Einkünfte", common.number(person, column) * 12) for column in TAXED_PENSIONS]
    if "elterngeld__anrechenbarer_betrag_m" in person:
        found.append(("Lohnersatz", common.number(person, "elterngeld__anrechenbarer_betrag_m") * 12))
    else:
        found.append(("Lohnersatz", max(common.number(person, "elterngeld__betrag_m") - 300, 0) * 12))
    if WORK not in person:
        found.append(("nichtselbständige_Arbeit", common.number(person, "einnahmen__bruttolohn_m") * 12))
    return [(kind, amount) for kind, amount in found if amount != 0]


def income_rows(person):
    return [{"id": "e%06d-%02d" % (common.p_id(person), n), "Mitglied": "m%06d" % common.p_id(person), "Art": kind, "Betrag": common.money(amount),
             "Werbungskosten": "0.00", "Turnus": "laufend"} for n, (kind, amount) in enumerate(incomes(person))]


def home_row(home, members, entitled, day):
    wealth = sum(common.number(p, "vermögen") for p in members)
    below = flag(members, LIMIT)
    abusive = wealth > 60000 + 30000 * (len(members) - 1) if below is None else not below
    owner = bool(members[0].get("wohnen__bewohnt_eigentum_hh", False))
    rent = common.money(common.number(members[0], "wohnen__bruttokaltmiete_m_hh"))
    row = {
        "id": home, "Berechtigter": "p%06d" % common.p_id(entitled), "Wohnform": "Eigentum" if owner else "gemietet", "Selbst_genutzt": True,
        "Andere_Person_bestimmt": False, "Entgelt": rent, "Mietangaben_vollständig": True, "Bewohner": len(members), "Andere_Bewohner": 0,
        "Anhalt_für_Missbrauch": abusive, "Missbräuchlich": abusive, "Antrag_gestellt": day.isoformat(), "Läuft_bis": None, "Bewilligt_am": None,
        "Nutzung_aufgegeben": None, "Verwendung_zweifelhaft": False,
    }
    if owner:
        row["Belastung"] = rent
    if common.number(members[0], "wohnen__wohnfläche_hh") > 0:
        row["Wohnfläche"] = common.money(common.number(members[0], "wohnen__wohnfläche_hh"))
    return row


def refuse(case):
    common.only_known(case, USED | WITHOUT_EFFECT)
    if flag(case["household"], PLAUSIBLE) is False:
        raise common.NotRunnable("says that the income is implausibly low: a human's finding, no rule of the WoGG")
    for members in homes(case).values():
        if "wohngeld__mietstufe_hh" not in members[0]:
            raise common.NotRunnable("gives no tier of rents")
        if any(len({case["expected"][c][case["household"].index(p)] for p in members}) > 1 for c in COMPARED if c in case["expected"]):
            raise common.NotRunnable("splits one household into several that get Wohngeld or not")
        if any(int(p.get("anzahl_personen_hh", len(members))) != len(members) for p in members):
            raise common.NotRunnable("counts other persons than it describes")


def document(case, variant=None):
    del variant
    refuse(case)
    day, overrides = common.day_of(case), []
    units = {"Person": [], "Haushalt": [], "Mitglied": [], "Mietbestandteil": [], "Kürzung": [], "Einnahme": [], "Unterhalt": [], "Beginntatbestand": [], "Änderung": []}
    for number, members in homes(case).items():
        home, entitled = "h%06d" % number, first_adult(members, day)
        units["Haushalt"].append(home_row(home, members, entitled, day))
        overrides.append(common.override("Haushalt", home, "Mietenstufe", STUFEN[int(members[0]["wohngeld__mietstufe_hh"]) - 1]))
        for person in members:
            units["Person"].append({"id": "p%06d" % common.p_id(person), "Geburtsdatum": common.birth_date(person, day).isoformat(), "Sterbedatum": None, "Ausländer": False})
            units["Mitglied"].append(member_row(person, members, entitled, home, day))
            units["Einnahme"] += income_rows(person)
            if WORK in person:
                overrides.append(common.override("Mitglied", "m%06d" % common.p_id(person), "Arbeitseinkünfte", common.money(common.number(person, WORK))))
    return common.case_document(units, overrides)


def compare(case, product, doc):
    found, got = [], {}
    claims = product.decide(PACKAGE, doc, common.day_of(case))
    for number, members in homes(case).items():
        amount = common.amount_of(claims["h%06d" % number], found)
        got.update({common.p_id(p): amount for p in members})
    common.compare_amounts("wohngeld__anspruchshöhe_m_wthh", case, got, found)
    return found
