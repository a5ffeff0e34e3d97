"""The authority's own case file and the births feed for one family (shapes: docs/registers.md).

The ledger is what a synthetic Familienkasse granted from what it knew; it is mostly right, and wrong at stated rates (amount not
raised, award not ended, finding missing or contradicted). Amounts follow the rank of the child among the recipient's children.
"""
import ids
from calendar_table import BASE, ISO, birthday, first_day, last_month_before, month_of, month_text
from lifecourse import months_in_training
from population_names import AUTHORS, REASONS
from rates import AMOUNTS, EU_COUNTRIES, FIRST_LEDGER_MONTH, RATES
from render import entry_text

_SCHEDULE = tuple((y * 12 + m - 1, (a, a, b, c)) for y, m, a, b, c in AMOUNTS)
_RANKED_UNTIL = 2022 * 12 + 11


def amount(month, rank):
    """Cents per month of the child with this rank (1 = eldest)."""
    cents = 0
    for start, by_rank in _SCHEDULE:
        if month < start:
            break
        cents = by_rank[min(rank, 4) - 1]
    return cents


def _merge(spans, bridge):
    out = []
    for first, last in sorted(spans):
        if out and first <= out[-1][1] + 1 + bridge:
            out[-1][1] = max(out[-1][1], last)
        else:
            out.append([first, last])
    return out


class Case:
    """One child of one recipient."""
    __slots__ = ("child", "recipient", "others", "spans", "begin", "status", "disabled", "planted", "own_flat", "number", "_findings", "_statements")

    def __init__(self, child, recipient, others):
        self.child, self.recipient, self.others = child, recipient, others
        self.spans = []
        self.begin = 0
        self.status = "awarded"      # awarded, applied, nothing
        self.disabled = self.planted = False
        self.own_flat = 0            # day on which an adult child moved into a flat of its own
        self.number = "KG-%010d" % child.serial
        self._findings = self._statements = 0

    def finding(self, chunk, unit, key, fact, value, start, end, reason):
        self._findings += 1
        chunk.counts["findings"] += 1
        rng = chunk.rng
        recorded = min(chunk.now - 1, max(start, first_day(FIRST_LEDGER_MONTH)) + 10 + int(rng.random() * 60))
        chunk.lines.append(
            '{"kind":"finding","case":"%s","finding":"FE-%09d-%02d","unit":"%s","key":[%s],"fact":"%s","value":%s,"from":"%s"%s,'
            '"author":"%s","reason":"%s","recorded_on":"%s"}\n' % (
                self.number, self.child.serial, self._findings, unit, ",".join('"%s"' % k for k in key), fact, value, ISO[start - BASE],
                ',"to":"%s"' % ISO[end - BASE] if end else "", AUTHORS[int(rng.random() * len(AUTHORS))], REASONS[reason], ISO[recorded - BASE]))

    def statement(self, chunk, unit, key, facts, start, end):
        self._statements += 1
        chunk.counts["statements"] += 1
        received = min(chunk.now - 1, max(start, first_day(FIRST_LEDGER_MONTH)) + 5 + int(chunk.rng.random() * 50))
        chunk.lines.append('{"kind":"statement","case":"%s","statement":"ST-%09d-%02d","unit":"%s","key":[%s],"facts":{%s}%s%s,"received":"%s"}\n' % (
            self.number, self.child.serial, self._statements, unit, ",".join('"%s"' % k for k in key), facts,
            ',"from":"%s"' % ISO[start - BASE] if start else "", ',"to":"%s"' % ISO[end - BASE] if end else "", ISO[received - BASE]))


def write_family(chunk, f):
    """Appends the case file lines and feed events of a family to the chunk."""
    cases = []
    for child in f.children:
        if f.foster_parents:
            recipient, others = f.foster_parents[0], [f.foster_parents[1]] + [p for _, p in child.parents]
        else:
            recipient, others = f.recipient, [p for p in (f.other, f.step) if p and related(f, child, p)]
        case = Case(child, recipient, others)
        case.disabled = chunk.rng.random() < RATES["child_disabled"]
        if case.disabled:
            chunk.social.impair(child, (50, 60, 80, 100)[child.serial % 4], child.birth + child.serial % 6000)
        if len(child.stays) > 1 and chunk.now - child.birth > 6600 and child.stays[-1][0] not in (None, f.dwelling):
            case.own_flat = child.stays[-1][1] if child.stays[-1][1] >= birthday(child.birth, 18) else 0
        grant(chunk, f, case)
        cases.append(case)
    for case in cases:
        ranges = ledger(chunk, case, cases)
        paid = write_money(chunk, case, ranges)
        if paid:
            chunk.social.awards[case.child.serial] = (case.recipient, paid)
        write_pairs(chunk, f, case)
        write_child(chunk, case)
        if case is cases[0]:
            write_titles(chunk, f, case)
        write_event(chunk, f, case)


