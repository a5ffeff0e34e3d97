"""Case files of the other benefits, about the same households as registers and Kindergeld: Wohngeld here, the family benefits in benefits_family.py.

Owns: what a synthetic household earns, pays as rent, states in its application and what the authority found out; with the flaws of docs/registers.md
(missing, contradictory, late). What a register delivers (social.py and the registers of Kindergeld) is left out of the case file, unless the office is
to be one without register access (`--benefits file`): the same household, stated in full. Draws from a random generator of its own, in the same order
either way. Nothing here computes a benefit: whether a household applies follows a crude idea of its income.
"""
import json
import random

from benefit_rates import BENEFIT_RATES as RATES, MAINTENANCE, MUNICIPALITIES, RENTS, WAGES
from calendar_table import birthday, first_day, iso, month_text
from rates import EU_COUNTRIES, TOWNS
from benefits_jobcenter import write_jobcenter
from benefits_state import write_state
from social_rates import SOCIAL_RATES as RATES_SOCIAL

# What the Jobcenter says about a member who receives assistance. Of others it says nothing: benefits of other offices are not known there.
ASSISTANCE = ("Transferleistung", "Unterkunft_berücksichtigt", "Nur_Darlehen", "Noch_nicht_erbracht", "Nachrangig_erbracht", "Leistung_bewilligt_ab",
              "Ausschluss_entfallen")


