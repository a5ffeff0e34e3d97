"""Calendar tables: days are proleptic ordinals (datetime.date.toordinal), months are year * 12 + month - 1.

Formatting millions of dates through datetime would dominate the generator; these tables cost 20 ms once.
"""
import datetime

FIRST_YEAR, LAST_YEAR = 1915, 2045
BASE = datetime.date(FIRST_YEAR, 1, 1).toordinal()
_END = datetime.date(LAST_YEAR, 12, 31).toordinal()

ISO = []             # ordinal - BASE -> "1990-03-01"
MONTH = []           # ordinal - BASE -> month number
DAY_OF_MONTH = []    # ordinal - BASE -> 1 … 31
FIRST_DAY = {}       # month -> ordinal of its first day

for _ordinal in range(BASE, _END + 1):
    _date = datetime.date.fromordinal(_ordinal)
    ISO.append(_date.isoformat())
    MONTH.append(_date.year * 12 + _date.month - 1)
    DAY_OF_MONTH.append(_date.day)
    if _date.day == 1:
        FIRST_DAY[MONTH[-1]] = _ordinal


def iso(ordinal):
    return ISO[ordinal - BASE]


def month_of(ordinal):
    return MONTH[ordinal - BASE]


def month_text(month):
    return "%04d-%02d" % (month // 12, month % 12 + 1)


def first_day(month):
    return FIRST_DAY[month]


def last_day(month):
    return FIRST_DAY[month + 1] - 1


def day(year, month, day_of_month):
    return FIRST_DAY[year * 12 + month - 1] + day_of_month - 1


def birthday(birth, age):
    """Ordinal of the day on which a person becomes `age`; 29 February counts as 1 March in other years, as in § 188 BGB the
    year of life is completed with the end of the day before."""
    month = MONTH[birth - BASE] + 12 * age
    return min(FIRST_DAY[month] + DAY_OF_MONTH[birth - BASE] - 1, FIRST_DAY[month + 1])


def last_month_before(birth, age):
    """Last month at whose beginning `age` years are not completed."""
    month = MONTH[birth - BASE] + 12 * age
    return month - 1 if DAY_OF_MONTH[birth - BASE] == 1 else month
