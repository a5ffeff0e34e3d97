"""Registers behind the benefits other than Kindergeld: marital status, disability, care, assistance, insurance, family benefits, youth welfare, housing
allowance, maternity (shapes: docs/registers.md).

Owns: what these registers hold about a person, drawn from random generators of their own, so that the five registers of Kindergeld keep their bytes; and
the flaws of social_rates.py. Marital status, disability and care exist for everybody and follow from seed and person alone, so that it does not matter
who asks first; the others need incomes, which only `--benefits` draws. Registers
tell the truth of the synthetic household as far as they know it: benefits.py states the same household in its case files.
"""
import json
import random

from calendar_table import BASE, ISO, birthday, first_day, iso, last_day, month_of, month_text
from rates import COVERAGE_FROM
from social_rates import SOCIAL_RATES as RATES

ALWAYS = ("civil", "disability", "care")
WITH_INCOMES = ("assistance", "insurance", "family", "youth", "housing", "maternity", "school", "daycare")
REGISTERS = ALWAYS + WITH_INCOMES
XML = frozenset(("disability", "care"))
NAMESPACES = {"disability": "urn:synthetisch:xschwerbehinderung:1", "care": "urn:synthetisch:xpflege:1"}
COVERAGE_START = "1990-01-01"       # disability and care reach back further than the others
GRADES = (20, 30, 50, 50, 60, 80, 100)
LISTS = {"merkzeichen": ("urn:synthetisch:codeliste:merkzeichen", "2"), "pflegegrad": ("urn:synthetisch:codeliste:pflegegrad", "1"),
         "versorgungsform": ("urn:synthetisch:codeliste:versorgungsform", "3")}
# Records of persons about whom the register has no entry; %s is the beginning of its coverage.
EMPTY = {
    "civil": '{"coverage_from":"%s","marital_status":[]}',
    "disability": "<r:datensatz><r:vollstaendigAb>%s</r:vollstaendigAb></r:datensatz>",
    "care": "<r:datensatz><r:vollstaendigAb>%s</r:vollstaendigAb></r:datensatz>",
    "assistance": '{"coverage_from":"%s","periods":[],"considered":[],"incomes":[]}',
    "insurance": '{"coverage_from":"%s","contributions":[],"pensions":[],"wages":[],"incapacity":[]}',
    "family": '{"coverage_from":"%s","kindergeld":[],"kinderzuschlag":[]}',
    "youth": '{"coverage_from":"%s","services":[]}',
    "housing": '{"coverage_from":"%s","awards":[],"counted":[]}',
    "maternity": '{"coverage_from":"%s","months":[]}',
    "school": '{"coverage_from":"%s","years":[]}',
    "daycare": '{"coverage_from":"%s","places":[]}',
}


