"""Life course of a young person from school to work: what the training and the employment register hold, and for which days the
synthetic Familienkasse would have regarded the person as being in training.

A course is drawn forward in time until the reference day or the 26th birthday. Facts follow each other as in life (school, then a
contract, a degree at its end, a job beside the studies), not as rules would like to see them: contracts break off, gaps of one to
twelve months occur, second trainings run beside 20 or 21 hours of work.
"""
from calendar_table import birthday, day, first_day, last_day, month_of
from rates import FIRST_LEDGER_MONTH, OCCUPATIONS, STUDENT_HOURS

COVERAGE = first_day(FIRST_LEDGER_MONTH)


class Course:
    """Register entries as tuples, and `phases`: (from, to or 0 = running, kind) with kind school, contract, study, service, seeking."""
    __slots__ = ("contracts", "enrolments", "degrees", "periods", "seeking", "places", "services", "phases", "completed", "harmful")

    def __init__(self):
        self.contracts, self.enrolments, self.degrees, self.periods = [], [], [], []
        self.seeking, self.places, self.services, self.phases = [], [], [], []
        self.completed = 0      # day on which the first vocational qualification was completed
        self.harmful = []       # (from, to) of a second training beside more than 20 hours of work


def cut(to, now):
    """End of a period for an open register entry: 0 when it lies after the reference day."""
    return 0 if to > now else to


def draw(rng, birth, now):
    """The course of a person of at least 15 years."""
    course = Course()
    academic = rng.random() < 0.45
    year = birth_year(birth) + (18 if academic else 16) + (1 if month_of(birth) % 12 >= 7 else 0)
    leave = day(year, 6, 30)
    course.enrolments.append(("school", "Synthetische Schule", day(year - (12 if academic else 10), 8, 15), cut(leave, now)))
    course.phases.append((day(year - 12, 8, 15), cut(leave, now), "school"))
    if leave >= now:
        return course
    course.degrees.append(("school_leaving", day(year, 6, 21)))
    end = min(now, birthday(birth, 26))
    t = leave + 1
    if rng.random() < 0.08:
        t = idle(rng, course, t, now)
    while t <= end:
        t = step(rng, course, t, now, academic)
    return course


def birth_year(birth):
    return month_of(birth) // 12


def step(rng, course, t, now, academic):
    """One phase beginning at or after day t; returns the day after it (beyond `now` when it is still running)."""
    u = rng.random()
    if course.completed:
        if u < 0.78:
            return work(rng, course, t, now)
        if u < 0.92:
            return study(rng, course, t, now)
        return vocational(rng, course, t, now) if u < 0.95 else idle(rng, course, t, now)
    if academic:
        if u < 0.56:
            return study(rng, course, t, now)
        if u < 0.80:
            return vocational(rng, course, t, now)
        if u < 0.92:
            return service(rng, course, t, now)
    else:
        if u < 0.72:
            return vocational(rng, course, t, now)
        if u < 0.82:
            return full_time_school(rng, course, t, now)
        if u < 0.88:
            return service(rng, course, t, now)
    return work(rng, course, t, now) if u > 0.96 else idle(rng, course, t, now)


def next_start(t, month):
    """First day of the given calendar month, not before t."""
    m = month_of(t)
    start = m - m % 12 + month - 1
    return first_day(start if first_day(start) >= t else start + 12)


def vocational(rng, course, t, now):
    start = next_start(t, 9 if rng.random() < 0.3 else 8)
    months = 42 if rng.random() < 0.3 else 36
    agreed = last_day(month_of(start) + months - 1)
    if start > now + 60:
        return start
    end, state = agreed, "completed"
    if rng.random() < 0.13:
        broken = last_day(month_of(start) + rng.randrange(2, 20))
        if broken <= now:
            end, state = broken, "terminated"
    if end > now:
        state = "active"
    course.contracts.append((OCCUPATIONS[int(rng.random() * len(OCCUPATIONS))], start, end, state))
    course.phases.append((start, end if state != "active" else 0, "contract"))
    if start <= now:
        course.periods.append(("training", start, cut(end, now), "40.0", False))
    if state == "completed":
        course.degrees.append(("vocational", end))
        course.completed = course.completed or end
    elif state == "terminated" and rng.random() < 0.6:
        return idle(rng, course, end + 1, now)
    return end + 1


