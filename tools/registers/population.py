"""Families and other households of the synthetic population, one chunk at a time.

Owns: who exists, who is related to whom, who lives where since when, and what the authority's case file says. A *cluster* is one
family household and the households its pointers lead to (the other parent, an adult child's flat, the parents of a foster child);
all pointers stay inside a cluster, so that a chunk of clusters needs no memory of the others.

Invariants: everything a chunk yields follows from (seed, chunk number, options) alone; the order of calls to the random
generator is part of that. Registers get what registers hold; nothing here looks at rules.
"""
import bisect
import random

import benefits
import benefits_family
import casefile
import ids
import lifecourse
import social
from calendar_table import birthday, first_day
from rates import EU_COUNTRIES, FAMILY_NAMES, GIVEN_FEMALE, GIVEN_MALE, RATES, THIRD_COUNTRIES, TOWNS
from render import (account_record, birth_record, employment_record, residents_record, training_record)

PERSONS_PER_CHUNK = 20_000
DWELLINGS_PER_CHUNK = 60_000


def _cumulative(*names):
    """Running sums of rates, for choosing one of several by a single draw."""
    sums = []
    for name in names:
        sums.append(RATES[name] + (sums[-1] if sums else 0))
    return tuple(sums)


_FORMS = ("joint", "separated", "step", "single", "foster")
_FORM_EDGES = _cumulative(*("family_" + form for form in _FORMS))
_SIZE_EDGES = _cumulative("children_1", "children_2", "children_3", "children_4")
_TOWN_PICK = tuple(i for i, town in enumerate(TOWNS) for _ in range(town[3]))


class Person:
    """One inhabitant as the registers will describe them. Days are ordinals, 0 means none."""
    __slots__ = ("serial", "idnr", "sex", "birth", "family", "given", "nations", "stays", "moves", "marriages", "minors", "parents",
                 "death", "arrival", "origin", "blocked", "multiple", "course", "job", "gone_abroad", "adopted", "grade", "onset", "care",
                 "widowed", "marks", "school", "admitted")

    def __init__(self, serial, idnr, sex, birth, family, given, nations):
        self.serial, self.idnr, self.sex, self.birth = serial, idnr, sex, birth
        self.family, self.given, self.nations = family, given, nations
        self.stays, self.moves, self.marriages, self.minors = [], [], [], []
        self.parents = None        # [(relation, Person)], None: not modelled
        self.death = self.arrival = self.gone_abroad = self.multiple = self.adopted = 0
        self.origin = None
        self.blocked = False
        self.course = None
        self.job = None
        self.grade = None          # degree of disability, drawn when first asked for (social.py)
        self.onset = self.widowed = 0
        self.marks = None          # in the pass of a disabled person, drawn when first asked for (social.py)
        self.school = None         # (year of the first school day, deferred), drawn with the benefits of children
        self.admitted = 0          # first admitted during the present school year
        self.care = ""


