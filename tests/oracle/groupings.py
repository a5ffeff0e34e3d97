"""Cases about groups of persons against bund/gruppen: who is in one group with whom.

The package has groups but no benefit, and a case document is only decided for a benefit. So the adapter puts a copy of the package, without its cases, into a temporary
folder and adds one file: a unit of two persons and, per group, a benefit that is due if both are in the same group. Names of groups do not matter, only who shares one.
"""
import pathlib
import shutil
import tempfile

import common

BENEFIT = "groupings"
PACKAGE = "bund/gruppen"
COLUMNS = {"bg_id": "bg", "fg_id": "fg", "eg_id": "eg", "sn_id": "Steuereinheit"}
COMPARED = tuple(COLUMNS)
ASSUMED = (
    "A spouse who is not also named as the partner that stands in is permanently separated (where the case names such partners); a partner who is no spouse has lived with"
    " the person for two years, and the presumed will to stand in for each other is not rebutted.",
    "Nobody covers the own need; everybody can work, lives in Germany, is fully taxable and not excluded from SGB II, and is not pregnant or caring for a small child.",
    "Spouses who are not taxed jointly have chosen single assessment.",
)
CANNOT = ("`ehe_id` repeats the marriage of the input and is not compared. The package has no benefit: `decide` needs the added one.",)
PARTNERS = ("arbeitslosengeld_2__p_id_einstandspartner", "bürgergeld__p_id_einstandspartner", "familie__p_id_einstandspartner")
PARENTS = ("familie__p_id_elternteil_1", "familie__p_id_elternteil_2")
SPOUSE, JOINT = "familie__p_id_ehepartner", "einkommensteuer__gemeinsam_veranlagt"
USED = {"p_id", "hh_id", "alter", "geburtsjahr", "geburtsmonat", "geburtstag", SPOUSE, JOINT, *PARTNERS, *PARENTS}

HEAD = """norm SGB_X "Sozialgesetzbuch Zehntes Buch" doknr BJNR114690980 stand 19.08.2026

einheit Vergleich "zwei Personen"
  verweis Eine : Person
  verweis Andere : Person
ende

§ 7 Abs. 3 SGB_II

ergebnis Vergleich.Eins : Geld je Monat sonst 1,00 € je Monat "ein Betrag, weil jede Leistung einen hat"
"""
PART = """
ergebnis Vergleich.gleich_{0} : Wahrheitswert "dieselbe Gruppe"
regel Vergleich.gleich_{0}
  wenn Vergleich.Eine.{0} = Vergleich.Andere.{0}
  begründung "Beide gehören zu derselben Gruppe."
  andernfalls "Sie gehören nicht zu derselben Gruppe."

leistung Gleich_{0} je Vergleich
  anspruch gleich_{0}
  betrag Eins
  empfänger Eine
  regime § 31a SGB_X
ende
"""


def partner_of(person):
    """The partner who stands in; None for nobody or where the case names none at all."""
    return next((i for i in (common.pointer(person, c) for c in PARTNERS) if i is not None), None)


def couples(case):
    """Rows of couples, and for every p_id its marriage and its community (ids of rows, None for none)."""
    rows, marriage, community = {}, {}, {}
    here = {common.p_id(p): p for p in case["household"]}
    for i, person in here.items():
        spouse, partner = common.pointer(person, SPOUSE), partner_of(person)
        for other, kind, of in ((spouse, "e", marriage), (partner if partner != spouse else None, "g", community)):
            if other not in here:
                continue
            name = "%s%06d" % (kind, min(i, other))
            of[i] = name
            named = any(column in person for column in PARTNERS)
            rows[name] = {
                "id": name, "Erster": "p%06d" % min(i, other), "Zweiter": "p%06d" % max(i, other), "Dauernd_getrennt": kind == "e" and named and partner != spouse,
                "Ganzjährig_getrennt": False, "Einzelveranlagung": not (person.get(JOINT) and here[other].get(JOINT)),
                "Zusammen_seit": common.day_of(case).replace(year=common.day_of(case).year - 2, day=1).isoformat(), "Gemeinsames_Kind": False,
                "Versorgt_Angehörige": False, "Verfügungsbefugnis": False, "Vermutung_widerlegt": False, "Einstehenswille": True,
            }
    return list(rows.values()), marriage, community


def person_row(person, case, marriage, community):
    i, here = common.p_id(person), {common.p_id(p) for p in case["household"]}
    parents = [common.pointer(person, column) for column in PARENTS]
    row = {
        "id": "p%06d" % i, "Haushalt": "h%06d" % int(person.get("hh_id", i)), "Ehe": marriage.get(i), "Gemeinschaft": community.get(i),
        "Elternteil_1": "p%06d" % parents[0] if parents[0] in here else None, "Elternteil_2": "p%06d" % parents[1] if parents[1] in here else None,
        "Bedarf_selbst_gedeckt": False, "Erwerbsfähig": True, "Gewöhnlicher_Aufenthalt": True, "Ausgeschlossen_SGB_II": False,
        "Schwanger_oder_betreut_Kleinkind": False, "Unbeschränkt_steuerpflichtig": True,
    }
    if "alter" in person or "geburtsjahr" in person:
        row["Geburtsdatum"] = common.birth_date(person, common.day_of(case)).isoformat()
    return row


def pairs(case):
    """Every two persons, by name of the row."""
    ids = [common.p_id(p) for p in case["household"]]
    return {"v%06d-%06d" % (a, b): (a, b) for n, a in enumerate(ids) for b in ids[n + 1:]}


def document(case, variant=None):
    del variant
    common.only_known(case, USED)
    rows, marriage, community = couples(case)
    persons = [person_row(p, case, marriage, community) for p in case["household"]]
    compared = [{"id": name, "Eine": "p%06d" % a, "Andere": "p%06d" % b} for name, (a, b) in pairs(case).items()]
    return common.case_document({"Haushalt": [{"id": h} for h in sorted({p["Haushalt"] for p in persons})], "Person": persons, "Paar": rows, "Vergleich": compared,
                                 "Wohngeldhaushalt": [], "Bewohner": []})


def comparison_package(folder):
    """A copy of the package with the benefits to compare by; returns its path."""
    target = pathlib.Path(folder) / "gruppen"
    shutil.copytree(common.RULES / PACKAGE, target, ignore=shutil.ignore_patterns("pruef-*", "README.md"))
    (target / "9-vergleich.recht").write_text(HEAD + "".join(PART.format(result) for result in COLUMNS.values()), encoding="utf-8")
    return target


def compare(case, product, doc):
    found, ids = [], [common.p_id(p) for p in case["household"]]
    with tempfile.TemporaryDirectory() as folder:
        package = comparison_package(folder)
        for column, result in COLUMNS.items():
            if column not in case["expected"]:
                continue
            claims = product.decide(package, doc, common.day_of(case), "Gleich_" + result)
            group = dict(zip(ids, case["expected"][column], strict=True))
            for name, (a, b) in pairs(case).items():
                got = claims[name]["merits"]
                if got != ("entitled" if group[a] == group[b] else "not_entitled"):
                    found.append("%s of persons %d and %d: expected %s, got %s" % (column, a, b, "together" if group[a] == group[b] else "apart", got))
    return found