def related(f, child, p):
    """True for the other legal parent, and for a step parent of the household."""
    if p is f.step:
        return True
    return child not in f.joint_children and any(parent is p for _, parent in child.parents)


def grant(chunk, f, case):
    """Months that the authority granted, before anything was planted."""
    child, as_of, rng = case.child, chunk.as_of, chunk.rng
    start = max(child.birth, child.arrival, case.recipient.arrival, f.split if f.foster_parents else 0)
    case.begin = month_of(start)
    spans = [(case.begin, last_month_before(child.birth, 18))]
    if case.disabled:
        spans.append((case.begin, as_of))
    elif child.course:
        spans += [s for s in months_in_training(child.course, child.birth, as_of) if s[1] >= case.begin]
    limit = min(last_month_before(child.birth, 25), as_of)
    if child.death:
        limit = min(limit, month_of(child.death))
    elif child.gone_abroad and not moved_within_eu(child):
        limit = min(limit, month_of(child.gone_abroad))
    for day in (case.recipient.death, case.recipient.gone_abroad):
        if day:
            limit = min(limit, month_of(day))
    spans = [(max(a, case.begin), min(b, limit)) for a, b in spans]
    case.spans = _merge([s for s in spans if s[0] <= s[1]], 0)
    plant(chunk, case, limit)
    recent = as_of - case.begin
    u = rng.random()
    if recent <= 0:
        case.status = "applied" if u < RATES["newborn_applied"] else "nothing"
    elif recent <= 3:
        case.status = "awarded" if u < RATES["recent_birth_awarded"] else (
            "applied" if u < RATES["recent_birth_awarded"] + RATES["recent_birth_applied"] else "nothing")
    elif u < RATES["no_award_late_application"]:
        case.status = "applied"


def moved_within_eu(child):
    return child.moves and child.moves[-1][2] in EU_COUNTRIES


def plant(chunk, case, limit):
    """Awards that run on although they should have ended, and the reverse. `limit`: last month before an event ended the award."""
    if not case.spans:
        return
    child, as_of, rng = case.child, chunk.as_of, chunk.rng
    last = case.spans[-1][1]
    if last >= as_of:
        adult = last_month_before(child.birth, 18)
        if adult < as_of and not case.disabled and rng.random() < RATES["award_ended_though_in_training"]:
            case.spans = [[a, min(b, adult)] for a, b in case.spans if a <= adult]
        return
    if any(day and limit == month_of(day) for day in (child.death, child.gone_abroad, case.recipient.death, case.recipient.gone_abroad)):
        run_on = as_of - last <= 18 and rng.random() < RATES["award_not_ended_after_event"]
    else:
        run_on = as_of - last <= 24 and rng.random() < RATES["award_not_ended_after_18"]
    if run_on:
        case.spans[-1][1] = as_of
        case.planted = True
        chunk.counts["planted_not_ended"] += 1


def ledger(chunk, case, cases):
    """History of amounts [(first, last, cents)] with last = as_of for what still runs; ranks count elder children with award."""
    if case.status != "awarded":
        return []
    elders = []
    for other in cases:
        if other is case:
            break
        if other.recipient is case.recipient and other.status == "awarded":
            elders.append(other.spans)
    out = []
    for first, last in case.spans:
        first = max(first, FIRST_LEDGER_MONTH)
        if first > last:
            continue
        edges = {first}
        edges.update(m for m, _ in _SCHEDULE if first < m <= last)
        if len(elders) >= 2:
            for spans in elders:
                edges.update(m for a, b in spans for m in (a, b + 1) if first < m <= min(last, _RANKED_UNTIL))
        edges = sorted(edges)
        for i, start in enumerate(edges):
            end = edges[i + 1] - 1 if i + 1 < len(edges) else last
            rank = 1 + sum(1 for spans in elders if any(a <= start <= b for a, b in spans))
            cents = amount(start, rank)
            if out and out[-1][2] == cents and out[-1][1] + 1 == start:
                out[-1] = (out[-1][0], end, cents)
            else:
                out.append((start, end, cents))
    if out and out[-1][1] >= chunk.as_of and chunk.rng.random() < RATES["award_wrong_amount"]:
        start, end, cents = out[-1]
        out[-1] = (start, end, amount(start - 1, 1) if amount(start - 1, 1) != cents else cents - 400)
        chunk.counts["planted_wrong_amount"] += 1
    return out