class Chunk:
    """Generates one chunk; afterwards `rows`, `lines`, `events`, `counts` hold its part of every file."""

    def __init__(self, seed, number, as_of, benefits_as_of=0, stated_all=False):
        self.social = social.Social(seed, number, as_of)
        self.benefits = benefits.Benefits(seed, number, benefits_as_of, stated_all, self.social) if benefits_as_of else None
        self.rng = random.Random("anspruch-population/1/%d/%d" % (seed, number))
        self.seed = seed
        self.as_of = as_of
        self.now = first_day(as_of) + 19
        self.serial = number * PERSONS_PER_CHUNK
        self.last_serial = self.serial + PERSONS_PER_CHUNK
        self.dwelling = number * DWELLINGS_PER_CHUNK
        self.rows = {"residents": [], "births": [], "idnr": [], "training": [], "employment": []}
        self.lines = []
        self.events = []
        self.counts = dict.fromkeys(("households", "families", "cross_household_families", "persons", "children",
                                     "children_under_18", "adult_children", "twin_births", "separated", "foreign_families", "blocked",
                                     "partial_birth_dates", "awards", "running_awards", "applications", "findings", "statements", "payments",
                                     "newborn_this_month", "born_without_award", "planted_wrong_amount", "planted_not_ended",
                                     "planted_contradiction", "dead_children", "children_abroad", "dead_parents", "families_abroad"), 0)

    # --- drawing
    def new_person(self, sex, birth, family=None, nations=("DE",)):
        rng = self.rng
        serial = self.serial
        if serial >= self.last_serial:
            raise OverflowError("a chunk has more than %d persons" % PERSONS_PER_CHUNK)
        self.serial = serial + 1
        self.counts["persons"] += 1
        names = GIVEN_FEMALE if sex == "female" else GIVEN_MALE
        person = Person(serial, "%011d" % ids.idnr(self.seed, serial), sex, birth, family or FAMILY_NAMES[int(rng.random() * 40)],
                        names[int(rng.random() * 10)], nations)
        return person

    def new_dwelling(self):
        self.dwelling += 1
        return "A%011d" % self.dwelling, _TOWN_PICK[int(self.rng.random() * len(_TOWN_PICK))]

    def adult(self, low, high, sex=None, family=None):
        """A person of low … high years, with a job in the working age."""
        rng = self.rng
        birth = self.now - int(rng.uniform(low, high) * 365.25)
        person = self.new_person(sex or ("female" if rng.random() < 0.51 else "male"), birth, family)
        self.give_job(person)
        return person

    def give_job(self, person):
        rng = self.rng
        age = (self.now - person.birth) // 365
        if 18 <= age < 66 and rng.random() < 0.78:
            start = max(person.birth + 6940, self.now - int(rng.random() * 5000), person.arrival + 90)
            if start < self.now:
                u = rng.random()
                hours = "40.0" if u < 0.5 else "38.5" if u < 0.65 else "30.0" if u < 0.8 else "20.0" if u < 0.92 else "9.0"
                person.job = (start, hours, hours == "9.0")

    def live(self, person, dwelling, start, before=True):
        """Registers a person in a dwelling since `start`; adults lived elsewhere (since birth or arrival) before."""
        origin = person.arrival or person.birth
        if start > origin and before:
            person.stays.append((self.new_dwelling(), origin, start - 1))
            person.moves.append((start, "within", None))
        person.stays.append((dwelling, max(start, origin), 0))

    def leave(self, person, date):
        """Ends the current stay the day before `date`."""
        dwelling, start, _ = person.stays[-1]
        person.stays[-1] = (dwelling, start, date - 1)

    def move(self, person, dwelling, date):
        self.leave(person, date)
        person.stays.append((dwelling, date, 0))
        person.moves.append((date, "within", None))

    def dies(self, person, date):
        person.death = date
        person.course = None if person.course is None or (date - person.birth) < 5500 else person.course
        self.leave(person, date + 1)

    def emigrates(self, person, date, country, told):
        self.leave(person, date)
        person.gone_abroad = date
        person.moves.append((date, "out", country))
        if told:
            person.stays.append((None, date, 0, country))

    # --- households without a child in question
    def other_household(self):
        rng = self.rng
        u = rng.random()
        counts = self.counts
        counts["households"] += 1
        members = []
        r = RATES
        if u < r["other_single_old"]:
            members.append(self.adult(65, 96))
        elif u < r["other_single_old"] + r["other_single_middle"]:
            members.append(self.adult(30, 65))
        elif u < r["other_single_old"] + r["other_single_middle"] + r["other_single_young"]:
            members.append(self.adult(25.2, 30))
        elif u < 1 - r["other_couple_middle"]:
            members.append(self.adult(62, 90, "male"))
            members.append(self.adult(60, 88, "female", members[0].family))
        else:
            members.append(self.adult(27, 62, "male"))
            members.append(self.adult(26, 60, "female", members[0].family))
        dwelling = self.new_dwelling()
        since = self.now - int(rng.random() * 7000) - 30
        for person in members:
            self.live(person, dwelling, since, before=since > person.birth)
        if len(members) == 2 and rng.random() < 0.8:
            marry(members[0], members[1], since, 0)
        if self.benefits:
            self.benefits.household(benefits.Household(self, members[0], members[1] if len(members) == 2 else None, [], dwelling, bool(members[0].marriages)))
        self.finish(members)

    # --- output of register rows
    def finish(self, people, household_blocked=False):
        """Writes the register rows of the people; nothing may change them afterwards."""
        rng = self.rng
        rows = self.rows
        now = self.now
        self.social.finish(people)
        for p in people:
            p.blocked = household_blocked or rng.random() < RATES["blocked_person"]
            number = int(p.idnr)
            quality = residents_quality(self, p)
            rows["residents"].append((number, 1 if p.blocked else 0, residents_record(p, now, quality)))
            if p.blocked:
                self.counts["blocked"] += 1
            if "partial" in quality:
                self.counts["partial_birth_dates"] += 1
            if p.parents is not None and not p.origin:
                rows["births"].append((number, birth_record(p, rng)))
            account = account_record(p, now, rng)
            if account:
                rows["idnr"].append((number, account))
            if p.course:
                rows["training"].append((number, training_record(p)))
            if p.job or p.course and (p.course.periods or p.course.seeking or p.course.places or p.course.services):
                rows["employment"].append((number, employment_record(p, rng)))


