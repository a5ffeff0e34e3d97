"""Unterhaltsvorschuss cases against bund/uhvorschg/unterhaltsvorschuss: the amount per child, in cents."""
import common

BENEFIT = "unterhaltsvorschuss"
PACKAGE = "bund/uhvorschg/unterhaltsvorschuss"
COMPARED = ("unterhaltsvorschuss__betrag_m",)
ASSUMED = (
    "Everybody is German; the child lives with the parent who is named first among those of its household; the other parent is alive and lives elsewhere, unless"
    " the household contains both parents (then they live together).",
    "`alleinerziehend` means an unmarried parent; a parent who is not, and not together with the other one, is married and not separated.",
    "Maintenance received is paid regularly in this amount; no earlier months of payment (they counted until June 2017), no orphan's benefits, no advance payment, nothing under SGB VIII, no lack of cooperation.",
    "The application was made on the day of the case. Children go to school and have no income of their own; Kindergeld goes to whom the case says.",
    "The child draws no SGB II benefits: the cases do not say so (variant `sgb2`: it does, and the payment would not avoid its need).",
)
CANNOT = ("The law before the first month of the package; `elternteil_alleinerziehend` is an intermediate of the other model and not compared.",)
VARIANTS = {"sgb2": "children of 12 and more draw SGB II benefits and Unterhaltsvorschuss would not avoid their need"}
INCOME = ("einnahmen__bruttolohn_m", "einnahmen__kapitalerträge_m", "einnahmen__renten__sonstige_private_vorsorge_m", "einnahmen__renten__betriebliche_altersvorsorge_m",
          "einnahmen__renten__geförderte_private_vorsorge_m", "sozialversicherung__rente__altersrente__betrag_m", "sozialversicherung__rente__erwerbsminderung__betrag_m",
          "sozialversicherung__arbeitslosen__betrag_m", "einkommensteuer__einkünfte__sonstige__alle_weiteren_m",
          "einkommensteuer__einkünfte__aus_selbstständiger_arbeit__betrag_m", "einkommensteuer__einkünfte__aus_vermietung_und_verpachtung__betrag_m")
USED = {"p_id", "hh_id", "alter", "geburtsjahr", "geburtsmonat", "geburtstag", "monat", "familie__alleinerziehend", "familie__p_id_elternteil_1", "familie__p_id_elternteil_2",
        "kindergeld__p_id_empfänger", "unterhalt__tatsächlich_erhaltener_betrag_m", "unterhaltsvorschuss__einkommen_m", *INCOME}
WITHOUT_EFFECT = {"arbeitslosengeld_2__p_id_einstandspartner", "familie__p_id_ehepartner", "kindergeld__in_ausbildung"}


def parents_at_home(child, persons):
    """p_ids of the parents who live in the child's household, the first named first."""
    found = []
    for column in ("familie__p_id_elternteil_1", "familie__p_id_elternteil_2"):
        parent = common.pointer(child, column)
        if parent is not None and parent in persons and persons[parent].get("hh_id") == child.get("hh_id"):
            found.append(parent)
    return found


def person_row(person, day):
    single = bool(person.get("familie__alleinerziehend", False))
    return {"id": "p%06d" % common.p_id(person), "Geburtsdatum": common.birth_date(person, day).isoformat(),
            "Familienstand": common.always("ledig" if single else "verheiratet"), "Lebt_getrennt": common.always(False), "Partner_in_Anstalt": common.always(False),
            "Deutsch_oder_freizügigkeitsberechtigt": common.always(True), "Aufenthaltstitel_genügt": common.always(True)}


def parent_income(parent):
    if "unterhaltsvorschuss__einkommen_m" in parent:
        return common.number(parent, "unterhaltsvorschuss__einkommen_m")
    return sum(common.number(parent, column) for column in INCOME)


def kindergeld_of(child, parents):
    recipient = common.pointer(child, "kindergeld__p_id_empfänger")
    if recipient is None:
        return "niemand"
    if recipient == parents[0]:
        return "dieser_Elternteil"
    return "anderer_Elternteil" if recipient in parents else "Dritter"


def matter(child, persons, day, variant):
    parents = parents_at_home(child, persons)
    parent = persons[parents[0]]
    earlier = {"Bisherige_Leistungsmonate": common.always(0)} if common.has_fact(PACKAGE, "Bisherige_Leistungsmonate") else {}
    return earlier | {
        "id": "s%06d" % common.p_id(child), "Kind": "p%06d" % common.p_id(child), "Elternteil": "p%06d" % parents[0],
        "Lebt_beim_Elternteil": common.always(True), "Zusammenleben": common.always(len(parents) > 1), "Anderer_Elternteil_gestorben": common.always(False),
        "Unterhaltszahlung": common.always(common.money(common.number(child, "unterhalt__tatsächlich_erhaltener_betrag_m"))), "Waisenbezüge": common.always("0.00"),
        "Leistung_regelmäßig": common.always(True), "SGB_II_Bezug": common.always(variant == "sgb2"), "Hilfebedürftigkeit_vermeidbar": common.always(False),
        "Elterneinkommen": common.always(common.money(parent_income(parent))), "Mitwirkung_ausgeblieben": common.always(False), "Vorausleistung": common.always(False),
        "SGB_VIII_deckt_Bedarf": common.always("keine"), "Kindergeld": common.always(kindergeld_of(child, parents)), "Schule_beendet": common.always(False),
        "In_Ausbildung": common.always(False), "Vermögenseinkünfte": common.always("0.00"), "Arbeitslohn": common.always("0.00"),
        "Antrag_gestellt": day.isoformat(), "Zumutbare_Bemühungen": True,
    }


def children(case, persons):
    return [p for p in case["household"] if parents_at_home(p, persons)]


def document(case, variant=None):
    common.only_known(case, USED | WITHOUT_EFFECT)
    day = common.day_of(case)
    persons = {common.p_id(p): p for p in case["household"]}
    return common.case_document({"Person": [person_row(p, day) for p in case["household"]], "Sache": [matter(c, persons, day, variant) for c in children(case, persons)]})


def compare(case, product, doc):
    found, got = [], {common.p_id(p): 0 for p in case["household"]}
    for row, claim in product.decide(PACKAGE, doc, common.day_of(case)).items():
        got[int(row[1:])] = common.amount_of(claim, found)
    common.compare_amounts("unterhaltsvorschuss__betrag_m", case, got, found)
    return found