def write_money(chunk, case, ranges):
    """Application, award and payments; returns the ranges of the award, none without one."""
    rng, as_of, now, child, recipient = chunk.rng, chunk.as_of, chunk.now, case.child, case.recipient
    counts = chunk.counts
    serial = child.serial
    if case.status == "nothing":
        counts["born_without_award"] += 1
        return ()
    start = max(child.birth, child.arrival, recipient.arrival, first_day(case.begin))
    if case.status == "applied":
        received = max(start, now - int(rng.random() * 18))
        received = min(received, now - 1) if start < now else now
    else:
        received = min(start + 12 + int(rng.random() * (110 if rng.random() < 0.97 else 500)), now - 40 if start < now - 60 else now - 1)
    application = "AN-%010d" % serial
    if case.status == "applied" or rng.random() >= RATES["application_record_lost"]:
        counts["applications"] += 1
        stated = '"Haushaltsaufnahme":true'
        if case.others and rng.random() >= RATES["designation_missing"]:
            stated += ',"Bestimmung":true'
        chunk.lines.append('{"kind":"application","case":"%s","application":"%s","benefit":"Kindergeld","applicant":"%s","child":"%s",'
                           '"received":"%s","requested_from":"%s","stated":{%s}}\n' % (
                               case.number, application, recipient.idnr, child.idnr, ISO[received - BASE], month_text(case.begin), stated))
    else:
        application = None
    if case.status != "awarded" or not ranges:
        return ()
    if received >= first_day(2018 * 12):      # payment reaches back six months only; the ledger shows what was paid
        reach = month_of(received) - 6
        ranges = [(max(a, reach), b, c) for a, b, c in ranges if b >= reach]
        if not ranges:
            return ()
    history = []
    for i, (first, last, cents) in enumerate(ranges):
        new = i == 0 or ranges[i - 1][1] + 1 != first
        notice = min(now - 1, max(received, first_day(first)) + 15 + serial % 40) if new else 0
        history.append('{"from":"%s"%s,"amount_cents":%d%s%s}' % (
            month_text(first), ',"to":"%s"' % month_text(last) if last < as_of else "", cents,
            ',"notice":"%s"' % ISO[notice - BASE] if new else "", ',"final":true' if new and notice < now - 40 else ""))
    counts["awards"] += 1
    running = ranges[-1][1] >= as_of
    counts["running_awards"] += 1 if running else 0
    chunk.lines.append('{"kind":"award","case":"%s","award":"AW-%010d"%s,"benefit":"Kindergeld","recipient":"%s","child":"%s",'
                       '"from":"%s",%s"history":[%s]}\n' % (
        case.number, serial, ',"application":"%s"' % application if application else "", recipient.idnr, child.idnr, month_text(case.begin),
        "" if running else '"to":"%s",' % month_text(ranges[-1][1]), ",".join(history)))
    january = as_of - as_of % 12
    account = ids.iban(recipient.serial)
    for first, last, cents in ranges:
        first, last = max(first, january), min(last, as_of - 1)
        if first <= last:
            counts["payments"] += 1
            chunk.lines.append('{"kind":"payment","case":"%s","award":"AW-%010d","from":"%s","to":"%s","amount_cents":%d,"iban":"%s"}\n' % (
                case.number, serial, month_text(first), month_text(last), cents, account))
    return ranges