def marry(a, b, since, until):
    a.marriages.append((b.idnr, since, until))
    b.marriages.append((a.idnr, since, until))


def residents_quality(chunk, p):
    """Which flaws the residents register has for this person (a set of words that render.py understands)."""
    u = chunk.rng.random()
    foreign = p.origin is not None and p.nations[0] not in ("DE",) + EU_COUNTRIES
    partial = RATES["partial_birth_date_third_country"] if foreign else RATES["partial_birth_date_german"]
    flaws = ()
    for word, rate in (("partial", partial), ("no_birth_date", RATES["birth_date_missing"]), ("other_birth_date", RATES["birth_date_contradiction"]),
                       ("two_main", RATES["two_main_addresses"]), ("gap", RATES["address_gap"]), ("no_start", RATES["address_start_missing"]),
                       ("no_nation", RATES["nationality_missing"])):
        if u < rate:
            flaws = (word,)
            break
        u -= rate
    return flaws


# --- families -------------------------------------------------------------------------------------------------------------


class Family:
    """A family household under construction."""
    __slots__ = ("form", "recipient", "other", "step", "children", "dwelling", "start", "split", "married", "arrival", "nations", "origin",
                 "households", "blocked", "people", "cross", "joint_children", "foster_parents")

    def __init__(self):
        self.children = []          # eldest first
        self.people = []
        self.recipient = self.other = self.step = None
        self.split = self.arrival = 0
        self.origin = None
        self.nations = ("DE",)
        self.households = 1
        self.blocked = self.cross = self.married = False
        self.joint_children = []    # of a step family: children of the new couple
        self.foster_parents = []


def child_births(chunk):
    """Birth days, eldest first, of the children below 25, as [(day, number born together)]."""
    rng = chunk.rng
    u = rng.random()
    wanted = 1 + bisect.bisect_right(_SIZE_EDGES, u, 0, 3)
    if wanted == 4 and rng.random() < 0.25:
        wanted = 5
    if rng.random() < RATES["newborn_this_month"]:
        youngest = first_day(chunk.as_of) + int(rng.random() * 18)
    else:
        youngest = chunk.now - 20 - int(rng.random() * 8900)
    births = []
    date = youngest
    while len(births) < wanted and chunk.now - date < 9080:
        births.append(date)
        if len(births) < wanted and rng.random() < RATES["twins_per_birth"]:
            births.append(date)
        date -= int(rng.gauss(1150, 420)) if rng.random() < 0.9 else 400
        if births and births[-1] - date < 320:
            date = births[-1] - 320
    births.reverse()
    return births