def full_time_school(rng, course, t, now):
    start = next_start(t, 8)
    if start > now:
        return start
    end = last_day(month_of(start) + 23)
    course.enrolments.append(("vocational_school", "Synthetische Berufsfachschule", start, cut(end, now)))
    course.phases.append((start, cut(end, now), "study"))
    if end <= now and rng.random() < 0.5:
        course.degrees.append(("vocational", end))
        course.completed = course.completed or end
    return end + 1


def study(rng, course, t, now):
    start = next_start(t, 10)
    if start > now:
        return start
    master = any(kind == "bachelor" for kind, _ in course.degrees)
    end = last_day(month_of(start) + (24 if master else rng.choice((36, 42, 48))) - 1)
    dropped = rng.random() < 0.18
    if dropped:
        end = min(end, last_day(month_of(start) + rng.choice((6, 12, 18)) - 1))
    second = bool(course.completed)
    course.enrolments.append(("university", "Synthetische Hochschule", start, cut(end, now)))
    course.phases.append((start, cut(end, now), "study"))
    u = rng.random()
    if u < 0.30:
        course.periods.append(("employment", start + 31, cut(end, now), "9.0", True))
    elif u < 0.55:
        hours = STUDENT_HOURS[int(rng.random() * len(STUDENT_HOURS))]
        course.periods.append(("employment", start + 31, cut(end, now), hours, False))
        if second and float(hours) > 20:
            course.harmful.append((start + 31, cut(end, now)))
    if end <= now and not dropped:
        course.degrees.append(("master" if master else "bachelor", end))
        course.completed = course.completed or end
    return end + 1


def service(rng, course, t, now):
    start = next_start(t, 9)
    if start > now:
        return start
    end = last_day(month_of(start) + 11)
    course.services.append((rng.choice(("FSJ", "FOEJ", "BFD")), start, cut(end, now)))
    course.phases.append((start, cut(end, now), "service"))
    return end + 1


def work(rng, course, t, now):
    if t > now:
        return t
    end = now + 1 if rng.random() < 0.7 else last_day(month_of(t) + rng.randrange(6, 36))
    course.periods.append(("employment", t, cut(end, now), rng.choice(("40.0", "38.5", "30.0", "25.0")), False))
    return end + 1


def idle(rng, course, t, now):
    """Out of school and work for one to twelve months: registered as seeking work or a training place, or nowhere."""
    if t > now:
        return t
    end = last_day(month_of(t) + rng.randrange(0, 12))
    u = rng.random()
    if u < 0.40:
        course.seeking.append((t, cut(end, now)))
        course.phases.append((t, cut(end, now), "seeking"))
    elif u < 0.60:
        course.places.append((t, cut(end, now)))
    return end + 1


def months_in_training(course, birth, as_of):
    """Month ranges [(first, last)] after the 18th birthday that the authority has granted, last = as_of where it still runs."""
    spans = []
    limit21 = birthday(birth, 21)
    for start, end, kind in sorted(course.phases):
        end = end or first_day(as_of + 1)
        if kind == "seeking":
            end = min(end, limit21 - 1)
        if end < start or any(f <= start + 40 and (not t or t >= start) for f, t in course.harmful):
            continue
        first, last = month_of(start), min(month_of(end), as_of)
        if spans and first - spans[-1][1] - 1 <= 4:
            spans[-1] = (spans[-1][0], max(last, spans[-1][1]))
        elif first <= as_of:
            spans.append((first, last))
    return spans
