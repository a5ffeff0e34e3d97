"""Case files of Unterhaltsvorschuss, Kinderzuschlag and Elterngeld for one family household (shapes and flaws: benefits.py).

Knows who is separated, widowed or married from the population, and draws what the registers do not hold: payments, findings, applications.
"""
from benefit_rates import BENEFIT_RATES as RATES
from benefits import Household, alive_here, is_german, money
from calendar_table import BASE, DAY_OF_MONTH, birthday, iso, month_of
from rates import EU_COUNTRIES
from social_rates import SOCIAL_RATES as RATES_SOCIAL


def write_family(b, chunk, family):
    """Every benefit of one family; foster families and households that moved abroad are not modelled."""
    f = family
    if f.form == "foster" or not alive_here(f.recipient, b.day):
        return
    other_here = f.other is not None and not f.split and alive_here(f.other, b.day)
    partner = f.step if f.step and alive_here(f.step, b.day) and f.step.stays[-1][1] <= b.day else f.other if other_here else None
    married = any(m[0] == partner.idnr and not m[2] for m in f.recipient.marriages) if partner else False
    home = [c for c in f.children if alive_here(c, b.day) and c.stays[-1][0] == f.recipient.stays[-1][0]]
    apart = [c for c in home if not (f.other and not f.split) and c not in f.joint_children]
    h = Household(chunk, f.recipient, partner, home, f.recipient.stays[-1][0], married, apart)
    if b.household(h) is None:
        return
    for child in apart:
        if b.day < birthday(child.birth, 18):
            write_advance(b, f, h, child)
    write_supplement(b, h)
    for child in home:
        if month_of(child.birth) >= b.as_of - 13 and not partner_is_step(f, partner):
            write_parental(b, f, h, child)


def partner_is_step(f, partner):
    return partner is not None and partner is f.step


def free_to_move(person):
    return is_german(person) or person.nations[0] in EU_COUNTRIES


# --- Unterhaltsvorschuss -----------------------------------------------------------------------------------------------------------------------


# What registers say about each natural person, and about every child of an advance.
PERSON = ("Geburtsdatum", "Familienstand", "Wohnsitz_im_Inland")
CHILD = ("SGB_II_Bezug", "Elterneinkommen", "SGB_VIII_deckt_Bedarf", "Arbeitslohn")


def registered_of(person):
    """Of nationality the register says only that it lets somebody move freely; that it does not is no fact (relatives of citizens of the Union)."""
    return PERSON + (("Deutsch_oder_freizügigkeitsberechtigt",) if free_to_move(person) else ())


def school_done(child):
    return child.course is not None and not any(kind == "school" and not end for _, end, kind in child.course.phases)


def register_child(b, f, h, child, dead, paid):
    """What registers hold about a child whose parents live apart, applied for or not: (orphan's pension, wage, whether the Jugendamt keeps an account)."""
    social = b.social
    orphan = 21000 if dead and social.rng.random() < RATES_SOCIAL["orphan_pension"] else 0
    done = b.day >= birthday(child.birth, 14) and school_done(child)
    wage = 90000 if done and social.rng.random() < RATES_SOCIAL["apprentice_wage"] else 0
    social.orphan(child, orphan, f.other.death if dead else 0)
    social.child_wage(child, wage, max(b.day - 400, child.birth))
    apart = max(child.birth, child.arrival, f.split)
    kept = f.other is not None and not dead and social.maintenance(child, h.head, paid * 100, apart)
    return orphan, wage, kept


