"""The three laws as NumPy float64, the way an analyst writes them: whole columns, amounts in euros. Covers exactly the rows of the column program."""
import numpy as np

from common import law, read, report, timed


def cents(x):
    return np.floor(x * 100 + 0.5) / 100


def arrays(folder, name, money):
    return {k: np.array(v, dtype=np.float64) / (100 if k in money else 1) for k, v in read(folder, name).items()}


def child(t, p):
    rate = p["child_benefit"] / 100
    return np.where((t["designated"] == 1) & (t["birth"] <= p["last"]), rate, 0.0)


def member_sums(m, key_year, first):
    pos = lambda x: np.maximum(x, 0.0)
    gross = (pos(m["trade"]) + pos(m["self"]) + pos(m["wage"] - np.maximum(m["wage_costs"], 1230)) + pos(m["other"] - np.maximum(m["other_costs"], 102))
             + pos(m["pension"] - np.maximum(m["pension_costs"], 102)) + pos(m["capital"] - 1000) + pos(np.minimum(m["capital"], 1000) - 100) + m["whole"])
    insured = lambda due, free: (due == 1) | ((due > 1) & (free == 0))
    tenths = m["taxes"] + insured(m["health"], m["health_free"]) + insured(m["due"], m["due_free"])
    free = np.where((m["severe"] >= 100) | ((m["severe"] >= 50) & (m["cared"] == 1)), 1800.0, 0.0) + 750 * m["victim"]
    free += np.where((m["child"] == 1) & (m["twenty_five"] > first), np.minimum(m["earnings"], 1200), 0.0)
    cap = np.where(key_year >= 2024, 563.0, 502.0) * 6
    free += np.where(m["basic_months"] >= 396, np.minimum(np.minimum(m["old_age"], 1200) + cents(pos(m["old_age"] - 1200) * 0.3), cap), 0.0)
    return gross - cents(gross * tenths / 10), free


def house(h, m, p):
    at, n = m["house"].astype(np.int64), len(h["size"])
    total = lambda x: np.bincount(at, weights=x, minlength=n)
    income, free = member_sums(m, h["key_year"][at], p["first"])
    size = h["size"].astype(np.int64) - 1
    field = lambda name, scale: np.array([s[name] for s in p["sizes"]], dtype=np.float64)[size] / scale
    child_here = total((m["child"] == 1) & (m["benefit"] == 1) & (m["eighteen"] > p["first"])) > 0
    alone = np.where((h["alone"] == 1) & (total(m["child"] == 0) == 1) & child_here, 1320.0, 0.0)
    y = cents(np.maximum(total(income) - total(free) - alone - h["support"], 0) / 12)
    more = h["people"] - 2
    flat = (h["heating"] * cents(h["area"] * 1.25) + h["water"] * np.where(h["people"] <= 1, 9, 17 + 3 * more) + h["energy"] * np.where(h["people"] <= 1, 41, 74 + 15 * more)
            + 36 * h["garage"] + 25 * h["parking"])
    most = np.array([s["most"] for s in p["sizes"]], dtype=np.float64)[size, h["level"].astype(np.int64)] / 100
    em = np.maximum(np.minimum(np.maximum(h["rent"] - h["stated"] - flat, 0), most) + field("heating", 100), field("least_m", 100))
    ey = np.maximum(y, field("least_y", 100))
    amount = np.floor(np.maximum(1.15 * (em - (field("a", 1e8) + field("b", 1e8) * em + field("c", 1e8) * ey) * ey), 0) + 0.5)
    inside = (p["month"] >= h["begin"]) & (p["month"] < h["begin"] + h["length"])
    return np.where(inside & (amount >= 10), amount, 0.0)


def case(t, p):
    first, last, pos = p["first"], p["last"], lambda x: np.maximum(x, 0.0)
    step = lambda name: np.where(last >= t[name + "_day"], t[name + "_after"], t[name + "_before"])
    less = np.where((t["deducted"] == 1) & (t["birth"] <= last), p["child_benefit"] / 100, 0.0)
    rate = [n / 100 - less for n in p["need"]]
    ok = [(t["met"] == 1) & ((t["compared"] < r) | (t["irregular"] == 1)) for r in rate]
    ok[2] &= t["older"] == 1
    stage = np.where(first < t["six"], ok[0], np.where(first < t["twelve"], ok[1], ok[2]))
    back = t["asked_month"] - p["month"]
    whole = (back < 0) | ((back == 0) & stage & (first >= t["birth"]) & (first < t["eighteen"])) | ((back <= 1) & (t["efforts"] == 1))
    start = np.maximum(np.where(whole, first, np.where(back == 0, t["asked"], last + 1)), t["birth"])
    edges = [t["birth"], t["six"], t["twelve"], t["eighteen"]]
    days = [np.where(ok[k], pos(np.minimum(last + 1, edges[k + 1]) - np.maximum(start, edges[k])), 0.0) for k in range(3)]
    share = np.ceil(sum(r * d for r, d in zip(rate, days)) / (last - first + 1) * 100) / 100
    free = p["free_wage"] / 100
    labour = np.where(step("wage") > free, pos(step("wage") - free - np.where(step("trainee") == 1, 100.0, 0.0)), 0.0)
    own = np.where(step("school") == 1, np.floor((labour + step("capital")) / 2 * 100) / 100, 0.0)
    counted = t["paid"] + t["orphan"]
    below = np.any([(d > 0) & (counted < r) for d, r in zip(days, rate)], axis=0)
    euros = np.ceil(share - counted - own)
    return np.where(below & (euros >= 5), euros, 0.0)


HOUSE_MONEY = {"rent", "stated", "area", "support"}
MEMBER_MONEY = {"trade", "self", "wage", "wage_costs", "other", "other_costs", "pension", "pension_costs", "capital", "whole", "earnings", "old_age"}
CASE_MONEY = {"paid", "orphan", "compared", "wage_before", "wage_after", "capital_before", "capital_after"}


def run(folder):
    p = law(folder)
    t, h, m, c = arrays(folder, "kindergeld.csv", ()), arrays(folder, "wohngeld.csv", HOUSE_MONEY), arrays(folder, "wohngeld-members.csv", MEMBER_MONEY), arrays(folder, "unterhaltsvorschuss.csv", CASE_MONEY)
    out = []
    for name, columns, work in (("Kindergeld", t, lambda: child(t, p)), ("Wohngeld", h, lambda: house(h, m, p)), ("Unterhaltsvorschuss", c, lambda: case(c, p))):
        euros, seconds = timed(work)
        out.append(report("NumPy", name, seconds, euros, columns["cents"], "float64"))
    return out
