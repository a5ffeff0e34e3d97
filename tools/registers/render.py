"""Register records as JSON text, exactly in the shapes of docs/registers.md.

Text is put together directly: names, codes and ids of the synthetic population contain neither quotes nor control characters
(asserted by the tests, which parse every record). Absent entries are left out; there is no null.
"""
import ids
from calendar_table import BASE, ISO, birthday, month_of
from lifecourse import COVERAGE
from rates import COVERAGE_FROM, RATES, TOWNS

_TOWN = tuple('"country":"DE","municipality_key":"%s","postcode":"%s","town":"%s"' % t[:3] for t in TOWNS)


def _span(start, end):
    """`,"from":…,"to":…` with absent ends left out."""
    text = ',"from":"%s"' % ISO[start - BASE] if start else ""
    return text + ',"to":"%s"' % ISO[end - BASE] if end else text


def _birth_date(p, quality):
    if "no_birth_date" in quality:
        return ""
    if "partial" in quality:
        month = month_of(p.birth)
        if p.serial % 3 == 0:
            return '"birth_date":{"year":%d,"month":%d},' % (month // 12, month % 12 + 1)
        return '"birth_date":{"year":%d},' % (month // 12)
    shift = 1 + p.serial % 9 if "other_birth_date" in quality else 0
    return '"birth_date":"%s",' % ISO[p.birth - shift - BASE]


def _addresses(p, now, quality):
    out = []
    last = len(p.stays) - 1
    for i, stay in enumerate(p.stays):
        start, end = stay[1], stay[2]
        if end and end < start:
            continue
        if stay[0] is None:
            out.append('{"kind":"abroad","country":"%s"%s}' % (stay[3], _span(start, end)))
            continue
        if "gap" in quality and i == last and last > 0 and start + 90 < (end or now):
            start += 90
        if "no_start" in quality and i == 0:
            start = 0
        if "two_main" in quality and i == last - 1 and last > 0 and p.stays[last][0] is not None:
            end = 0
        out.append('{"kind":"main","address_id":"%s",%s%s}' % (stay[0][0], _TOWN[stay[0][1]], _span(start, end)))
    return ",".join(out)


def residents_record(p, now, quality):
    nations = "" if "no_nation" in quality else ",".join('"%s"' % n for n in p.nations)
    parts = ['{"family_name":"%s","given_names":["%s"],%s' % (p.family, p.given, _birth_date(p, quality))]
    if p.death:
        parts.append('"death_date":"%s",' % ISO[p.death - BASE])
    parts.append('"sex":"%s","nationalities":[%s],"addresses":[%s],"moves":[' % (p.sex, nations, _addresses(p, now, quality)))
    parts.append(",".join('{"date":"%s","kind":"%s"%s}' % (ISO[d - BASE], k, ',"country":"%s"' % c if c else "") for d, k, c in p.moves))
    parts.append('],"marriages":[')
    parts.append(",".join('{"spouse_idnr":"%s"%s}' % (n, _span(s, e)) for n, s, e in p.marriages))
    parts.append("]")
    if p.parents is not None and now < birthday(p.birth, 18):
        listed = ",".join('{"idnr":"%s"}' % parent.idnr for _, parent in p.parents if p.idnr in parent.minors or p.death)
        parts.append(',"legal_parents":[%s]' % listed)
    if now >= p.birth + 6575:
        parts.append(',"minor_children":[%s]' % ",".join('{"idnr":"%s"}' % c for c in p.minors))
    parts.append("}")
    return "".join(parts)


def parents_text(p, unknown):
    """`parents` array; `unknown` leaves out the number of the last parent."""
    out = []
    for i, (relation, parent) in enumerate(p.parents):
        if unknown and i == len(p.parents) - 1 and i > 0:
            out.append('{"relation":"%s"}' % relation)
        else:
            out.append('{"relation":"%s","idnr":"%s"}' % (relation, parent.idnr))
    return "[%s]" % ",".join(out)


def entry_text(p, unknown):
    """Fields of a birth entry that the record and the event share."""
    return '"birth_date":"%s","sex":"%s","registration_number":"G %06d/%d","parents":%s' % (
        ISO[p.birth - BASE], p.sex, p.serial % 1000000, month_of(p.birth) // 12, parents_text(p, unknown))


def birth_record(p, rng):
    unknown = rng.random() < RATES["parent_without_idnr"]
    more = ',"multiple_birth":%d' % p.multiple if p.multiple else ""
    if rng.random() < RATES["birth_entry_corrected"] and p.birth < COVERAGE + 3600:      # corrections lie in the past
        more += ',"corrected_on":"%s"' % ISO[p.birth + 400 - BASE]
    return '{%s,"registry_office":"Standesamt %s (synthetisch)","family_name":"%s","given_names":["%s"]%s}' % (
        entry_text(p, unknown), TOWNS[p.stays[0][0][1]][2], p.family, p.given, more)


def account_record(p, now, rng):
    """IdNr record, or None where the default (assigned, no account) holds."""
    u = rng.random()
    if u < RATES["idnr_withdrawn"]:
        return '{"idnr_assigned":false,"withdrawn_on":"%s"}' % ISO[now - int(rng.random() * 300) - BASE]
    if now < birthday(p.birth, 18) or u < RATES["idnr_withdrawn"] + RATES["account_missing"]:
        return None
    assigned = max(p.birth + 30, p.arrival + 20, 733255)      # 733255: 1 August 2008, the first assignment of numbers
    variant = 1 if u > 0.985 else 0                           # account changed recently
    since = now - 20 if variant else max(assigned, now - 2000)
    return '{"idnr_assigned":true,"assigned_on":"%s","iban":"%s","iban_from":"%s"}' % (
        ISO[min(assigned, now) - BASE], ids.iban(p.serial, variant), ISO[max(since, min(assigned, now)) - BASE])


def training_record(p):
    c = p.course
    contracts = ",".join('{"contract_id":"V-%09d-%d","occupation":"%s","from":"%s","to":"%s","state":"%s"}' % (
        p.serial, i, o, ISO[s - BASE], ISO[e - BASE], state) for i, (o, s, e, state) in enumerate(c.contracts))
    enrolments = ",".join('{"kind":"%s","institution":"%s"%s}' % (k, n, _span(s, e)) for k, n, s, e in c.enrolments)
    degrees = ",".join('{"kind":"%s","date":"%s"}' % (k, ISO[d - BASE]) for k, d in c.degrees)
    return '{"coverage_from":"%s","contracts":[%s],"enrolments":[%s],"degrees":[%s]}' % (COVERAGE_FROM, contracts, enrolments, degrees)


def employment_record(p, rng):
    periods, seeking, places, services = [], "", "", ""
    if p.job:
        periods.append(("employment", p.job[0], 0, p.job[1], p.job[2]))
    if p.course:
        c = p.course
        periods += c.periods
        seeking = ",".join("{%s}" % _span(s, e)[1:] for s, e in c.seeking)
        places = ",".join("{%s}" % _span(s, e)[1:] for s, e in c.places)
        services = ",".join('{"kind":"%s"%s}' % (k, _span(s, e)) for k, s, e in c.services)
    out = []
    for kind, start, end, hours, minor in periods:
        reported = ',"weekly_hours":"%s"' % hours if rng.random() >= RATES["weekly_hours_missing"] else ""
        out.append('{"kind":"%s"%s%s,"minor":%s}' % (kind, _span(start, end), reported, "true" if minor else "false"))
    return '{"coverage_from":"%s","periods":[%s],"job_seeking":[%s],"training_place_seeking":[%s],"voluntary_service":[%s]}' % (
        COVERAGE_FROM, ",".join(out), seeking, places, services)