def write_advance(b, f, h, child):
    rng, file = b.rng, b.vorschuss
    dead = f.other is not None and bool(f.other.death)
    u = rng.random()
    paid = 0 if dead or f.other is None or u < RATES["other_parent_pays_nothing"] else (
        RATES["part_payment"] if u < RATES["other_parent_pays_nothing"] + RATES["other_parent_pays_part"] else RATES["full_payment"])
    rate = RATES["vorschuss_full_paid"] if paid == RATES["full_payment"] else RATES["vorschuss_part_paid"] if paid else RATES["vorschuss_unpaid"]
    orphan, wage, account = register_child(b, f, h, child, dead, paid)
    if rng.random() >= rate:
        return
    since = max(child.birth, child.arrival, f.split, f.other.death if dead else 0, child.stays[-1][1]) + 10
    if since > b.day - 5:
        return
    received = max(since, b.day - int(rng.random() * 700))
    file.open_case(child.serial, received)
    parent, key = h.head, (h.head.idnr, child.idnr)
    state = marital_state(parent, f, h)
    file.application("Sache", key, {"Antrag_gestellt": iso(received)})
    file.statement("Person", (parent.idnr,), {"Geburtsdatum": iso(parent.birth), "Familienstand": state,
                                              "Deutsch_oder_freizügigkeitsberechtigt": free_to_move(parent)}, registered=registered_of(parent))
    file.statement("Person", (child.idnr,), {"Geburtsdatum": iso(child.birth), "Familienstand": "ledig",
                                             "Deutsch_oder_freizügigkeitsberechtigt": free_to_move(child)}, registered=registered_of(child))
    facts = {"Zusammenleben": False, "Anderer_Elternteil_gestorben": dead, "Unterhaltszahlung": money(paid * 100),
             "Waisenbezüge": money(orphan), "SGB_II_Bezug": child.serial in h.on_assistance, "Vorausleistung": False,
             "SGB_VIII_deckt_Bedarf": "keine", "Kindergeld": "dieser_Elternteil"}
    if h.assisted:
        facts["Elterneinkommen"] = money(h.gross // 12)
    if b.day >= birthday(child.birth, 14):
        contract = child.course is not None and any(start <= b.day <= end for _, start, end, _ in child.course.contracts)
        facts.update({"Schule_beendet": school_done(child), "In_Ausbildung": contract, "Vermögenseinkünfte": "0.00", "Arbeitslohn": money(wage)})
    else:
        facts.update({"Schule_beendet": False, "In_Ausbildung": False, "Vermögenseinkünfte": "0.00", "Arbeitslohn": "0.00"})
    late = rng.random() < RATES["answer_late"]
    paid_now = facts.pop("Unterhaltszahlung") if late else None
    registered = CHILD + (("Waisenbezüge",) if orphan else ()) + (("In_Ausbildung",) if facts["In_Ausbildung"] else ()) + (("Kindergeld",) if b.social.paid_for(child, b.as_of) is parent else ()) + (("Unterhaltszahlung",) if account else ())
    file.statement("Sache", key, facts, {"Kind": child.idnr, "Elternteil": parent.idnr}, registered=registered)
    if late:
        file.statement("Sache", key, {"Unterhaltszahlung": paid_now}, late=True, registered=registered)
    elif rng.random() < RATES["contradiction"]:
        file.counts["contradictions"] += 1
        file.statement("Sache", key, {"Unterhaltszahlung": money(paid * 100 + 5000)})
    findings_of_advance(b, file, h, parent, child, key, state, since, paid)


def findings_of_advance(b, file, h, parent, child, key, state, since, paid):
    rng = b.rng
    file.finding("Sache", key, "Lebt_beim_Elternteil", True, "Haushaltsbescheinigung", since, RATES["household_not_established"])
    outstanding = rng.random() < RATES["cooperation_outstanding"]
    file.finding("Sache", key, "Mitwirkung_ausgeblieben", outstanding, "Rücklauf des Fragebogens", since)
    if outstanding:
        file.finding("Sache", key, "Mitwirkung_verweigert", rng.random() < 0.3, "Anhörung", since, RATES["human_pending"])
    if state in ("verheiratet", "verpartnert"):
        apart = h.partner is None
        file.finding("Person", (parent.idnr,), "Lebt_getrennt", apart, "Erklärung zum Getrenntleben", since, RATES["separation_not_established"])
        file.finding("Person", (parent.idnr,), "Partner_in_Anstalt", False, "Erklärung zum Getrenntleben", since)
    if paid == RATES["full_payment"]:
        file.finding("Sache", key, "Leistung_regelmäßig", rng.random() < 0.8, "Kontoauszüge", since, RATES["human_pending"])
    if h.assisted and b.day >= birthday(child.birth, 12):
        file.finding("Sache", key, "Hilfebedürftigkeit_vermeidbar", rng.random() < 0.3, "Bescheid des Jobcenters", since, RATES["human_pending"])
    for person in (parent, child):
        if not free_to_move(person):
            file.finding("Person", (person.idnr,), "Aufenthaltstitel_genügt", rng.random() < 0.9, "Aufenthaltstitel vorgelegt", since, RATES["title_missing"])


def marital_state(parent, f, h):
    open_marriage = [m for m in parent.marriages if not m[2]]
    if open_marriage:
        return "verheiratet"
    if parent.marriages:
        return "verwitwet" if f.other is not None and f.other.death and f.other.idnr == parent.marriages[-1][0] else "geschieden"
    return "ledig"


# --- Kinderzuschlag ------------------------------------------------------------------------------------------------------------------------------


def write_supplement(b, h):
    rng, file = b.rng, b.zuschlag
    minors = [c for c in h.children if b.day - c.birth < 9131]     # below 25 years
    limit = (RATES["zuschlag_gross_limit"] + 500 * (len(minors) - 1)) * 1200
    likely = minors and not h.assisted and 0 < h.gross < limit
    if not minors or rng.random() >= (RATES["zuschlag_applies"] if likely else RATES["zuschlag_other"]):
        return
    received = b.day - 10 - int(rng.random() * 120)
    file.open_case(h.number, received)
    parents = len(h.adults())
    gross = h.gross // 12
    net = gross * 74 // 100 if gross > 60000 else gross
    allowance = min(net, 34800 * min(parents, sum(1 for x in h.incomes.values() if x[2]) or 1))
    key = (h.head.idnr,)
    file.application("Haushalt", key, {"Antrag_gestellt": iso(received), "Läuft_bis": None, "Gemeinschaft_geändert": None})
    children_need = sum(35700 if birthday(c.birth, 6) > b.day else 39000 if birthday(c.birth, 14) > b.day else 47100 for c in minors)
    facts = {"Alleinerziehend": parents == 1, "Mitglieder": parents + len(minors), "Bruttoeinkommen": money(gross), "Erwerbseinkünfte": money(net - allowance),
             "Andere_Einkünfte": "0.00", "Absetzbeträge": money(allowance), "Bedarfe_Eltern": money(101200 if parents == 2 else 56300 + 20268),
             "Bedarfe_Kinder": money(children_need), "Unterkunft": money(h.rent), "Wohngeld": money(h.housing_allowance or int(rng.uniform(0, 450)) * 100),
             "Grundsicherung": h.assisted, "Vermögen": money(int(rng.lognormvariate(8.6, 1.2)) * 100)}
    late = rng.random() < RATES["answer_late"]
    income = facts.pop("Erwerbseinkünfte") if late else None
    file.statement("Person", key, {"Geburtsdatum": iso(h.head.birth)}, registered=PERSON)
    registered = (("Wohngeld",) if h.housing_allowance else ()) + (("Grundsicherung",) if h.assisted else ())
    file.statement("Haushalt", key, facts, {"Berechtigter": h.head.idnr}, registered=registered)
    if late:
        file.statement("Haushalt", key, {"Erwerbseinkünfte": income}, late=True)
    elif rng.random() < RATES["contradiction"]:
        file.counts["contradictions"] += 1
        file.statement("Haushalt", key, {"Vermögen": "99999.00"})
    file.finding("Haushalt", key, "Bezogener_Kinderzuschlag", "0.00", "Bestand der Familienkasse", missing=RATES["finding_missing"], registered=True)
    for child in minors:
        file.statement("Person", (child.idnr,), {"Geburtsdatum": iso(child.birth)}, registered=PERSON)
        registered = ("Verheiratet",) + (("Kindergeldanspruch", "Andere_Leistung") if b.social.paid_for(child, b.as_of) else ())
        file.statement("Kind", (h.head.idnr, child.idnr),
                       {"Im_Haushalt": True, "Verheiratet": False, "Kindergeldanspruch": True, "Andere_Leistung": False, "Ansprüche_nicht_verfolgt": False,
                        "Einkommen": money(25000 if child.serial in h.separated and rng.random() < 0.7 else 0)}, {"Haushalt": h.head.idnr, "Person": child.idnr},
                       registered=registered)


# --- Elterngeld ----------------------------------------------------------------------------------------------------------------------------------


def write_parental(b, f, h, child):
    """Life months 3 to 12 by the mother; the application is on the life month that begins in the reference month."""
    rng, file = b.rng, b.elterngeld
    mother = f.recipient if f.recipient.sex == "female" else f.other
    if mother is not None:
        b.social.maternity(mother, child)
    if mother is None or mother not in h.adults() or rng.random() >= RATES["elterngeld_applies"]:
        return
    current = b.as_of - month_of(child.birth) + 1
    if not 3 <= current <= 12 or DAY_OF_MONTH[child.birth - BASE] > 28:
        return
    received = min(b.day - 5, child.birth + 40)
    file.open_case(child.serial, received)
    partner = h.partner if mother is h.head else h.head
    earlier = sum(v for k, v in h.incomes[mother.serial][0] if k == "nichtselbständige_Arbeit") // 12
    net = min(300000, earlier * 68 // 100)
    person = {"Geburtsdatum": iso(mother.birth), "Wohnsitz_im_Inland": True, "Deutsch_oder_freizügigkeitsberechtigt": free_to_move(mother),
              "Zu_versteuern": money(earlier * 10), "Einkommen_vor_Geburt": money(net)}
    file.statement("Person", (mother.idnr,), person, registered=registered_of(mother))
    if not free_to_move(mother):
        file.finding("Person", (mother.idnr,), "Aufenthaltstitel_genügt", rng.random() < 0.9, "Aufenthaltstitel vorgelegt", missing=RATES["title_missing"])
    for other in h.children:
        file.statement("Person", (other.idnr,), {"Geburtsdatum": iso(other.birth)}, registered=PERSON)
        file.statement("Haushaltskind", (mother.idnr, other.idnr), {"Aufnahme": None, "Behinderung": b.social.grade(other) > 0, "Mehrling_mit_Zuschlag": False},
                       {"Elternteil": mother.idnr, "Kind": other.idnr}, registered=("Behinderung",) if b.social.grade(other) else ())
    late = rng.random() < RATES["answer_late"]
    part_time = rng.random() < 0.12
    registered = ("Mutterschaftsleistungen", "Tage_mit_Mutterschaftsleistungen") + (("Mehrlinge",) if child.multiple and not child.origin else ())
    for month in range(3, 13):
        key = (mother.idnr, child.idnr, "%02d" % month)
        facts = {"Lebensmonat": month, "Im_Haushalt": True, "Aufnahme_nach_Absatz_3": False, "Betreut_selbst": True, "Wochenstunden": "20.0" if part_time else "0.0",
                 "Berufsbildung": False, "Kindertagespflege": False, "Andere_Person_berechtigt": partner is not None,
                 "Einkommen_nach_Geburt": money(net // 2 if part_time else 0), "Mehrlinge": child.multiple or 1, "Mutterschaftsleistungen": "0.00",
                 "Tage_mit_Mutterschaftsleistungen": 0, "Ersatzleistungen": "0.00", "Antrag_gestellt": iso(received)}
        if partner is not None:
            facts["Zu_versteuern_andere"] = money(sum(v for _, v in h.incomes[partner.serial][0]) * 8 // 10)
        if late and month == current:
            facts.pop("Einkommen_nach_Geburt")
            file.statement("Bezug", key, {"Einkommen_nach_Geburt": money(net // 2 if part_time else 0)}, late=True)
        file.statement("Bezug", key, facts, {"Elternteil": mother.idnr, "Kind": child.idnr}, registered=registered)
        file.said("Bezug", key, {"Art": "Basiselterngeld", "Bezug_des_anderen": "keines"})
        if month == current:
            file.application("Bezug", key, {})