def make_family(chunk):
    rng, now = chunk.rng, chunk.now
    f = Family()
    f.form = _FORMS[bisect.bisect_right(_FORM_EDGES, rng.random(), 0, len(_FORMS) - 1)]
    births = child_births(chunk)
    u = rng.random()
    if u < RATES["family_eu"]:
        f.origin = EU_COUNTRIES[int(rng.random() * len(EU_COUNTRIES))]
    elif u < RATES["family_eu"] + RATES["family_third_country"]:
        f.origin = THIRD_COUNTRIES[int(rng.random() * len(THIRD_COUNTRIES))]
    if f.origin:
        f.nations = (f.origin,)
        f.arrival = max(now - int(rng.random() * 4200) - 10, births[0] - 3000)
        if rng.random() > RATES["child_born_abroad_if_foreign"]:
            f.arrival = min(f.arrival, births[0] - 200)
        f.arrival = min(f.arrival, now - 5)
        chunk.counts["foreign_families"] += 1
    f.blocked = rng.random() < RATES["blocked_household"]
    f.dwelling = chunk.new_dwelling()
    f.start = births[0] - int(rng.uniform(200, 1500))
    make_parents(chunk, f, births)
    make_children(chunk, f, births)
    settle(chunk, f)
    happen(chunk, f)
    return f


def parent_of(chunk, f, sex, birth, family_name):
    person = chunk.new_person(sex, birth, family_name, f.nations)
    if f.origin:
        person.arrival, person.origin = f.arrival, f.origin
        if f.origin in EU_COUNTRIES and chunk.rng.random() < 0.05:
            person.nations = ("DE", f.origin)
    chunk.give_job(person)
    return person


def make_parents(chunk, f, births):
    """Mother and father by age at the first birth; who receives Kindergeld; the new spouse of a step family."""
    rng = chunk.rng
    age = min(43, max(18, rng.gauss(29.5, 5)))
    latest = births[-1] - 44 * 365
    mother_birth = max(births[0] - int(age * 365.25), min(latest, births[0] - 18 * 366))
    name = FAMILY_NAMES[int(rng.random() * 40)]
    mother = parent_of(chunk, f, "female", mother_birth, name)
    father = None
    unknown = f.form == "single" and rng.random() < 0.7
    if not unknown:
        f.married = rng.random() < RATES["parents_married"]
        father_name = name if f.married else FAMILY_NAMES[int(rng.random() * 40)]
        youngest = births[0] - 17 * 366
        father = parent_of(chunk, f, "male", min(youngest, mother_birth - int(rng.gauss(900, 1000))), father_name)
    f.recipient, f.other = (father, mother) if father and rng.random() < RATES["recipient_father"] and f.form != "step" else (mother, father)
    f.people += [p for p in (mother, father) if p]
    if f.form in ("separated", "step"):
        known = chunk.now - births[0]      # days since the first birth; parents of an infant may have parted before it
        f.split = births[0] + int(rng.random() * (known - 40)) if known > 80 else births[0] - 100
        if f.form == "step":
            f.step = parent_of(chunk, f, "male", min(births[0] - 17 * 366, mother_birth - int(rng.gauss(700, 900))), FAMILY_NAMES[int(rng.random() * 40)])
            f.people.append(f.step)


def make_children(chunk, f, births):
    rng, now = chunk.rng, chunk.now
    for i, birth in enumerate(births):
        child = chunk.new_person("female" if rng.random() < 0.487 else "male", birth, f.recipient.family, f.nations)
        child.multiple = births.count(birth) if births.count(birth) > 1 else 0
        if child.multiple and births.index(birth) == i:
            chunk.counts["twin_births"] += 1
        if f.origin and birth < f.arrival:
            child.arrival, child.origin = f.arrival, f.origin
        elif f.origin and rng.random() < 0.4:
            child.nations = ("DE", f.origin)
        joint = f.form == "step" and birth > f.split + 400
        if joint:
            f.joint_children.append(child)
        father = f.step if joint else f.other if f.recipient.sex == "female" else f.recipient
        mother = f.recipient if f.recipient.sex == "female" else f.other
        child.parents = [("mother", mother)] + ([("father", father)] if father else [])
        if len(child.parents) == 2 and rng.random() < RATES["second_parent_not_recorded"]:
            child.parents.pop()
        if now - birth > 15 * 365.25:
            child.course = lifecourse.draw(rng, birth, now)
        f.children.append(child)
        f.people.append(child)


