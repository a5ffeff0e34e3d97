"""What every program of this folder needs besides its law: months and days, cells of a case document, rounding, and the counting of branches.

Owns no law. A case is a dictionary {"month": "YYYY-MM", "units": {unit: [row, …]}}; rows are those of a case document (docs/formats/case.md). Amounts are whole cents or
fractions.Fraction of cents, never binary floating point.
"""
import collections
import datetime
import fractions
import functools

COUNTS = collections.Counter()


def kind(value):
    """The kind of a result for --counts: a truth value, a name, nothing, or the sign of a number."""
    if isinstance(value, tuple):
        return ", ".join(kind(v) for v in value)
    if isinstance(value, datetime.date):
        return "a day"
    if value is None or isinstance(value, (bool, str)):
        return str(value)
    return "negative" if value < 0 else "zero" if value == 0 else "positive"


def counted(function):
    """Counts the kinds of results of a function that defines something in a law."""
    @functools.wraps(function)
    def counting(*arguments, **named):
        value = function(*arguments, **named)
        COUNTS[function.__module__ + "." + function.__name__, kind(value)] += 1
        return value
    return counting


def note(name, what):
    """Counts a branch that the kind of a result does not show (a cap that bit, a minimum)."""
    COUNTS[name, what] += 1


def half_up(value):
    """Commercial rounding of a fraction to a whole number; halves away from zero."""
    value = fractions.Fraction(value)
    whole = (2 * abs(value).numerator + value.denominator) // (2 * value.denominator)
    return whole if value >= 0 else -whole


def cents(text):
    """Cents of an amount as the case document writes it ("12.50", "-3", "7.5")."""
    value = fractions.Fraction(text) * 100
    if value.denominator != 1:
        raise ValueError("%s has fractions of a cent" % text)
    return int(value)


def euros(amount):
    """An amount of whole cents as the case document writes it."""
    return "%s%d.%02d" % ("-" if amount < 0 else "", abs(amount) // 100, abs(amount) % 100)


def first_of(month):
    return datetime.date(int(month[:4]), int(month[5:7]), 1)


def last_of(month):
    return plus_months(first_of(month), 1) - datetime.timedelta(days=1)


def days_of(month):
    """Every day of the month, in order."""
    first = first_of(month)
    return [first + datetime.timedelta(days=n) for n in range((last_of(month) - first).days + 1)]


def plus_months(day, months):
    """The day with the same number so many months later (or earlier); the last of the month where the number is missing (§ 188 Abs. 3 BGB)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    for number in range(day.day, 0, -1):
        try:
            return datetime.date(year, month + 1, number)
        except ValueError:
            continue
    raise AssertionError


def month_of(day):
    return "%04d-%02d" % (day.year, day.month)


def birthday(born, years, months=0):
    """First day on which so many years and months of life are completed: a life year ends with the day before the birthday (§ 187 Abs. 2 Satz 2, § 188 Abs. 2 BGB).

    Completed is it with the end of the day before, so the state "completed" holds from this day on. Born on 29 February: completed with the end of 28 February
    in every year, so from 1 March (§ 188 Abs. 2 second half: the day before the one that has the number of the first day).
    """
    last = plus_months(born, 12 * years + months)
    if last.day != born.day:  # the number is missing in that month: the period ends with its last day (§ 188 Abs. 3 BGB)
        return last + datetime.timedelta(days=1)
    return last


def day(text):
    return None if text is None else datetime.date.fromisoformat(text)


def always(value):
    """A fact that has one value at all times."""
    return [{"value": value}]


def steps(*pairs):
    """A fact over time from (first day or None, value) pairs in order; each value lasts until the next begins."""
    parts = []
    for n, (first, value) in enumerate(pairs):
        part = {"value": value}
        if first is not None:
            part["from"] = first.isoformat()
        if n + 1 < len(pairs):
            part["to"] = (pairs[n + 1][0] - datetime.timedelta(days=1)).isoformat()
        parts.append(part)
    return parts


def at(cell, on):
    """The value of a fact over time on a day."""
    for part in cell:
        if part.get("from", "0001-01-01") <= on.isoformat() <= part.get("to", "9999-12-31"):
            return part["value"]
    raise KeyError("no value on %s" % on)


def by_id(units, unit):
    return {row["id"]: row for row in units.get(unit, ())}
