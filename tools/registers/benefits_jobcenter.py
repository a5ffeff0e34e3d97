"""Case file of Grundsicherungsgeld (SGB II) for one household (shapes and flaws: benefits.py).

Owns: who applies, who belongs to whom, what the members state and what the Jobcenter found out. A household on assistance applies anew for its next
period; a few others apply for the first time. The case file names parents and partners of the household only: a parent who lives elsewhere counts as
not known. Whether a child needs the benefit itself is a crude estimate of the applicant (CHILD_NEED); where it does not agree with the computation,
the claim stays open. Drawn from the generator of benefits_state.py after all households of a chunk, so that the other case files keep their bytes.
"""
from benefit_rates import BENEFIT_RATES as RATES, CHILD_NEED, MAINTENANCE
from benefits_state import is_pupil, money
from calendar_table import birthday, first_day, iso, month_of

# What registers say about every person whom they release.
REGISTERED = ("Geburtsdatum", "Gewöhnlicher_Aufenthalt", "Merkzeichen_G", "Gesetzliche_Rente")
NOTHING = ("Abgaben_auf_Sonstige", "Absetzbare_Ausgaben", "Weitere_Absetzungen", "Ausbildungsleistung")
NEVER = ("Schwanger_ab_13_Woche", "Anspruch_Viertes_Kapitel", "Ohne_Zusicherung_umgezogen", "Leistung_zur_Teilhabe", "Nur_angemessene_anerkannt", "Nur_ein_Monat", "Nicht_sofort_verwertbar")
BELOW_25 = 9131        # days
NEAR_AGE_LIMIT = 66 * 365  # days; a person of this age is past the limit of § 7a, or so near to it that the case is left out


def write_jobcenter(b, h):
    """Grundsicherungsgeld for one household, if it applies."""
    rng, file = b.state_rng, b.jobcenter
    old = any(h.incomes[p.serial][3] or b.day - p.birth > NEAR_AGE_LIMIT for p in h.adults())
    need = (RATES["need_first"] + RATES["need_further"] * (h.size - 1)) * 1200
    rate = 0 if old else RATES["jobcenter_assisted"] if h.assisted else RATES["jobcenter_other"] if h.gross < need else 0
    if rng.random() >= rate:
        return
    received = b.day - 15 - int(rng.random() * 250)
    members = [p for p in h.adults() + h.children if p.birth <= received]
    begin = first_day(month_of(received))
    file.open_case(h.head.serial, received)
    value = write_dwelling(b, h, begin)
    couple = write_couple(b, h)
    warm, late = rng.random() < RATES["water_heated_apart"], rng.random() < RATES["answer_late"] / 2
    for person in members:
        covered = write_person(b, h, person, (begin, couple, warm, late, value))
        if not covered:
            write_claim(b, person, received)