def euro(cents):
    return "%d.%02d" % (cents // 100, cents % 100)


def _code(name, code, since=""):
    return '<r:%s listURI="%s" listVersionID="%s"%s><code>%s</code></r:%s>' % ((name,) + LISTS[name] + (' gueltigAb="%s"' % since if since else "", code, name))


def envelope(register, idnr, as_of, record):
    """XML answer about one person; `record` None: nothing is released. `idnr` None: the answer does not repeat it."""
    head = "<r:status>%s</r:status>" % ("no_data_released" if record is None else "found")
    if record is not None:
        head += "<r:register>%s</r:register>" % register
    if idnr is not None:
        head += "<r:identifikationsnummer>%s</r:identifikationsnummer>" % idnr
    if record is not None:
        head += "<r:auskunftsstand>%s</r:auskunftsstand>" % as_of
    return '<r:auskunft xmlns:r="%s"><r:nachrichtenkopf>%s</r:nachrichtenkopf>%s</r:auskunft>' % (NAMESPACES[register], head, record or "")


class Social:
    """What these registers hold, for one chunk."""

    def __init__(self, seed, number, as_of):
        self.seed = seed
        self.rng = random.Random("anspruch-social/1/%d/%d" % (seed, number))
        self.as_of = as_of
        self.now = first_day(as_of) + 19
        self.records = {name: {} for name in WITH_INCOMES}
        self.rows = {name: [] for name in REGISTERS}
        self.awards = {}        # serial of the child -> (recipient, [(first month, last month, cents)]), the ledger of the Familienkasse

    def person_rng(self, p, register):
        return random.Random("anspruch-%s/1/%d/%d" % (register, self.seed, p.serial))

    # --- disability and care
    def grade(self, p):
        """Degree of disability, 0 if none; drawn once per person."""
        if p.grade is None:
            rng = self.person_rng(p, "grade")
            age = (self.now - p.birth) // 365
            share = RATES["disabled_below_45" if age < 45 else "disabled_below_65" if age < 65 else "disabled_older"]
            if rng.random() < share:
                self.impair(p, GRADES[int(rng.random() * len(GRADES))], p.birth + int(rng.random() * (self.now - p.birth)))
            else:
                p.grade = 0
        return p.grade

    def impair(self, p, grade, onset):
        """Settles that the person is disabled since `onset`, and how the person is cared for."""
        p.grade, p.onset = grade, max(p.birth, min(onset, self.now - 1))
        if grade >= 50:
            u = self.person_rng(p, "care").random()
            p.care = "H" if u < RATES["care_at_home"] else "V" if u < RATES["care_at_home"] + RATES["care_in_institution"] else ""

    def marks(self, p):
        """Marks in the pass of a disabled person: G, and Bl (blind), Gl (deaf), TBl (deafblind); drawn once per person."""
        if p.marks is None:
            u = self.person_rng(p, "marks").random()
            severe = self.grade(p) >= 80
            edges = RATES["blind"], RATES["blind"] + RATES["deaf"], RATES["blind"] + RATES["deaf"] + RATES["deafblind"]
            p.marks = (("G",) if severe else ()) + ((("Bl",) if u < edges[0] else ("Gl",) if u < edges[1] else ("Bl", "TBl") if u < edges[2] else ()) if severe else ())
        return p.marks

    def part(self, p, area):
        """Degree of disability of hearing or seeing alone, 0 if none."""
        marks = self.marks(p)
        if area == "hoeren":
            return 100 if "Gl" in marks else 70 if "TBl" in marks else 0
        return 100 if "Bl" in marks else 0

    def disability_record(self, p):
        rng = self.person_rng(p, "disability")
        settled = min(self.now - 1, max(p.onset + 60, p.arrival))
        parts = ["<r:gueltigAb>%s</r:gueltigAb>" % iso(settled)]
        if rng.random() >= RATES["grade_not_settled"]:
            parts.append("<r:gradDerBehinderung>%d</r:gradDerBehinderung>" % p.grade)
        u = rng.random()
        if u < RATES["onset_partial"]:
            parts.append("<r:eintritt>%s</r:eintritt>" % iso(p.onset)[:4 + 3 * (p.serial % 2)])
        elif u >= RATES["onset_partial"] + RATES["onset_missing"]:
            parts.append("<r:eintritt>%s</r:eintritt>" % iso(p.onset))
        marks = "".join(_code("merkzeichen", mark, iso(settled)) for mark in self.marks(p))
        marks += "".join('<r:teilgrad bereich="%s" gueltigAb="%s">%d</r:teilgrad>' % (area, iso(settled), self.part(p, area)) for area in ("hoeren", "sehen") if self.part(p, area))
        return "<r:datensatz><r:vollstaendigAb>%s</r:vollstaendigAb><r:feststellung>%s</r:feststellung>%s</r:datensatz>" % (COVERAGE_START, "".join(parts), marks)

    def care_record(self, p):
        since = min(self.now - 1, max(p.onset + 90, p.arrival))
        form = _code("versorgungsform", p.care) if self.person_rng(p, "form").random() >= RATES["care_form_missing"] else ""
        return "<r:datensatz><r:vollstaendigAb>%s</r:vollstaendigAb><r:feststellung><r:gueltigAb>%s</r:gueltigAb>%s%s</r:feststellung></r:datensatz>" % (
            COVERAGE_START, iso(since), _code("pflegegrad", str(1 + p.serial % 5)), form)

    # --- marital status
    def civil_record(self, p):
        """States of § 3 Abs. 1 Nr. 14 BMG, one after the other since birth or arrival."""
        start = p.arrival or p.birth
        states, code = [], "LD"
        for i, (_, since, until) in enumerate(p.marriages):
            following = p.marriages[i + 1][1] if i + 1 < len(p.marriages) else 0
            end = min(until or following, following or until)       # the register knows one marriage at a time
            states += [(code, start, since - 1), ("VH", since, end - 1 if end else 0)]
            start, code = end, "VW" if end and end == p.widowed else "GS"
        if start:
            states.append((code, start, 0))
        if self.person_rng(p, "civil").random() < RATES["marital_status_unknown"]:
            states[-1] = ("NB",) + states[-1][1:]
        spans = ",".join('{"status":"%s","from":"%s"%s}' % (c, ISO[s - BASE], ',"to":"%s"' % ISO[e - BASE] if e else "")
                         for c, s, e in states if not e or e >= s)
        return '{"coverage_from":"%s","marital_status":[%s]}' % (ISO[(p.arrival or p.birth) - BASE], spans)

    def finish(self, people):
        """Rows of the registers that exist for everybody; nothing may change the people afterwards."""
        for p in people:
            number = int(p.idnr)
            self.rows["civil"].append((number, self.civil_record(p)))
            if self.grade(p):
                self.rows["disability"].append((number, self.disability_record(p)))
                if p.care:
                    self.rows["care"].append((number, self.care_record(p)))

    # --- registers that follow from incomes
    def entry(self, register, p):
        """The person's record, made from the empty one when first needed."""
        record = self.records[register].get(p.serial)
        if record is None:
            record = self.records[register][p.serial] = (p.idnr, json.loads(EMPTY[register] % COVERAGE_FROM))
        return record[1]

    def household(self, h, day):
        """Assistance, contributions, pensions, wages, housing allowance and Kindergeld of a household; fills in who is on assistance."""
        rng = self.rng
        h.on_assistance = set()
        if h.assisted:
            h.on_assistance.update(p.serial for p in h.adults())
            h.on_assistance.update(c.serial for c in h.children if rng.random() < RATES["child_in_community"])
        for p in h.adults() + h.children:
            if p.serial in h.on_assistance:
                self.assistance(p, h)
        for p in h.adults():
            self.insurance(p, *h.incomes[p.serial])
        h.housing_allowance = 0
        if not h.assisted and h.children and rng.random() < RATES["housing_award"]:
            h.housing_allowance = int(rng.uniform(20, 450)) * 100
            since = iso(first_day(month_of(day) - 3))
            self.entry("housing", h.head)["awards"].append({"from": since, "monthly": euro(h.housing_allowance)})
            for p in h.adults() + h.children:
                self.entry("housing", p)["counted"].append({"holder_idnr": h.head.idnr, "from": since})
        for child in h.children:
            self.kindergeld(child)

    def assistance(self, p, h):
        rng, record = self.rng, self.entry("assistance", p)
        current = {"benefit": "SGB_II", "loan_only": False, "not_yet_paid": False, "subordinate": False, "granted_from": "2023-01-01", "dropped": "none"}
        if rng.random() >= RATES["housing_flag_missing"]:
            current["housing_considered"] = True
        record["current"] = current
        record["periods"].append({"benefit": "SGB_II", "from": "2023-01-01"})
        if p is h.head:
            income = {"from": "2023-01-01"}
            if rng.random() >= RATES["community_income_missing"]:
                income["monthly"] = euro(h.gross // 12)
            record["incomes"].append(income)

    def insurance(self, p, rows, _, employed, retired):
        """Contributions and pensions of an adult, from the incomes that were drawn."""
        rng = self.rng
        if not employed and not retired:
            return
        record = self.entry("insurance", p)
        since = iso(max(p.job[0], BASE) if employed and p.job else birthday(p.birth, 65))
        branches = ("health", "pension") if employed else ("health",)
        for branch in branches:
            record["contributions"].append({"branch": branch, "kind": "compulsory", "from": since})
            if rng.random() < RATES["contribution_contradicts"]:
                record["contributions"].append({"branch": branch, "kind": "voluntary", "from": since})
        if retired:
            gross = sum(cents for _, cents in rows)
            pension = {"kind": "old_age", "from": since}
            if rng.random() >= RATES["pension_amount_missing"]:
                pension.update({"monthly": euro(gross // 12), "yearly": euro(gross)})
            record["pensions"].append(pension)
            if rng.random() < RATES["basic_pension_reported"]:
                record["basic_pension_months"] = int(rng.uniform(60, 540))
        elif rows:
            self.wage(record, since, sum(cents for _, cents in rows) // 12)

    def basic_pension_months(self, p):
        """Months of basic pension that the pension insurance has reported, or None."""
        record = self.records["insurance"].get(p.serial)
        return record[1].get("basic_pension_months") if record else None

    def wage(self, record, since, monthly):
        entry = {"from": since}
        if self.rng.random() >= RATES["wage_missing"]:
            entry["gross"] = euro(monthly)
        record["wages"].append(entry)

    def kindergeld(self, child):
        """The ledger of the Familienkasse, seen from the child."""
        if child.serial not in self.awards:
            return
        recipient, ranges = self.awards[child.serial]
        for first, last, cents in ranges:
            entry = {"recipient_idnr": recipient.idnr, "from": iso(first_day(first)), "monthly": euro(cents)}
            if last < self.as_of:
                entry["to"] = iso(last_day(last))
            self.entry("family", child)["kindergeld"].append(entry)

    def award_of(self, child, month):
        """(recipient, cents) of the Kindergeld that the register shows for this month; (None, 0) if none."""
        recipient, ranges = self.awards.get(child.serial, (None, ()))
        return next(((recipient, cents) for first, last, cents in ranges if first <= month <= last), (None, 0))

    def paid_for(self, child, month):
        """Recipient of the Kindergeld that the register shows for this month, or None."""
        return self.award_of(child, month)[0]

    def has_wage(self, child):
        """Whether the register holds a wage of the child."""
        record = self.records["insurance"].get(child.serial)
        return bool(record and record[1]["wages"])

    def orphan(self, child, cents, since):
        if cents:
            self.entry("insurance", child)["pensions"].append({"kind": "orphan", "from": iso(since), "monthly": euro(cents), "yearly": euro(cents * 12)})

    def child_wage(self, child, cents, since):
        if cents:
            self.wage(self.entry("insurance", child), iso(since), cents)

    def maintenance(self, child, carer, cents, since):
        """Account of the Jugendamt (Beistandschaft): one booking per month, the current one perhaps not yet made. Returns whether one is kept."""
        rng = self.rng
        if rng.random() >= RATES["account_kept"]:
            return False
        late = rng.random() < RATES["booked_late"]
        first, last = max(month_of(since), self.as_of - 23), self.as_of - (1 if late else 0)
        self.entry("youth", child)["maintenance"] = [{"carer_idnr": carer.idnr, "month": month_text(m), "amount": euro(cents)} for m in range(first, last + 1)]
        return True

    def maternity(self, mother, child):
        """Certificate of the health insurance for the months of life 1 to 14: benefits in the first two, nothing afterwards."""
        months = self.entry("maternity", mother)["months"]
        for month in range(1, 15):
            entry = {"child_idnr": child.idnr, "life_month": "%02d" % month}
            if self.rng.random() >= RATES["maternity_unreported"]:
                entry.update({"amount": "0.00", "days": 0} if month > 2 else {"amount": "390.00", "days": 30} if month == 1 else {"amount": "338.00", "days": 26})
            months.append(entry)

    def result(self):
        rows = {name: list(self.rows[name]) for name in ALWAYS}
        for name in WITH_INCOMES:
            rows[name] = [(int(idnr), json.dumps(record, ensure_ascii=False, separators=(",", ":"))) for _, (idnr, record) in sorted(self.records[name].items())]
        return rows