def write_pairs(chunk, f, case):
    """Findings and statements about (possible recipient, child): household, designation, kind of relation."""
    if case.status == "nothing":
        return
    rng, child, recipient = chunk.rng, case.child, case.recipient
    start = max(child.birth, child.arrival)
    if f.foster_parents:
        write_foster_pairs(chunk, f, case)
        return
    changed = 0
    if f.split and f.other in case.others and not f.other.death and rng.random() < RATES["household_change_after_separation"]:
        begin = max(start, f.split) + 60
        if begin < min(chunk.now - 10, birthday(child.birth, 18)) and not child.death and not child.gone_abroad:
            changed = begin + int(rng.random() * (min(chunk.now - 10, birthday(child.birth, 18)) - begin))
            if rng.random() < 0.6 and child.stays[-1][1] < changed and f.other.stays[-1][1] <= changed and not case.own_flat:
                chunk.move(child, f.other.stays[-1][0], changed)
    left = case.own_flat if case.own_flat and rng.random() < 0.5 else 0
    household(chunk, case, recipient, spans_of(start, 0, changed or left))
    for other in case.others:
        if other is f.step and child not in f.joint_children:
            together = max(start, f.step.stays[-1][1], f.split + 300)
            if together < chunk.now:
                household(chunk, case, other, [(together, 0, True)])
                case.statement(chunk, "Kindschaft", (other.idnr, child.idnr), '"Art":"Kind_des_Ehegatten","Bestimmung":false', 0, 0)
            continue
        if other is f.other and f.split:
            spans = spans_of(start, 0, f.split) if f.split > start else [(start, 0, False)]
            if changed:
                head = [s for s in spans if s[2]]
                spans = head + [(max(f.split, start), changed - 1, False), (changed, 0, True)]
        else:
            spans = spans_of(start, 0, other.death + 1 if other.death else left)
        household(chunk, case, other, spans)
        if rng.random() >= RATES["designation_missing"]:
            case.statement(chunk, "Kindschaft", (other.idnr, child.idnr), '"Bestimmung":false', 0, 0)
    if left and rng.random() < 0.7:
        for person, money in [(recipient, "350.00")] + [(p, "150.00") for p in case.others if p is f.other and not p.death]:
            case.statement(chunk, "Kindschaft", (person.idnr, child.idnr), '"Unterhaltsrente":"%s"' % money, left, 0)


def spans_of(start, end, change):
    """A finding that is true from `start`, and false from `change` on (0: no change)."""
    if not change or change <= start:
        return [(start, end, not change)]
    return [(start, change - 1, True), (change, end, False)]


def household(chunk, case, person, spans):
    """Findings on Haushaltsaufnahme, unless missing; sometimes contradicted."""
    rng = chunk.rng
    if rng.random() < RATES["finding_household_missing"]:
        return
    key = (person.idnr, case.child.idnr)
    for start, end, value in spans:
        case.finding(chunk, "Kindschaft", key, "Haushaltsaufnahme", "true" if value else "false", start, end, "household" if value else "no_household")
    if rng.random() < RATES["finding_contradicts"]:
        start, end, value = spans[-1]
        chunk.counts["planted_contradiction"] += 1
        late = min(start + 200, chunk.now - 5) if start + 5 < chunk.now else start
        case.finding(chunk, "Kindschaft", key, "Haushaltsaufnahme", "false" if value else "true", late, end, "visit")


def write_foster_pairs(chunk, f, case):
    child = case.child
    since = f.split
    for i, person in enumerate(f.foster_parents):
        key = (person.idnr, child.idnr)
        household(chunk, case, person, [(since, 0, True)])
        case.finding(chunk, "Kindschaft", key, "Pflegekindschaft", "true", since, 0, "foster")
        case.statement(chunk, "Kindschaft", key, '"Art":"Pflegekind","Bestimmung":%s' % ("true" if i == 0 else "false"), 0, 0)
    for _, parent in child.parents:
        household(chunk, case, parent, spans_of(max(child.birth, child.arrival), 0, since))


