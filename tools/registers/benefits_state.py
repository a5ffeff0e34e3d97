"""Case files of fee-free day care, school needs, the allowance for blind, deaf and deafblind people, and assistance in old age, for one household (shapes and
flaws: benefits.py), and what the registers of day care and schools hold.

Everything is drawn from a generator of its own, so that the files of the other benefits keep their bytes.
"""
from benefit_rates import BENEFIT_RATES as RATES
from calendar_table import birthday, day, first_day, iso, month_of, month_text
from social_rates import SOCIAL_RATES as RATES_SOCIAL

FREE_MONTHS = 24


def money(cents):
    return "%d.%02d" % (cents // 100, cents % 100)


def write_state(b, h):
    """Every benefit of this file for one household."""
    for child in h.children:
        school_of(b, h, child)
        day_care(b, h, child)
        school_needs(b, h, child)
    for person in h.adults() + h.children:
        senses(b, h, person)
    old_age(b, h)


# --- calendar of schools (an assumption: no real dates) ------------------------------------------------------------------------------------------


def monday(ordinal):
    """The first Monday on or after a day; ordinals are counted as in datetime.date, where 1 is a Monday."""
    return ordinal + (1 - ordinal) % 7


def first_school_day(year):
    return monday(day(year, 8, 10))


def second_half(year):
    """Of the school year that begins in `year`."""
    return monday(day(year + 1, 2, 8))


def school_year(b):
    """Year in which the present school year began."""
    return b.as_of // 12 - (0 if b.as_of % 12 >= 7 else 1)


def starts_school(child):
    """Year in which the child must go to school: six years old on 1 August."""
    sixth = birthday(child.birth, 6)
    year = month_of(sixth) // 12
    return year if sixth <= day(year, 8, 1) else year + 1


# --- registers of schools and day care ------------------------------------------------------------------------------------------------------------


def school_of(b, h, child):
    """What the education register holds about going to school; fills in child.school: (year of start, deferred)."""
    rng = b.state_rng
    year = starts_school(child)
    deferred = rng.random() < RATES_SOCIAL["deferred"] and year == school_year(b)
    child.school = (year, deferred)
    known = birthday(child.birth, 3) <= b.day and rng.random() >= RATES_SOCIAL["school_start_missing"]
    record = b.social.entry("school", child) if known else None
    if known:
        record["start"] = {"regular": iso(first_school_day(year)), "deferred": deferred}
        if deferred:
            record["start"]["after_deferral"] = iso(first_school_day(year + 1))
    if is_pupil(b, child):
        admitted = 0
        if rng.random() < RATES_SOCIAL["admitted_during_year"]:
            admitted = first_school_day(school_year(b)) + 7 + int(rng.random() * 50)
        record = b.social.entry("school", child)
        record["current"] = {"first_day": iso(first_school_day(school_year(b))), "second_half": iso(second_half(school_year(b)))}
        if admitted:
            record["current"]["first_admitted"] = iso(admitted)
        record["years"].append({"from": iso(admitted or day(school_year(b), 8, 1))})
        child.admitted = admitted


def is_pupil(b, child):
    year, deferred = child.school
    if year > school_year(b) or deferred or birthday(child.birth, 25) <= b.day:
        return False
    if child.course is None:
        return True
    return any(kind == "school" and start <= b.day and (not end or end >= b.day) for start, end, kind in child.course.phases)


def fee_free(b, child):
    """Whether a day of the reference month lies in the free months before school (a crude idea, nobody's decision)."""
    year, deferred = child.school
    start = month_of(first_school_day(year))
    return start - FREE_MONTHS <= b.as_of <= start or (deferred and b.as_of <= start + 12)


def day_care(b, h, child):
    rng, file = b.state_rng, b.care
    begun = birthday(child.birth, 1) + int(rng.random() * 500)
    year, deferred = child.school
    until = first_school_day(year + 1 if deferred else year)
    cared_for = begun < b.day < until and rng.random() < (RATES_SOCIAL["in_day_care"] if b.day >= birthday(child.birth, 3) else RATES_SOCIAL["in_day_care_below_3"])
    if not cared_for:
        return
    centre, fee = rng.random() >= RATES_SOCIAL["child_minder"], int(rng.uniform(120, 260)) * 100
    place = {"form": "centre" if centre else "child_minder", "in_thuringia": True, "payer_idnr": h.head.idnr, "from": iso(begun), "to": iso(until - 1)}
    if rng.random() >= RATES_SOCIAL["fee_missing"]:
        place["monthly_fee"] = money(fee)
    b.social.entry("daycare", child)["places"].append(place)
    free, awarded, asks = fee_free(b, child), rng.random() < RATES_SOCIAL["free_awarded"], rng.random() < RATES["asks_early"]
    if not free and not asks:
        return
    file.open_case(child.serial, b.day - 10 - int(rng.random() * 60))
    key = (child.idnr,)
    first = max(month_of(first_school_day(year)) - FREE_MONTHS, month_of(begun)) + 1
    if free and awarded and centre and first <= b.as_of and not deferred:
        last = month_of(until)
        file.award("Betreuung", key, first, last, fee, first_day(first) - 12)
    else:
        file.application("Betreuung", key, {})
    file.statement("Betreuung", key, {"Form": "Kindertageseinrichtung" if centre else "Kindertagespflege", "In_Thüringen_gelegen": True, "Betreut": True,
                                      "Aufenthalt_in_Thüringen": True, "Elternbeitrag": money(fee), "Regulärer_Schuleintritt": iso(first_school_day(year)),
                                      "Zurückgestellt": deferred, "Schuleintritt_nach_Zurückstellung": iso(first_school_day(year + 1)) if deferred else None,
                                      "Vorzeitig_aufgenommen": None},
                   {"Kind": child.idnr, "Zahlungspflichtiger": h.head.idnr},
                   registered=("Form", "In_Thüringen_gelegen", "Betreut", "Aufenthalt_in_Thüringen", "Elternbeitrag", "Regulärer_Schuleintritt", "Zurückgestellt",
                               "Schuleintritt_nach_Zurückstellung", "Vorzeitig_aufgenommen"))


# --- school needs ---------------------------------------------------------------------------------------------------------------------------------


def school_needs(b, h, child):
    """§ 6b BKGG, for the August in which the present school year began."""
    rng, file = b.state_rng, b.needs
    if not is_pupil(b, child):
        return
    likely = bool(h.housing_allowance)
    if rng.random() >= (RATES["needs_applies"] if likely else RATES["needs_other"]):
        return
    received = day(school_year(b), 8, 1) - 20 + int(rng.random() * 70)
    if received > b.day:
        return
    year = "%d-%02d" % (school_year(b), (school_year(b) + 1) % 100)
    key = (child.idnr, year)
    file.open_case(child.serial, received)
    file.application("Schulbesuch", key, {"Antrag_gestellt": iso(received)})
    file.statement("Person", (child.idnr,), {"Geburtsdatum": iso(child.birth)}, registered=("Geburtsdatum",))
    paid = b.social.paid_for(child, b.as_of) is h.head
    apprentice = child.course is not None and any(start <= b.day <= end for _, start, end, _ in child.course.contracts)
    admitted = child.admitted
    facts = {"Erster_Schultag": iso(first_school_day(school_year(b))), "Zweites_Halbjahr_ab": iso(second_half(school_year(b))), "Besucht_Schule": True,
             "Ausbildungsvergütung": apprentice, "Erstmals_aufgenommen": iso(admitted) if admitted else None, "Unterbrochen_ab": None, "Wiederaufnahme": None,
             "SGB_II_Leistung": child.serial in h.on_assistance, "SGB_XII_Leistung": False, "Kindergeldanspruch": True, "Gemeinsamer_Haushalt": True,
             "Kinderzuschlag": False, "Wohngeld": likely, "Wohngeld_Berechtigter": likely, "Grundsicherung_Berechtigter": h.head.serial in h.on_assistance}
    registered = ["Erster_Schultag", "Zweites_Halbjahr_ab", "Besucht_Schule", "Erstmals_aufgenommen", "Unterbrochen_ab", "Wiederaufnahme", "SGB_II_Leistung", "Kinderzuschlag", "Wohngeld", "Wohngeld_Berechtigter"]
    registered += ["Kindergeldanspruch"] if paid else []
    registered += ["Grundsicherung_Berechtigter"] if facts["Grundsicherung_Berechtigter"] else []
    late = rng.random() < RATES["answer_late"]
    household = facts.pop("Gemeinsamer_Haushalt")
    file.statement("Schulbesuch", key, facts, {"Schüler": child.idnr, "Berechtigter": h.head.idnr}, registered=registered)
    file.statement("Schulbesuch", key, {"Gemeinsamer_Haushalt": household}, late=late)


# --- people who are blind, deaf or both ------------------------------------------------------------------------------------------------------------


def senses(b, h, person):
    rng, file = b.state_rng, b.senses
    marks = b.social.marks(person)
    likely = bool({"Bl", "Gl", "TBl"} & set(marks))
    if rng.random() >= (RATES["senses_applies"] if likely else RATES["senses_other"]):
        return
    received = b.day - 15 - int(rng.random() * 200)
    file.open_case(person.serial, received)
    key = (person.idnr,)
    file.application("Person", key, {"Antrag_gestellt": iso(received)})
    deafblind = "TBl" in marks
    facts = {"Blindheit_geltend_gemacht": not likely and rng.random() < 0.5, "Aus_Thüringen_aufgenommen": True, "Anspruch_am_Ort": False, "Grenzgänger": False,
             "In_Freiheitsentzug": False, "Andere_Leistungen": "0.00", "Ausschluss_möglich": rng.random() < RATES["exclusion_hint"],
             "Antrag_taubblind": iso(received) if deafblind else None, "Merkzeichen_Bl": "Bl" in marks, "Merkzeichen_Gl": "Gl" in marks, "Merkzeichen_TBl": deafblind,
             "GdB_Hören": b.social.part(person, "hoeren"), "GdB_Sehen": b.social.part(person, "sehen"), "In_Thüringen": True, "In_Einrichtung": person.care == "V",
             "Häusliche_Pflege": person.care == "H", "Pflegegrad": 1 + person.serial % 5 if person.care else 0}
    file.statement("Person", key, facts, {"Empfänger": None},
                   registered=("Merkzeichen_Bl", "Merkzeichen_Gl", "Merkzeichen_TBl", "GdB_Hören", "GdB_Sehen", "In_Thüringen", "In_Einrichtung", "Häusliche_Pflege", "Pflegegrad"))
    file.finding("Person", key, "Bewilligter_Betrag", "0.00", "Keine laufende Bewilligung", received - 400, missing=RATES["finding_missing"])
    if facts["Blindheit_geltend_gemacht"]:
        file.finding("Person", key, "Blind_nach_Befund", rng.random() < 0.4, "Augenärztlicher Befund", received, missing=RATES["human_pending"])


# --- assistance in old age ---------------------------------------------------------------------------------------------------------------------------


def old_age(b, h):
    """Single people past the age limit; couples and people of reduced capacity are left out."""
    rng, file, person = b.state_rng, b.old, h.head
    rows, _, _, retired = h.incomes[person.serial]
    if h.partner is not None or h.children or not retired or b.day < birthday(person.birth, 67):
        return
    pension = sum(cents for _, cents in rows) // 12
    if rng.random() >= (RATES["old_age_applies"] if pension < RATES["old_age_below"] * 100 else RATES["old_age_other"]):
        return
    received = b.day - 15 - int(rng.random() * 250)
    file.open_case(person.serial, received)
    key, since = (person.idnr,), month_of(received)
    file.application("Sache", key, {"Antrag_gestellt": iso(received)})
    file.statement("Sache", key, {"Grundsicherungsgeld_im_Monat": False}, {"Berechtigter": person.idnr}, registered=("Grundsicherungsgeld_im_Monat",))
    months = b.social.basic_pension_months(person)
    mark = "G" in b.social.marks(person)
    facts = {"Geburtsdatum": iso(person.birth), "Gewöhnlicher_Aufenthalt": True, "Im_Berufsbildungsbereich": False, "Ausschluss_zu_prüfen": rng.random() < RATES["exclusion_hint"],
             "Merkzeichen_G": mark, "Schwanger_ab_13_Woche": False, "Erzieht_allein": False, "Kinder_unter_7": 0, "Kinder_unter_16": 0, "Kinder_unter_18": 0,
             "Warmwasser_dezentral": rng.random() < 0.2, "Weiterer_Bedarf": rng.random() < RATES["further_need"], "Unterkunft_und_Heizung": money(h.rent),
             "Beiträge_KV_PV": money(pension * 12 // 100), "Gesetzliche_Rente": money(pension), "Zusätzliche_Altersvorsorge": money(int(rng.uniform(0, 90)) * 100 if rng.random() < 0.15 else 0),
             "Erwerbseinkommen": "0.00", "Werkstattentgelt": "0.00", "Kapitalerträge": money(int(rng.uniform(0, 60)) * 100), "Andere_Einkünfte": "0.00", "Abzüge": "0.00",
             "Besonderes_Einkommen": False, "Vermögen": money(int(rng.lognormvariate(7.6, 1.2)) * 100), "Unterkunft": "Wohnung", "Lebt_mit_Ehegatten": False,
             "Lebt_mit_möglichem_Partner": False, "Dauerhaft_voll_erwerbsgemindert": False,
             "Voll_erwerbsgemindert": False, "Grundrentenmonate": months}
    registered = ["Geburtsdatum", "Gewöhnlicher_Aufenthalt", "Merkzeichen_G", "Gesetzliche_Rente", "Dauerhaft_voll_erwerbsgemindert", "Voll_erwerbsgemindert", "Grundrentenmonate"]
    late = rng.random() < RATES["answer_late"]
    rent = facts.pop("Unterkunft_und_Heizung")
    stated_by_office = {name: facts.pop(name) for name in ("Dauerhaft_voll_erwerbsgemindert", "Voll_erwerbsgemindert", "Grundrentenmonate")}
    file.statement("Person", key, facts, {"Partner": None}, registered=registered)
    file.statement("Person", key, {"Unterkunft_und_Heizung": rent}, late=late)
    if months is None: # asked for on paper
        file.finding("Person", key, "Grundrentenmonate", int(rng.uniform(0, 500)), "Auskunft der Rentenversicherung auf Papier", first_day(since - 12), missing=RATES["human_pending"] / 3)
    for name, value in stated_by_office.items():
        if value is not None:
            file.finding("Person", key, name, value, "Mitteilung der Rentenversicherung", first_day(since - 12), registered=True)
    file.finding("Person", key, "Aufwendungen_anzuerkennen", True, "Richtwerte eingehalten", first_day(since), missing=RATES["human_pending"] / 3)
    if facts["Ausschluss_zu_prüfen"]:
        file.finding("Person", key, "Ausgeschlossen", False, "Anhörung", missing=RATES["human_pending"])
