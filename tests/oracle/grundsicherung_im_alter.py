"""Grundsicherung im Alter cases against bund/sgb12/grundsicherung: the amount per Einsatzgemeinschaft (one person or a couple), in cents."""
import decimal

import common

BENEFIT = "grundsicherung_im_alter"
PACKAGE = "bund/sgb12/grundsicherung"
COMPARED = ("grundsicherung__im_alter__betrag_m_eg",)
ASSUMED = (
    "Everybody lives in Germany in a flat, draws no Grundsicherungsgeld in the month and applied on the day of the case; nothing excludes the person.",
    "Rent and heating are split by heads and wholly appropriate. Nobody has a need that a human would have to find.",
    "`schwerbehindert_grad_g` is a proven Merkzeichen G. Months with Grundrentenzeiten not given are none.",
    "Contributions of insured persons are contributions to health and care insurance; taxes are a twelfth of the year's.",
    "Private, occupational and subsidised pensions are additional provision for old age (§ 82 Abs. 5 SGB XII); wages are gross. Wealth of a couple is split evenly.",
)
CANNOT = (
    "A partner below the age limit: how his income counts is left to a human.",
    "Wealth above the exempt amount before June 2023 is left to a human (§ 141 Abs. 2 SGB XII).",
)
PRIVATE = ("einnahmen__renten__betriebliche_altersvorsorge_m", "einnahmen__renten__geförderte_private_vorsorge_m", "einnahmen__renten__sonstige_private_vorsorge_m")
STATUTORY = ("sozialversicherung__rente__altersrente__betrag_m", "sozialversicherung__rente__erwerbsminderung__betrag_m")
OTHER = ("einkommensteuer__einkünfte__aus_vermietung_und_verpachtung__betrag_m", "einkommensteuer__einkünfte__sonstige__alle_weiteren_m", "elterngeld__anrechenbarer_betrag_m",
         "sozialversicherung__arbeitslosen__betrag_m", "unterhalt__tatsächlich_erhaltener_betrag_m")
WORK = ("einnahmen__bruttolohn_m", "einkommensteuer__einkünfte__aus_selbstständiger_arbeit__betrag_m")
TAXES = ("einkommensteuer__betrag_y_sn", "solidaritätszuschlag__betrag_y_sn")
PARTNERS = ("familie__p_id_ehepartner", "arbeitslosengeld_2__p_id_einstandspartner", "bürgergeld__p_id_einstandspartner")
USED = {"p_id", "hh_id", "alter", "geburtsjahr", "geburtsmonat", "geburtstag", "schwerbehindert_grad_g", "vermögen_eg", "wohnen__bruttokaltmiete_m_hh", "wohnen__heizkosten_m_hh",
        "einnahmen__kapitalerträge_m", "sozialversicherung__beiträge_versicherter_m", "sozialversicherung__rente__grundrente__grundrentenzeiten_monate",
        *PRIVATE, *STATUTORY, *OTHER, *WORK, *TAXES, *PARTNERS}
WITHOUT_EFFECT = {"wohnen__wohnfläche_hh", "sozialversicherung__rente__bezieht_rente", "einkommensteuer__gemeinsam_veranlagt"}


def partner_of(person):
    return next((i for i in (common.pointer(person, c) for c in PARTNERS) if i is not None), None)


def total(person, columns):
    return common.money(sum(common.number(person, c) for c in columns))


def person_row(person, case, day):
    heads = sum(p.get("hh_id") == person.get("hh_id") for p in case["household"])
    partner = partner_of(person)
    group = 1 if partner is None else 2
    rent = (common.number(person, "wohnen__bruttokaltmiete_m_hh") + common.number(person, "wohnen__heizkosten_m_hh")) / heads
    taxes = sum(common.number(person, c) for c in TAXES) / 12 / group
    facts = {
        "Unterkunft": "Wohnung", "Lebt_mit_Ehegatten": partner is not None, "Lebt_mit_möglichem_Partner": False, "Dauerhaft_voll_erwerbsgemindert": False,
        "Im_Berufsbildungsbereich": False, "Merkzeichen_G": bool(person.get("schwerbehindert_grad_g", False)), "Voll_erwerbsgemindert": False,
        "Schwanger_ab_13_Woche": False, "Erzieht_allein": False, "Warmwasser_dezentral": False, "Weiterer_Bedarf": False, "Aufwendungen_anzuerkennen": True,
        "Unterkunft_und_Heizung": common.money(rent), "Beiträge_KV_PV": total(person, ("sozialversicherung__beiträge_versicherter_m",)),
        "Gesetzliche_Rente": total(person, STATUTORY), "Zusätzliche_Altersvorsorge": total(person, PRIVATE), "Erwerbseinkommen": total(person, WORK),
        "Werkstattentgelt": "0.00", "Kapitalerträge": common.money(common.number(person, "einnahmen__kapitalerträge_m") * 12), "Andere_Einkünfte": total(person, OTHER),
        "Abzüge": common.money(taxes.quantize(decimal.Decimal("0.01"))), "Besonderes_Einkommen": False,
        "Grundrentenmonate": int(common.number(person, "sozialversicherung__rente__grundrente__grundrentenzeiten_monate")),
        "Vermögen": common.money(common.number(person, "vermögen_eg") / group),
    }
    row = {"id": "p%06d" % common.p_id(person), "Geburtsdatum": common.birth_date(person, day).isoformat(), "Gewöhnlicher_Aufenthalt": True, "Ausschluss_zu_prüfen": False,
           "Partner": None if partner is None else "p%06d" % partner}
    return row | {name: common.always(value) for name, value in facts.items()}


def document(case, variant=None):
    del variant
    common.only_known(case, USED | WITHOUT_EFFECT)
    day = common.day_of(case)
    matters = [{"id": "s%06d" % common.p_id(p), "Berechtigter": "p%06d" % common.p_id(p), "Antrag_gestellt": day.isoformat(), "Grundsicherungsgeld_im_Monat": common.always(False)}
               for p in case["household"]]
    return common.case_document({"Person": [person_row(p, case, day) for p in case["household"]], "Sache": matters})


def compare(case, product, doc):
    found, own = [], {}
    for row, claim in product.decide(PACKAGE, doc, common.day_of(case)).items():
        own[int(row[1:])] = common.amount_of(claim, found)
    got = {}
    for person in case["household"]:
        partner = partner_of(person)
        got[common.p_id(person)] = own[common.p_id(person)] + (own[partner] if partner is not None else 0)
    common.compare_amounts("grundsicherung__im_alter__betrag_m_eg", case, got, found)
    return found