def write_dwelling(b, h, begin):
    """Costs of the dwelling and what the office says about them; returns what it is worth, 0 if it is rented."""
    rng, file, key = b.state_rng, b.jobcenter, (h.head.idnr,)
    owner = rng.random() < RATES["owner"] / 3
    moved, cold = rng.random() < RATES["moved"], h.rent - h.heating
    file.statement("Haushalt", key, {"Kosten_der_Unterkunft": money(cold), "Kosten_der_Heizung": money(h.heating), "Umzug_zu_prüfen": moved,
                                     "Wohneigentum": "Eigentumswohnung" if owner else "kein_Eigentum", "Wohnfläche": h.area if owner else 0})
    # § 22: appropriate, or the amount that is; who has received the benefit for years has had that looked into
    fits, pending = rng.random() < RATES["rent_appropriate"], RATES["register_check_missing"] if h.assisted else RATES["human_pending"] / 3
    file.finding("Haushalt", key, "Unterkunft_anzuerkennen", fits, "Richtwerte der Unterkunft", begin, pending)
    file.finding("Haushalt", key, "Heizung_anzuerkennen", True, "Heizspiegel", begin, pending)
    if not fits:
        file.finding("Haushalt", key, "Anerkannte_Unterkunft", money(cold * 85 // 100), "Kostensenkung abgeschlossen", begin)
    file.finding("Haushalt", key, "Abstrakt_angemessen", money(cold * (110 if fits else 85) // 100), "Richtwert der Gemeinde", begin, RATES["finding_missing"])
    return h.area * 120000 if owner else 0


def write_couple(b, h):
    """The pair of the adults; returns its reference, None if there is none."""
    rng, file = b.state_rng, b.jobcenter
    if h.partner is None:
        return None
    key = (h.head.idnr, h.partner.idnr)
    references = {"Erster": h.head.idnr, "Zweiter": h.partner.idnr}
    if h.married:
        file.statement("Paar", key, {"Dauernd_getrennt": False}, references)
        return "/".join(key)
    joint = any({id(p) for _, p in child.parents or ()} >= {id(h.head), id(h.partner)} for child in h.children)
    file.statement("Paar", key, {"Zusammen_seit": iso(b.day - 200 - int(rng.random() * 3000)), "Gemeinsames_Kind": joint, "Versorgt_Angehörige": bool(h.children),
                                 "Verfügungsbefugnis": rng.random() < 0.3}, references)
    file.finding("Paar", key, "Vermutung_widerlegt", False, "Hausbesuch und Erklärung", missing=RATES["finding_missing"])
    file.finding("Paar", key, "Einstehenswille", rng.random() < 0.5, "Hausbesuch und Erklärung", missing=RATES["human_pending"])
    return "/".join(key)


def married_elsewhere(h, person):
    """Whether an adult is married to somebody who does not live here."""
    here = {p.idnr for p in h.adults()}
    return any(not until and number not in here for number, _, until in person.marriages)


def earnings(b, h, person, child):
    """(earnings, taxes and contributions on them, other income), cents a month."""
    if not child:
        rows = h.incomes[person.serial][0]
        earned = sum(cents for kind, cents in rows if kind in ("nichtselbständige_Arbeit", "pauschal_besteuert_40a")) // 12
        charged = any(kind == "nichtselbständige_Arbeit" for kind, _ in rows)
        return earned, earned * 23 // 100 if charged else 0, sum(cents for kind, cents in rows if kind == "Lohnersatz") // 12
    rng = b.state_rng
    contract = person.course is not None and any(start <= b.day <= end for _, start, end, _ in person.course.contracts)
    earned = 90000 if b.social.has_wage(person) else int(rng.uniform(800, 1150)) * 100 if contract else 0
    advance, paid = rng.random() < RATES["advance_in_income"], rng.random() >= RATES["other_parent_pays_nothing"]
    other = MAINTENANCE[0 if advance else 1] * 100 if person.serial in h.separated and b.day < birthday(person.birth, 18) and (advance or paid) else 0
    return earned, earned * 20 // 100, other


def situation(b, child):
    """§ 11b Abs. 2b, and whether studies exclude from the benefit."""
    if child.course is None:
        return "Schule" if is_pupil(b, child) else "keine", False
    kinds = {kind for start, end, kind in child.course.phases if start <= b.day and (not end or end >= b.day)}
    favoured = "Ausbildung" if "contract" in kinds else "Freiwilligendienst" if "service" in kinds else "Schule" if "school" in kinds else "keine"
    return favoured, "study" in kinds


def estimate(b, h, child, kindergeld, earned, taxes, other):
    """Whether a child's own means cover its need, as the applicant sees it."""
    need = next(euro for age, euro in CHILD_NEED if b.day < birthday(child.birth, age)) * 100 + h.rent // h.size
    counted = max(0, earned - taxes - 62500 - max(0, min(earned, 100000) - 52000) * 30 // 100)
    return kindergeld + other + counted >= need


def write_person(b, h, person, shared):
    """Everything about one member; returns whether it is a child that is said to cover its own need."""
    rng, file = b.state_rng, b.jobcenter
    begin, couple, warm, late, value = shared
    child, key = person in h.children, (person.idnr,)
    young = b.day - person.birth < BELOW_25
    earned, taxes, other = earnings(b, h, person, child)
    favoured, studies = situation(b, person) if child else ("keine", False)
    recipient, cents = b.social.award_of(person, b.as_of) if child and young else (None, 0)
    covered = child and young and estimate(b, h, person, cents, earned, taxes, other)
    pair = couple if not child and h.married else None
    if not child and married_elsewhere(h, person):
        pair = "/".join((person.idnr, "getrennt"))
        file.statement("Paar", (person.idnr, "getrennt"), {"Dauernd_getrennt": True}, {"Erster": person.idnr})
    on_benefit = person.serial in h.on_assistance
    wealth = 0 if child and rng.random() < 0.8 else int(rng.lognormvariate(6.9, 1.3)) * 100
    facts = {"Geburtsdatum": iso(person.birth), "Gewöhnlicher_Aufenthalt": True, "Merkzeichen_G": "G" in b.social.marks(person), "Gesetzliche_Rente": "0.00",
             "Bedarf_selbst_gedeckt": covered, "Erwerbsfähig": child or rng.random() >= RATES["unfit_for_work"],
             "Schwanger_oder_betreut_Kleinkind": not child and any(b.day < birthday(c.birth, 6) for c in h.children),
             "Warmwasser_dezentral": warm, "Erwerbseinkommen": money(earned), "Abgaben_auf_Erwerb": money(taxes), "Sonstige_Einnahmen": money(other),
             "Bedarf_zu_prüfen": person is h.head and rng.random() < RATES["further_need"], "Begünstigte_Lage": favoured,
             "Leistungsbezug_seit": "2023-01-01" if on_benefit else iso(begin), "Bewilligung_ab": iso(begin), "Vermögen_der_Person": money(wealth)}
    page = {**dict.fromkeys(NOTHING, "0.00"), **dict.fromkeys(NEVER, False), "Unterbrechung": 0, "Kein_erhebliches_Vermögen_erklärt": True,
            "Wert_des_Wohneigentums": money(value if person is h.head else 0)}
    (facts if child else page)["Kindergeld"] = money(cents)
    parents = [p for _, p in person.parents or () if p in h.adults()] if child else []
    references = {"Haushalt": h.head.idnr, "Ehe": pair, "Gemeinschaft": couple if not child and not h.married else None, "Kindergeldempfänger": recipient and recipient.idnr,
                  "Elternteil_1": parents[0].idnr if parents else None, "Elternteil_2": parents[1].idnr if len(parents) > 1 else None,
                  "Allein_erzogen_von": h.head.idnr if parents and h.partner is None and b.day < birthday(person.birth, 18) else None}
    registered = REGISTERED + (("Kindergeld",) if cents else ()) + (("Leistungsbezug_seit",) if on_benefit else ())
    delayed = {"Vermögen_der_Person": facts.pop("Vermögen_der_Person")} if late and person is h.head else None
    file.statement("Person", key, facts, references, registered=registered)
    file.page("Person", key, page)
    if delayed:
        file.statement("Person", key, delayed, late=True)
    findings_of_person(b, person, begin, studies, not on_benefit)
    return covered


def findings_of_person(b, person, begin, studies, first):
    file, key = b.jobcenter, (person.idnr,)
    foreign = "DE" not in person.nations
    excluded = studies or foreign and b.state_rng.random() < RATES["excluded_foreigner"]
    file.finding("Person", key, "Ausgeschlossen_SGB_II", excluded, "Aufenthalt und Ausbildung geprüft", missing=RATES["title_missing" if foreign else "register_check_missing"])
    for name in ("Bedarf_Ernährung", "Bedarf_im_Einzelfall", "Warmwasser_gemessen"):
        file.finding("Person", key, name, "0.00", "Nichts geltend gemacht", begin)
    if first:
        file.finding("Person", key, "Erklärung_widerlegt", False, "Kontenabruf ohne Treffer")
    file.finding("Person", key, "Voll_erwerbsgemindert", False, "Mitteilung der Rentenversicherung", registered=True)


def write_claim(b, person, received):
    """Everybody has a claim of their own (§ 38 only lets one member apply for all); the key is the member's number."""
    file, key = b.jobcenter, (person.idnr,)
    file.application("Leistungsfall", key, {"Antrag_gestellt": iso(received)})
    file.statement("Leistungsfall", key, {"Voraussetzungen_ab": None, "Voraussetzungen_bis": None, "Nur_Bildung_und_Teilhabe": False}, {"Berechtigter": person.idnr})
    file.finding("Leistungsfall", key, "Verkürzt", False, "Kein Grund für einen kürzeren Zeitraum")