def write_child(chunk, case):
    """What is known about the child itself: other benefits, the questionnaire from 18, recognised training, disability."""
    if case.status == "nothing":
        return
    rng, child, now = chunk.rng, case.child, chunk.now
    key = (child.idnr,)
    start = max(child.birth, child.arrival)
    if rng.random() >= RATES["statement_other_benefit_missing"]:
        case.statement(chunk, "Person", key, '"Andere_Leistung":false', start, 0)
    adult = birthday(child.birth, 18)
    if adult > now:
        return
    if case.disabled:
        case.statement(chunk, "Person", key, '"Behinderung":true,"Behinderung_eingetreten":"%s"' % ISO[child.birth + child.serial % 6000 - BASE], adult, 0)
        if rng.random() < 0.8:
            case.finding(chunk, "Person", key, "Außerstande_sich_zu_unterhalten", "true", adult, 0, "disability")
    if rng.random() >= RATES["adult_questionnaire_missing"]:
        facts = '"Sonstige_Ausbildung":false,"Wehrdienst":false'
        case.statement(chunk, "Person", key, facts if case.disabled else facts + ',"Behinderung":false', adult, 0)
        day = adult
        for _, begin, end in (child.course.services if child.course else ()):
            if end and end < adult:
                continue
            if begin > day:
                case.statement(chunk, "Person", key, '"Freiwilligendienst":false', day, begin - 1)
            case.statement(chunk, "Person", key, '"Freiwilligendienst":true', max(begin, adult), end)
            day = end + 1 if end else 0
        if day:
            case.statement(chunk, "Person", key, '"Freiwilligendienst":false', day, 0)
    for begin, end, kind in (child.course.phases if child.course else ()):
        if kind in ("school", "study") and (not end or end >= adult) and rng.random() >= RATES["finding_training_missing"]:
            value = "false" if kind == "study" and rng.random() < 0.02 else "true"
            case.finding(chunk, "Person", key, "Ausbildung_anerkannt", value, max(begin, adult), end, "training")
    for begin, end in (child.course.places if child.course else ()):
        if (not end or end >= adult) and rng.random() >= RATES["finding_place_missing"]:
            case.finding(chunk, "Person", key, "Ausbildungsplatz_fehlt", "true", max(begin, adult), end, "place")


def write_titles(chunk, f, case):
    """Findings on freedom of movement or residence title of foreign parents, once per family, under the first case."""
    if not f.origin or case.status == "nothing":
        return
    fact = "Freizügigkeit_geprüft" if f.origin in EU_COUNTRIES else "Aufenthaltstitel_genügt"
    for person in [f.recipient] + ([f.other] if f.other else []) + ([f.step] if f.step else []):
        if person.nations[0] == "DE" or chunk.rng.random() < RATES["finding_title_missing"]:
            continue
        value = "true" if chunk.rng.random() < 0.94 else "false"
        case.finding(chunk, "Person", (person.idnr,), fact, value, person.arrival, 0, "title")


def write_event(chunk, f, case):
    """Births of the last three months enter the feed, with the flaws that feeds have."""
    child, rng, now = case.child, chunk.rng, chunk.now
    if month_of(child.birth) < chunk.as_of - 3 or child.origin or f.blocked:
        return
    if month_of(child.birth) == chunk.as_of:
        chunk.counts["newborn_this_month"] += 1
    recorded = min(now, child.birth + 1 + int(rng.random() * 6))
    if rng.random() < RATES["birth_event_late"]:
        recorded = min(now, child.birth + 40 + int(rng.random() * 40))
    number = "" if rng.random() < RATES["newborn_without_idnr"] else '"child_idnr":"%s",' % child.idnr
    name = "E-%d-%010d" % (month_of(child.birth) // 12, child.serial)
    body = '"recorded_on":"%s",%s%s}' % (ISO[recorded - BASE], number, entry_text(child, False))
    event = '{"event_id":"%s","event":"birth",%s' % (name, body)
    order = recorded - (3 if rng.random() < RATES["birth_event_out_of_order"] else 0)
    chunk.events.append((order, name, 0, event))
    u = rng.random()
    if u < RATES["birth_event_duplicated"]:
        chunk.events.append((order + 1, name, 1, event))
    elif u < RATES["birth_event_duplicated"] + RATES["birth_event_corrected"]:
        later = min(now, recorded + 3)
        chunk.events.append((later, name + "-K", 2, '{"event_id":"%s-K","event":"correction","replaces":"%s",%s' % (name, name, body)))
    elif u < RATES["birth_event_duplicated"] + RATES["birth_event_corrected"] + RATES["birth_event_cancelled"]:
        later = min(now, recorded + 2)
        chunk.events.append((later, name + "-S", 2, '{"event_id":"%s-S","event":"cancellation","recorded_on":"%s","replaces":"%s"}' % (
            name, ISO[later - BASE], name)))
