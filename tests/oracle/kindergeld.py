"""Kindergeld cases against bund/estg/kindergeld: the sum per recipient and per household, in cents."""
import decimal

import common

BENEFIT = "kindergeld"
PACKAGE = "bund/estg/kindergeld"
COMPARED = ("kindergeld__betrag_m", "kindergeld__betrag_m_hh")
ASSUMED = (
    "Everybody is alive, German, lives in Germany and has an IdNr; no foreign benefit; the recipient is the only person in question for the child.",
    "The application came in with the first month of the package.",
    "`in_ausbildung` of an adult child is a registered training contract, and the first training is completed (the other model applies the limit of 20 hours to"
    " every adult child; § 32 Abs. 4 Satz 2 EStG applies it after the first training only).",
    "Nothing else counts for an adult child: no service, no search for a place, not registered as seeking work, no disability.",
)
CANNOT = ("`kinderbonus__*` (one-off payments of 2020 to 2022) and what basic income support takes of the Kindergeld are not results of the package: not compared.",)
USED = {"p_id", "hh_id", "alter", "geburtsjahr", "geburtsmonat", "geburtstag", "kindergeld__p_id_empfänger", "kindergeld__in_ausbildung", "arbeitsstunden_w"}
# Income and family links do not matter for Kindergeld.
WITHOUT_EFFECT = {"einkommensteuer__gesamteinkommen_y", "einnahmen__bruttolohn_m", "familie__p_id_ehepartner", "familie__p_id_elternteil_1", "familie__p_id_elternteil_2",
                  "familie__alleinerziehend", "arbeitslosengeld_2__p_id_einstandspartner", "einkommensteuer__gemeinsam_veranlagt"}
NO = common.always(False)


def person_row(person, day):
    born = common.birth_date(person, day)
    adult = common.years_between(born, day) >= 18
    hours = common.number(person, "arbeitsstunden_w").quantize(decimal.Decimal("0.1"))
    training = adult and bool(person.get("kindergeld__in_ausbildung", False))
    return {
        "id": "p%06d" % common.p_id(person), "Geburtsdatum": born.isoformat(), "Sterbedatum": None, "IdNr_vergeben": True, "Staatsangehörigkeit": "Deutsch",
        "Wohnsitz": common.always("Inland"), "Andere_Leistung": NO,
        "Ausbildung": common.always(training), "Studium": NO, "Sonstige_Ausbildung": NO, "Ausbildungsplatz_gesucht": NO, "Freiwilligendienst": NO, "Wehrdienst": NO,
        "Arbeitsuchend": NO, "Wochenstunden": common.always(str(hours)), "Geringfügig": NO, "Ausbildungsdienstverhältnis": NO,
        "Erstausbildung_abgeschlossen": born.replace(year=born.year + 17, day=min(born.day, 28)).isoformat() if adult else None,
        "Behinderung": NO, "Behinderung_eingetreten": None, "Pflichtdienst_vor_Juli_2011": False,
    }


def document(case, variant=None):
    del variant
    return build(case, set())


def build(case, more):
    """The case document; `more` are further columns that do not matter here."""
    common.only_known(case, USED | WITHOUT_EFFECT | more)
    day, household = common.day_of(case), case["household"]
    first = common.supported(PACKAGE)[0] + "-01"
    claims = []
    for child in household:
        recipient = common.pointer(child, "kindergeld__p_id_empfänger")
        if recipient is not None:
            claims.append({"id": "k%06d" % common.p_id(child), "Berechtigter": "p%06d" % recipient, "Kind": "p%06d" % common.p_id(child), "Art": "leiblich",
                           "Antragseingang": first})
    return common.case_document({"Person": [person_row(p, day) for p in household], "Kindschaft": claims})


def compare(case, product, doc):
    found, got = [], {common.p_id(p): 0 for p in case["household"]}
    claims = product.decide(PACKAGE, doc, common.day_of(case))
    for child in case["household"]:
        recipient = common.pointer(child, "kindergeld__p_id_empfänger")
        if recipient is not None:
            got[recipient] += common.amount_of(claims["k%06d" % common.p_id(child)], found)
    if "kindergeld__betrag_m" in case["expected"]:
        common.compare_amounts("kindergeld__betrag_m", case, got, found)
    if "kindergeld__betrag_m_hh" in case["expected"]:
        homes = {}
        for person in case["household"]:
            homes.setdefault(person.get("hh_id", 0), []).append(common.p_id(person))
        total = {who: sum(got[i] for i in members) for members in homes.values() for who in members}
        common.compare_amounts("kindergeld__betrag_m_hh", case, total, found)
    return found