def settle(chunk, f):
    """Addresses: the family dwelling with at most one move, the second household after a separation, flats of adult children."""
    rng, now = chunk.rng, chunk.now
    household = [f.recipient] + ([f.other] if f.other else [])
    for person in household:
        chunk.live(person, f.dwelling, max(f.start, person.arrival))
    for child in f.children:
        origin = child.arrival or child.birth
        child.stays.append((f.dwelling, origin, 0))
        if child.arrival:
            child.moves.append((child.arrival, "in", child.origin))
    for person in household:
        if person.arrival:
            person.moves.insert(0, (person.arrival, "in", person.origin))
    if f.other and f.married:
        marry(f.recipient, f.other, f.start + 100, f.split + 400 if f.split and f.split + 400 < now else 0)
    moved = f.start + int(rng.random() * (now - f.start)) if rng.random() < RATES["family_moved_once"] else 0
    if f.split:
        away = chunk.new_dwelling()
        chunk.move(f.other, away, max(f.split, f.other.stays[-1][1] + 1))
        f.households += 1
        f.cross = True
    if f.step:
        together = min(f.split + 300, now - 1)
        chunk.live(f.step, f.dwelling, max(together, f.step.arrival + 1))
        if rng.random() < 0.7:
            marry(f.recipient, f.step, together, 0)
    if moved and moved > f.arrival + 30:
        new = chunk.new_dwelling()
        at_home = [f.recipient] + f.children + ([f.step] if f.step else []) + ([f.other] if f.other and not f.split else [])
        for person in at_home:
            dwelling, start, _ = person.stays[-1]
            if start < moved:
                chunk.move(person, new, moved)
            else:
                person.stays[-1] = (new, start, 0)
        f.dwelling = new
    for child in f.children:
        if (now - child.birth) > 18.3 * 365.25 and rng.random() < RATES["adult_child_own_household"]:
            when = birthday(child.birth, 18) + int(rng.random() * (now - birthday(child.birth, 18)))
            if when > child.stays[-1][1] + 1:
                chunk.move(child, chunk.new_dwelling(), when)
                f.households += 1
                f.cross = True
    if f.form == "foster":
        make_foster(chunk, f)


def make_foster(chunk, f):
    """Turns the eldest minor into a foster child: the drawn parents stay the legal parents in another household, and a couple
    takes the children in and receives Kindergeld for them."""
    rng, now = chunk.rng, chunk.now
    woman = chunk.adult(32, 55, "female")
    man = chunk.adult(33, 57, "male", woman.family)
    home = chunk.new_dwelling()
    for person in (woman, man):
        chunk.live(person, home, now - int(rng.uniform(3000, 6000)), before=False)
    since = max(max(c.arrival or c.birth for c in f.children) + 20, now - int(rng.random() * 4000))
    since = min(since, now - 1)
    for child in f.children:
        if child.stays[-1][1] < since:
            chunk.move(child, home, since)
        else:
            child.stays[-1] = (home, child.stays[-1][1], 0)
    f.foster_parents = [woman, man]
    f.people += [woman, man]
    f.split = since
    f.households += 1
    f.cross = True