def money(cents):
    return "%d.%02d" % (cents // 100, cents % 100)


class Household:
    """Who lives together: the head, a partner (married or not), the head's children at home."""

    def __init__(self, chunk, head, partner, children, dwelling, married, separated=()):
        self.number = head.serial
        self.head, self.partner, self.children, self.dwelling = head, partner, children, dwelling
        self.married = married
        self.separated = set(c.serial for c in separated)      # children whose other parent lives elsewhere
        self.town = TOWNS[dwelling[1]][2]
        self.now = chunk.now

    def adults(self):
        return [self.head] + ([self.partner] if self.partner else [])


class File:
    """Lines of one benefit's case file, with the flaws drawn as the lines are written."""

    def __init__(self, benefit, prefix, rng, stated_all):
        self.benefit, self.prefix, self.rng, self.stated_all = benefit, prefix, rng, stated_all
        self.lines, self.late = [], []
        self.counts = dict.fromkeys(("applications", "statements", "findings", "missing_facts", "late_statements", "contradictions", "missing_findings", "register_facts", "concealed"), 0)
        self.case, self.serial, self.received = "", 0, 0

    def open_case(self, number, received):
        self.case, self.serial, self.received = "%s-%010d" % (self.prefix, number), 0, received

    def next_id(self, kind):
        self.serial += 1
        return "%s-%s-%03d" % (kind, self.case, self.serial)

    def write(self, record, late=False):
        (self.late if late else self.lines).append(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")

    def statement(self, unit, key, facts, references=None, late=False, registered=()):
        """One row with what the applicant states about it, without the facts in `registered`: a register delivers these. Each stated fact may be
        missing; the row itself never is, because registers know persons, not rows."""
        kept = {}
        for name, value in facts.items():
            missing = self.rng.random() < RATES["fact_missing"]
            if name in registered and not self.stated_all:
                self.counts["register_facts"] += 1
            elif missing:
                self.counts["missing_facts"] += 1
            else:
                kept[name] = value
        if kept or references:
            self.said(unit, key, kept, references, late)

    def page(self, unit, key, facts):
        """A page of the form whose answers are all given or, as often as a single fact is missing, none of them."""
        if self.rng.random() < RATES["fact_missing"]:
            self.counts["missing_facts"] += len(facts)
        else:
            self.said(unit, key, facts)

    def said(self, unit, key, facts, references=None, late=False):
        record = {"kind": "statement", "case": self.case, "statement": self.next_id("ST"), "unit": unit, "key": list(key)}
        if references:
            record["references"] = references
        record["facts"] = facts
        record["received"] = iso(self.received + (45 if late else 0))
        self.counts["late_statements" if late else "statements"] += 1
        self.write(record, late)

    def finding(self, unit, key, fact, value, reason, start=0, missing=0.0, registered=False):
        """What the authority found out, unless it has not yet, or a register delivers it."""
        unknown, author = self.rng.random() < missing, "SB-%04d" % (400 + int(self.rng.random() * 60))
        if registered and not self.stated_all:
            self.counts["register_facts"] += 1
            return
        if unknown:
            self.counts["missing_findings"] += 1
            return
        record = {"kind": "finding", "case": self.case, "finding": self.next_id("FE"), "unit": unit, "key": list(key), "fact": fact, "value": value}
        if start:
            record["from"] = iso(start)
        record.update({"author": author, "reason": reason, "recorded_on": iso(self.received + 3)})
        self.counts["findings"] += 1
        self.write(record)

    def award(self, unit, key, first, last, cents, notice):
        """A running award of the office's own ledger, first … last month."""
        span = {"from": month_text(first), "to": month_text(last)}
        self.counts["awards"] = self.counts.get("awards", 0) + 1
        self.write({"kind": "award", "case": self.case, "award": "AW-" + self.case, "benefit": self.benefit, "unit": unit, "key": list(key), **span,
                    "history": [{**span, "amount_cents": cents, "notice": iso(notice)}]})

    def application(self, unit, key, stated):
        self.counts["applications"] += 1
        self.write({"kind": "application", "case": self.case, "application": self.next_id("AN"), "benefit": self.benefit, "unit": unit, "key": list(key),
                    "received": iso(self.received), "stated": stated})


def alive_here(person, day):
    return person.birth <= day and not (person.death and person.death <= day) and not person.gone_abroad


def is_german(person):
    return "DE" in person.nations


def income(rng, person, day):
    """[(kind, cents a year)] of an adult, whether on social assistance, employed with contributions, retired."""
    age = (day - person.birth) / 365.25
    if age >= 65.5:
        pension = int(min(3600, max(350, rng.lognormvariate(7.06, 0.36)))) * 1200
        taxed = pension * 84 // 100
        return [("sonstige_Einkünfte", taxed), ("Leibrente", pension - taxed)], False, False, True
    if person.job and person.job[0] <= day:
        if person.job[2]:
            return [("pauschal_besteuert_40a", min(538, 200 + int(rng.random() * 400)) * 1200)], rng.random() < RATES["assistance_marginal"], False, False
        hourly = max(1260, int(100 * rng.lognormvariate(WAGES[0], WAGES[1])))
        gross = hourly * int(float(person.job[1]) * 10) * 52 // 10
        return [("nichtselbständige_Arbeit", gross)], False, True, False
    u = rng.random()
    if u < RATES["assistance_without_work"]:
        return [], True, False, False
    if u < RATES["assistance_without_work"] + RATES["unemployment_benefit"]:
        return [("Lohnersatz", int(rng.uniform(700, 1500)) * 1200)], False, False, False
    return [], False, False, False


class Benefits:
    """All case files of one chunk."""

    def __init__(self, seed, number, as_of, stated_all, social):
        self.social = social
        self.rng = random.Random("anspruch-benefits/1/%d/%d" % (seed, number))
        self.as_of = as_of
        self.day = first_day(as_of) + 14        # nothing later is on file
        self.wohngeld = File("Wohngeld", "WG", self.rng, stated_all)
        self.vorschuss = File("Unterhaltsvorschuss", "UV", self.rng, stated_all)
        self.zuschlag = File("Kinderzuschlag", "KZ", self.rng, stated_all)
        self.elterngeld = File("Basiselterngeld", "EG", self.rng, stated_all)
        self.state_rng = random.Random("anspruch-benefits-state/1/%d/%d" % (seed, number))
        self.care = File("Elternbeitragsfreiheit", "KI", self.state_rng, stated_all)
        self.needs = File("Schulbedarf_auf_Antrag", "SB", self.state_rng, stated_all)
        self.senses = File("Sinnesbehindertengeld", "SI", self.state_rng, stated_all)
        self.old = File("Grundsicherung", "GS", self.state_rng, stated_all)
        self.jobcenter = File("Grundsicherungsgeld", "JC", self.state_rng, stated_all)
        self.files = (self.wohngeld, self.vorschuss, self.zuschlag, self.elterngeld, self.care, self.needs, self.senses, self.old, self.jobcenter)
        self.households = []    # for the case file that is drawn last

    def household(self, h):
        """Draws incomes and rent once, then the applications; returns what the family benefits need to know."""
        if not all(alive_here(p, self.day) for p in h.adults()):
            return None
        h.children = [c for c in h.children if alive_here(c, self.day)]
        h.incomes = {p.serial: income(self.rng, p, self.day) for p in h.adults()}
        h.assisted = any(x[1] for x in h.incomes.values()) and sum(v for x in h.incomes.values() for _, v in x[0]) < RATES["assistance_below"] * 1200
        h.size = len(h.adults()) + len(h.children)
        h.area = int(self.rng.uniform(34, 52)) + 15 * (h.size - 1)
        low, high = RENTS.get(h.town, RENTS[""])
        h.heating = int(h.area * self.rng.uniform(1.0, 1.7)) * 100
        h.rent = int(h.area * self.rng.uniform(low, high)) * 100 + h.heating
        h.gross = sum(v for x in h.incomes.values() for _, v in x[0])
        self.social.household(h, self.day)
        if self.applies_for_wohngeld(h):
            write_wohngeld(self, h)
        write_state(self, h)
        self.households.append(h)
        return h

    def applies_for_wohngeld(self, h):
        need = (RATES["need_first"] + RATES["need_further"] * (h.size - 1)) * 1200
        if h.assisted:
            return self.rng.random() < RATES["wohngeld_assisted"]
        return self.rng.random() < (RATES["wohngeld_below_need"] if 0 < h.gross < need else RATES["wohngeld_above_need"])

    def result(self):
        """The finished files; called once, after the last household."""
        for h in self.households:
            write_jobcenter(self, h)
        return {f.benefit: ("".join(f.lines), "".join(f.late), f.counts) for f in self.files}


# --- Wohngeld -------------------------------------------------------------------------------------------------------------------------------


def write_wohngeld(b, h):
    rng, f = b.rng, b.wohngeld
    f.open_case(h.number, b.day - 20 - int(rng.random() * 300))
    day, key = f.received, (h.head.idnr,)
    children = [c for c in h.children if c.birth <= day]
    form = tenure(rng, h, day)
    f.application("Haushalt", key, {"Antrag_gestellt": iso(day)})
    facts = {"Wohnform": form, "Selbst_genutzt": True, "Gemeinde": MUNICIPALITIES[h.town], "Entgelt": money(h.rent), "Mietangaben_vollständig": True,
             "Wohnfläche": "%d.00" % h.area, "Bewohner": len(h.adults()) + len(children), "Andere_Bewohner": 0,
             "Anhalt_für_Missbrauch": rng.random() < RATES["wealth_hint"], "Vermögen": money(int(rng.lognormvariate(8.6, 1.4)) * 100)}
    late = rng.random() < RATES["answer_late"]
    if late:
        for name in ("Entgelt", "Mietangaben_vollständig"):
            facts.pop(name)
    f.statement("Haushalt", key, facts, {"Berechtigter": h.head.idnr}, registered=("Gemeinde",))
    if late:
        f.statement("Haushalt", key, {"Entgelt": money(h.rent), "Mietangaben_vollständig": True}, late=True)
    elif rng.random() < RATES["contradiction"]:
        f.counts["contradictions"] += 1
        f.statement("Haushalt", key, {"Entgelt": money(h.rent + 2000)})
    f.finding("Haushalt", key, "Läuft_bis", None, "Kein laufender Bewilligungszeitraum im Bestand", missing=RATES["finding_missing"])
    f.finding("Haushalt", key, "Nutzung_aufgegeben", None, "Meldeabgleich ohne Auszug")
    if facts["Anhalt_für_Missbrauch"]:
        f.finding("Haushalt", key, "Missbräuchlich", rng.random() < 0.5, "Vermögen geprüft", missing=RATES["human_pending"])
    if form == "Eigentum":
        f.finding("Haushalt", key, "Belastung", money(h.rent), "Wohngeld-Lastenberechnung", missing=RATES["human_pending"])
    if form == "Heim":
        f.finding("Haushalt", key, "Auf_Dauer_im_Heim", True, "Heimvertrag", missing=RATES["human_pending"])
    if form == "gemietet":
        amount = None if rng.random() < RATES["heating_not_itemised"] else money(h.heating)
        f.statement("Mietbestandteil", (h.head.idnr, "H"), {"Art": "Heizung", "Betrag": amount}, {"Haushalt": h.head.idnr})
    for person in h.adults() + children:
        write_member(b, h, person, day)


def tenure(rng, h, day):
    u = rng.random()
    if (day - h.head.birth) > 76 * 365 and h.size == 1 and u < RATES["home_resident"]:
        return "Heim"
    return "Eigentum" if u > 1 - RATES["owner"] else "gemietet"


def write_member(b, h, person, day):
    rng, f = b.rng, b.wohngeld
    child = person in h.children
    member = (h.head.idnr, person.idnr)
    facts = {"Geburtsdatum": iso(person.birth), "Ausländer": not is_german(person)}
    if facts["Ausländer"]:
        facts.update({"Im_Bundesgebiet": True, "Völkerrechtlich_befreit": False, "Titel_nach_Satz_3": False,
                      "Aufenthaltsgrund": "Freizügigkeit" if person.nations[0] in EU_COUNTRIES else "Titel_oder_Duldung"})
        if rng.random() < RATES["title_missing"]:
            facts.pop("Aufenthaltsgrund")
    f.statement("Person", (person.idnr,), facts, registered=("Geburtsdatum",) if facts["Ausländer"] else ("Geburtsdatum", "Ausländer"))
    f.finding("Person", (person.idnr,), "Sterbedatum", None, "Meldeabgleich: kein Sterbefall", missing=RATES["register_check_missing"], registered=True)
    facts = {"Beziehung": "berechtigte_Person" if person is h.head else ("verwandt" if child else "Ehegatte" if h.married else "Partner"),
             "Lebensmittelpunkt": True, "Kind": child, "NS_Opfer": False}
    if person is h.partner:
        facts.update({"Getrennt_lebend": False} if h.married else {"Vermutung": True, "Vermutung_bestritten": False})
    minor = day < birthday(person.birth, 18)
    registered = ["GdB", "Pflege_zu_Hause"] + (list(ASSISTANCE) if person.serial in h.on_assistance else [])
    if child:
        paid = b.social.paid_for(person, b.as_of) is not None
        registered += ["Kindergeld"] if paid else []
        facts["Kindergeld"] = minor or paid
        facts["Erwerbseinnahmen"] = "0.00" if minor or rng.random() < 0.6 else money(int(rng.uniform(300, 1100)) * 1200)
        if person.serial in h.separated:
            facts["Betreuung"] = "unter_einem_Drittel" if rng.random() < 0.85 else "annähernd_gleich"
    rows, contributions = member_income(b, h, person, child, minor, facts)
    facts.update(contributions)
    if not child:
        registered += [name for name in ("Krankenbeitrag", "Rentenbeitrag") if facts[name] == "Pflichtbeitrag"] + ["Rente"]
    concealed = rng.random() < RATES_SOCIAL["concealed"]
    if write_assistance(h, person, facts):
        if concealed and not f.stated_all:
            f.counts["concealed"] += 1
            f.said("Mitglied", member, {"Transferleistung": "keine"})
        f.finding("Mitglied", member, "Hilfebedürftigkeit_vermeidbar", rng.random() < 0.15, "Vergleichsberechnung", missing=RATES["human_pending"])
    facts["GdB"] = b.social.grade(person)
    if facts["GdB"] >= 50:
        facts["Pflege_zu_Hause"] = person.care == "H"
    adult_child_in_training = child and not minor
    facts["Förderung"] = "BAföG" if adult_child_in_training and rng.random() < 0.1 else "keine"
    if facts["Förderung"] != "keine":
        facts.update({"Förderung_nur_Darlehen": False, "Ausbildung_seit": iso(max(day - 500, birthday(person.birth, 18)))})
    late = rng.random() < RATES["answer_late"] / 2
    complete = facts.pop("Einnahmen_vollständig") if late else None
    f.statement("Mitglied", member, facts, {"Haushalt": h.head.idnr, "Person": person.idnr}, registered=registered)
    if complete is not None:
        f.statement("Mitglied", member, {"Einnahmen_vollständig": complete}, late=True)
    for i, (kind, cents) in enumerate(rows):
        f.statement("Einnahme", member + ("%d" % (i + 1),), {"Art": kind, "Betrag": money(cents), "Werbungskosten": "0.00", "Turnus": "laufend"},
                    {"Mitglied": "/".join(member)})
    months = b.social.basic_pension_months(person) if "Rente" in facts else None
    if months is not None:
        f.finding("Mitglied", member, "Grundrentenzeiten", months, "Mitteilung der Rentenversicherung", registered=True)


def member_income(b, h, person, child, minor, facts):
    """Rows of Einnahme, and what goes with them at the member: tax, contributions, completeness."""
    rng = b.rng
    if not child:
        rows, _, employed, retired = h.incomes[person.serial]
        gross = sum(cents for _, cents in rows)
        own = {"Steuern": employed and gross > 1500000 or retired and gross > 2000000,
               "Krankenbeitrag": "Pflichtbeitrag" if employed or retired else "keiner", "Rentenbeitrag": "Pflichtbeitrag" if employed else "keiner"}
        if retired:
            own["Rente"] = money(gross)
            own["Renten_beitragsfrei"] = False
        elif not employed:
            own.update({"Kranken_beitragsfrei": True, "Renten_beitragsfrei": True})
        own["Einnahmen_vollständig"] = True
        return rows, own
    rows = []
    earned = int(float(facts["Erwerbseinnahmen"]) * 100 + 0.5)
    if earned:
        rows.append(("nichtselbständige_Arbeit", earned))
    if person.serial in h.separated:
        rows.append(("Unterhaltsvorschuss", MAINTENANCE[0] * 1200) if rng.random() < RATES["advance_in_income"] else ("Zuwendung", MAINTENANCE[1] * 1200))
    working = bool(earned)
    return rows, {"Steuern": False, "Krankenbeitrag": "Pflichtbeitrag" if working else "keiner", "Rentenbeitrag": "Pflichtbeitrag" if working else "keiner",
                  "Kranken_beitragsfrei": True, "Renten_beitragsfrei": True, "Einnahmen_vollständig": True}


def write_assistance(h, person, facts):
    """SGB II receipt excludes from Wohngeld (§ 7); what must then be known. Returns whether it is received."""
    assisted = person.serial in h.on_assistance
    facts["Transferleistung"] = "SGB_II" if assisted else "keine"
    facts["Mitberechnung"] = "keine"
    if assisted:
        facts.update({"Unterkunft_berücksichtigt": True, "Nur_Darlehen": False, "Noch_nicht_erbracht": False, "Nachrangig_erbracht": False,
                      "Leistung_beantragt_ab": None, "Leistung_bewilligt_ab": "2023-01-01", "Leistung_bewilligt_bis": None,
                      "Ausschluss_entfallen": "keiner", "Verzicht_ab": None})
    return assisted


def header(seed, as_of, benefit, late=False):
    return json.dumps({"kind": "header", "format": "anspruch-casefile/1", "synthetic": True, "seed": seed, "as_of": month_text(as_of), "benefit": benefit,
                       "late": late}, ensure_ascii=False, separators=(",", ":")) + "\n"
