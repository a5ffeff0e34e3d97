"""Elterngeld cases against bund/beeg/elterngeld: the amount of the month of life that begins on the day of the case, and the percentage of § 2 BEEG."""
import decimal

import common

BENEFIT = "elterngeld"
PACKAGE = "bund/beeg/elterngeld"
COMPARED = ("elterngeld__betrag_m", "elterngeld__lohnersatzanteil")
ASSUMED = (
    "The child was born so many months before the day of the case as `alter_monate` says (0 where only the age in years is given and it is 0): a month of life begins on"
    " that day, and it is claimed together with a neighbouring one, since one alone gives nothing (§ 4 Abs. 4 Satz 2 BEEG).",
    "Who claims lives in Germany, is German, lives with the child and looks after it; no training, no day care, no benefits to be credited.",
    "The income before the birth is the given net income; the income after it is the gross wage without the given wage tax and solidarity surcharge.",
    "A second parent in the household is entitled too; taxable income that the case gives for a couple taxed jointly is counted once.",
    "The percentage is compared for those who claim; nobody else has one.",
)
CANNOT = ("Entitlement flags of the other model are not compared. The cases know neither Elterngeld Plus nor which months the other parent draws: all is Basiselterngeld of one parent.",)
PARENTS = ("familie__p_id_elternteil_1", "familie__p_id_elternteil_2")
BEFORE = "elterngeld__mean_nettoeinkommen_in_12_monaten_vor_geburt_m"
TAXABLE = "elterngeld__zu_versteuerndes_einkommen_vorjahr_y_sn"
USED = {"p_id", "hh_id", "alter", "alter_monate", "geburtsjahr", "geburtsmonat", "geburtstag", "arbeitsstunden_w", "einnahmen__bruttolohn_m", "elterngeld__claimed",
        "einkommensteuer__gemeinsam_veranlagt", "lohnsteuer__betrag_m", "soli_lohst_m", BEFORE, TAXABLE, *PARENTS}
WITHOUT_EFFECT = {"familie__p_id_ehepartner", "familie__alleinerziehend", "arbeitslosengeld_2__p_id_einstandspartner", "kindergeld__in_ausbildung", "lohnsteuer__steuerklasse",
                  "sozialversicherung__pflege__beitrag__hat_kinder", "wohnort_ost_hh"}


def born(person, day):
    """Birthday; small children by their age in months, on the day of the case so many months ago."""
    months = int(person["alter_monate"]) if "alter_monate" in person else 0 if int(person.get("alter", 1)) == 0 else None
    if months is None or months >= 14 * 12:
        return common.birth_date(person, day)
    index = day.year * 12 + day.month - 1 - months
    return day.replace(year=index // 12, month=index % 12 + 1, day=min(day.day, 28))


def parents_of(child, case):
    here = {common.p_id(p): p for p in case["household"] if p.get("hh_id") == child.get("hh_id")}
    return [here[i] for i in (common.pointer(child, c) for c in PARENTS) if i in here]


def claims_of(case, day):
    """(parent, youngest child, month of life that begins on the day of the case) of everybody who claims."""
    found = []
    for parent in case["household"]:
        children = [c for c in case["household"] if parent in parents_of(c, case)]
        if parent.get("elterngeld__claimed") and children:
            child = max(children, key=lambda c: born(c, day))
            birth = born(child, day)
            found.append((parent, child, (day.year - birth.year) * 12 + day.month - birth.month + 1))
    return found


def person_row(person, day):
    return {"id": "p%06d" % common.p_id(person), "Geburtsdatum": born(person, day).isoformat(), "Wohnsitz_im_Inland": common.always(True),
            "Deutsch_oder_freizügigkeitsberechtigt": True, "Zu_versteuern": common.money(common.number(person, TAXABLE)),
            "Einkommen_vor_Geburt": common.money(common.number(person, BEFORE))}


def drawing_row(row, parent, child, month, case, day):
    others = [p for p in parents_of(child, case) if p is not parent]
    joint = bool(parent.get("einkommensteuer__gemeinsam_veranlagt", False))
    after = sum((common.number(parent, c) for c in ("lohnsteuer__betrag_m", "soli_lohst_m")), decimal.Decimal(0))
    twins = sum(born(c, day) == born(child, day) for c in case["household"] if parent in parents_of(c, case))
    return {
        "id": row, "Elternteil": "p%06d" % common.p_id(parent), "Kind": "p%06d" % common.p_id(child), "Art": "Basiselterngeld", "Bezug_des_anderen": "keines", "Lebensmonat": month,
        "Im_Haushalt": True,
        "Aufnahme_nach_Absatz_3": False, "Betreut_selbst": True, "Wochenstunden": str(common.number(parent, "arbeitsstunden_w").quantize(decimal.Decimal("0.1"))),
        "Berufsbildung": False, "Kindertagespflege": False, "Andere_Person_berechtigt": bool(others),
        "Zu_versteuern_andere": common.money(0 if joint or not others else common.number(others[0], TAXABLE)),
        "Einkommen_nach_Geburt": common.money(max(common.number(parent, "einnahmen__bruttolohn_m") - after, 0)), "Mehrlinge": twins,
        "Mutterschaftsleistungen": "0.00", "Tage_mit_Mutterschaftsleistungen": 0, "Ersatzleistungen": "0.00", "Antrag_gestellt": born(child, day).isoformat(),
    }


def document(case, variant=None):
    del variant
    common.only_known(case, USED | WITHOUT_EFFECT)
    day = common.day_of(case)
    units = {"Person": [person_row(p, day) for p in case["household"]], "Haushaltskind": [], "Bezug": []}
    claims = claims_of(case, day)
    if not claims:
        raise common.NotRunnable("nobody claims Elterngeld for a child of the household")
    for parent, child, month in claims:
        name = "%06d" % common.p_id(parent)
        units["Bezug"].append(drawing_row("b" + name, parent, child, month, case, day))
        units["Bezug"].append(drawing_row("n" + name, parent, child, month + 1 if month < 14 else month - 1, case, day))
        twins = [c for c in case["household"] if parent in parents_of(c, case) and born(c, day) == born(child, day)]
        for other in case["household"]:
            if parent in parents_of(other, case):
                units["Haushaltskind"].append({"id": "h%s-%06d" % (name, common.p_id(other)), "Elternteil": "p" + name, "Kind": "p%06d" % common.p_id(other), "Aufnahme": None,
                                               "Behinderung": False, "Mehrling_mit_Zuschlag": any(other is twin for twin in twins) and other is not child})
    return common.case_document(units)


def compare(case, product, doc):
    found, day = [], common.day_of(case)
    claiming = [common.p_id(parent) for parent, _, _ in claims_of(case, day)]
    if "elterngeld__betrag_m" in case["expected"]:
        claims = product.decide(PACKAGE, doc, day)
        got = {common.p_id(p): 0 for p in case["household"]}
        got.update({i: common.amount_of(claims["b%06d" % i], found) for i in claiming})
        common.compare_amounts("elterngeld__betrag_m", case, got, found)
    if "elterngeld__lohnersatzanteil" in case["expected"]:
        for person, value in zip(case["household"], case["expected"]["elterngeld__lohnersatzanteil"], strict=True):
            i = common.p_id(person)
            if i in claiming:
                percent = product.result(PACKAGE, doc, day, "b%06d" % i, "Prozentsatz", "p%06d" % i)
                if percent != common.decimal_of(value) * 100:
                    found.append("elterngeld__lohnersatzanteil of person %d: expected %s, got %s percent" % (i, value, percent))
    return found