def happen(chunk, f):
    """Deaths and moves abroad, at their stated rates."""
    rng, now = chunk.rng, chunk.now
    if f.form in ("joint", "single") and rng.random() < RATES["family_moved_abroad"]:
        family_emigrates(chunk, f)
        return
    for child in f.children:
        u = rng.random()
        begin = max(child.stays[-1][1], child.birth) + 30
        if begin >= now:
            continue
        when = begin + int(rng.random() * (now - begin))
        if u < RATES["child_died"]:
            chunk.dies(child, when)
            chunk.counts["dead_children"] += 1
        elif u < RATES["child_died"] + RATES["child_moved_abroad"]:
            country = EU_COUNTRIES[int(rng.random() * 7)] if rng.random() < 0.5 else THIRD_COUNTRIES[int(rng.random() * 7)]
            chunk.emigrates(child, when, country, rng.random() < 0.7)
            chunk.counts["children_abroad"] += 1
    if f.other and f.form != "foster" and rng.random() < (0.6 if f.form == "single" else RATES["parent_died"]):
        begin = max(f.other.stays[-1][1], f.children[-1].birth) + 30
        if begin < now:
            chunk.dies(f.other, begin + int(rng.random() * (now - begin)))
            chunk.counts["dead_parents"] += 1
            for marriage in list(f.other.marriages):
                if not marriage[2]:
                    end_marriage(f.other, f.recipient, f.other.death)
    elif f.other and f.form == "single":
        chunk.move(f.other, chunk.new_dwelling(), max(f.other.stays[-1][1] + 1, min(f.children[-1].birth + 60, now)))
        f.split = f.other.stays[-1][1]
        f.households += 1
        f.cross = True
    elif rng.random() < RATES["recipient_died"]:
        begin = max(f.recipient.stays[-1][1], f.children[-1].birth, now - 300) + 1
        if begin < now and f.form != "foster":
            chunk.dies(f.recipient, begin + int(rng.random() * (now - begin)))
            chunk.counts["dead_parents"] += 1
            for marriage in list(f.recipient.marriages):
                if not marriage[2]:
                    end_marriage(f.recipient, f.step or f.other, f.recipient.death)


def family_emigrates(chunk, f):
    """Everybody of the household moves abroad on one day; the other parent of a single one stays away from the story."""
    rng, now = chunk.rng, chunk.now
    movers = [f.recipient] + f.children + ([f.other] if f.other and f.form == "joint" else [])
    begin = max(p.stays[-1][1] for p in movers) + 30
    if begin >= now:
        return
    when = begin + int(rng.random() * (now - begin))
    country = EU_COUNTRIES[int(rng.random() * 7)] if rng.random() < 0.5 else THIRD_COUNTRIES[int(rng.random() * 7)]
    told = rng.random() < 0.7
    for person in movers:
        chunk.emigrates(person, when, country, told)
    chunk.counts["families_abroad"] += 1


def end_marriage(a, b, date):
    """The marriage ends with the death of one of them."""
    a.widowed = b.widowed = date
    a.marriages = [(n, s, e or date) if n == b.idnr else (n, s, e) for n, s, e in a.marriages]
    b.marriages = [(n, s, e or date) if n == a.idnr else (n, s, e) for n, s, e in b.marriages]


def family_cluster(chunk):
    """One family with all its households: registers and case file."""
    f = make_family(chunk)
    rng, now, counts = chunk.rng, chunk.now, chunk.counts
    for child in f.children:
        minor = now < birthday(child.birth, 18) and not child.death
        counts["children"] += 1
        counts["children_under_18" if minor else "adult_children"] += 1
        if minor:
            for _, parent in child.parents:
                if rng.random() >= RATES["minor_child_not_listed"]:
                    parent.minors.append(child.idnr)
    casefile.write_family(chunk, f)
    if chunk.benefits:
        benefits_family.write_family(chunk.benefits, chunk, f)
    chunk.finish(f.people, f.blocked)
    counts["households"] += f.households
    counts["families"] += 1
    counts["cross_household_families"] += 1 if f.cross else 0
    counts["separated"] += 1 if f.split else 0


def generate(seed, number, as_of, households, families, benefits_as_of=0, stated_all=False):
    """One chunk with exactly `households` households, or, if that is None, exactly `families` families and the others in proportion."""
    chunk = Chunk(seed, number, as_of, benefits_as_of, stated_all)
    counts, rng = chunk.counts, chunk.rng
    share = RATES["family_cluster"]
    largest = 8      # households of one family cluster: the family, the other parent, at most six adult children
    if households is not None:
        while counts["households"] < households:
            if households - counts["households"] >= largest and rng.random() < share:
                family_cluster(chunk)
            else:
                chunk.other_household()
    else:
        while counts["families"] < families:
            if rng.random() < share:
                family_cluster(chunk)
            else:
                chunk.other_household()
    return {"rows": {**chunk.rows, **chunk.social.result()}, "lines": "".join(chunk.lines), "events": chunk.events, "counts": counts,
            "benefits": chunk.benefits.result() if chunk.benefits else {}}
