"""The three laws as decision graphs of gorules zen-engine: one expression node per law, evaluated row by row through the Python binding; members of a household are arrays that the expressions map and
sum. Numbers in it are decimal, not binary. Covers the rows of the column program for Kindergeld and Wohngeld (a share of them, its speed is per row); Unterhaltsvorschuss too."""
import json

import zen

import laws_numpy as plain
from common import law, read, report, timed

SHARE = 500  # rows of each law that are evaluated


def graph(expressions):
    nodes = [{"id": "in", "type": "inputNode", "name": "in", "position": {"x": 0, "y": 0}},
             {"id": "e", "type": "expressionNode", "name": "e", "position": {"x": 1, "y": 0}, "content": {"expressions": [{"id": str(i), "key": k, "value": v} for i, (k, v) in enumerate(expressions)]}},
             {"id": "out", "type": "outputNode", "name": "out", "position": {"x": 2, "y": 0}}]
    edges = [{"id": "1", "sourceId": "in", "targetId": "e", "type": "edge"}, {"id": "2", "sourceId": "e", "targetId": "out", "type": "edge"}]
    return zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))


CHILD = [("euros", "designated == 1 and birth <= last ? child_benefit : 0")]

# Inside map(), # is the member. Cents are made by floor(x * 100 + 0.5) / 100.
GROSS = ("max([#.trade, 0]) + max([#.self, 0]) + max([#.wage - max([#.wage_costs, 1230]), 0]) + max([#.other - max([#.other_costs, 102]), 0]) + max([#.pension - max([#.pension_costs, 102]), 0])"
         " + max([#.capital - 1000, 0]) + max([min([#.capital, 1000]) - 100, 0]) + #.whole")
TENTHS = "(#.taxes + (#.health == 1 or (#.health > 1 and #.health_free == 0) ? 1 : 0) + (#.due == 1 or (#.due > 1 and #.due_free == 0) ? 1 : 0))"
FREE = ("(#.severe >= 100 or (#.severe >= 50 and #.cared == 1) ? 1800 : 0) + 750 * #.victim + (#.child == 1 and #.twenty_five > first ? min([#.earnings, 1200]) : 0)"
        " + (#.basic_months >= 396 ? min([min([#.old_age, 1200]) + floor(max([#.old_age - 1200, 0]) * 30 + 0.5) / 100, (key_year >= 2024 ? 563 : 502) * 6]) : 0)")
HOUSE = [("gross", f"map(members, {GROSS})"), ("tenths", f"map(members, {TENTHS})"), ("income", "sum(map([0..size - 1], $.gross[#] - floor($.gross[#] * $.tenths[#] * 10 + 0.5) / 100))"), ("free", f"sum(map(members, {FREE}))"),
         ("adults", "count(members, #.child == 0)"), ("young", "some(members, #.child == 1 and #.benefit == 1 and #.eighteen > first)"), ("single", "alone == 1 and $.adults == 1 and $.young ? 1320 : 0"),
         ("y", "floor(max([$.income - $.free - $.single - support, 0]) / 12 * 100 + 0.5) / 100"),
         ("flat", "heating * (floor(area * 125 + 0.5) / 100) + water * (people <= 1 ? 9 : 17 + 3 * (people - 2)) + energy * (people <= 1 ? 41 : 74 + 15 * (people - 2)) + 36 * garage + 25 * parking"),
         ("em", "max([min([max([rent - stated - $.flat, 0]), most]) + warm, least_m])"), ("ey", "max([$.y, least_y])"),
         ("amount", "floor(max([1.15 * ($.em - (a + b * $.em + c * $.ey) * $.ey), 0]) + 0.5)"), ("euros", "month >= begin and month < begin + length and $.amount >= 10 ? $.amount : 0")]

CASE = [("school", "last >= school_day ? school_after : school_before"), ("trainee", "last >= trainee_day ? trainee_after : trainee_before"), ("wage", "last >= wage_day ? wage_after : wage_before"),
        ("capital", "last >= capital_day ? capital_after : capital_before"), ("less", "deducted == 1 and birth <= last ? child_benefit : 0"), ("r0", "need0 - $.less"), ("r1", "need1 - $.less"), ("r2", "need2 - $.less"),
        ("c0", "met == 1 and (compared < $.r0 or irregular == 1)"), ("c1", "met == 1 and (compared < $.r1 or irregular == 1)"), ("c2", "met == 1 and older == 1 and (compared < $.r2 or irregular == 1)"),
        ("stage", "first >= birth and first < eighteen and (first < six ? $.c0 : first < twelve ? $.c1 : $.c2)"), ("back", "asked_month - month"),
        ("whole", "$.back < 0 or ($.back == 0 and $.stage) or ($.back <= 1 and efforts == 1)"), ("start", "max([$.whole ? first : $.back == 0 ? asked : last + 1, birth])"),
        ("d0", "$.c0 ? max([min([last + 1, six]) - $.start, 0]) : 0"), ("d1", "$.c1 ? max([min([last + 1, twelve]) - max([$.start, six]), 0]) : 0"), ("d2", "$.c2 ? max([min([last + 1, eighteen]) - max([$.start, twelve]), 0]) : 0"),
        ("share", "ceil(($.r0 * $.d0 + $.r1 * $.d1 + $.r2 * $.d2) / (last - first + 1) * 100) / 100"), ("labour", "$.wage > free_wage ? max([$.wage - free_wage - ($.trainee == 1 ? 100 : 0), 0]) : 0"),
        ("own", "$.school == 1 ? floor(($.labour + $.capital) / 2 * 100) / 100 : 0"), ("counted", "paid + orphan"),
        ("below", "($.d0 > 0 and $.counted < $.r0) or ($.d1 > 0 and $.counted < $.r1) or ($.d2 > 0 and $.counted < $.r2)"), ("rest", "ceil($.share - $.counted - $.own)"), ("euros", "$.below and $.rest >= 5 ? $.rest : 0")]


def rows_of(table, money):
    return [{k: v[i] / 100 if k in money else v[i] for k, v in table.items() if k != "cents"} for i in range(len(table["cents"]))]


def spread(table):
    """Evenly chosen rows, because those of Wohngeld are ordered by size."""
    step = max(len(table["cents"]) // SHARE, 1)
    return range(0, len(table["cents"]), step)


def evaluate(decision, rows):
    return [decision.evaluate(row)["result"]["euros"] for row in rows]


def run(folder):
    p = law(folder)
    child, case, house, member = (read(folder, n) for n in ("kindergeld.csv", "unterhaltsvorschuss.csv", "wohngeld.csv", "wohngeld-members.csv"))
    common = {"first": p["first"], "last": p["last"], "month": p["month"], "child_benefit": p["child_benefit"] / 100, "free_wage": p["free_wage"] / 100, "need0": p["need"][0] / 100, "need1": p["need"][1] / 100, "need2": p["need"][2] / 100}
    houses = rows_of(house, plain.HOUSE_MONEY)
    for h in houses:
        s = p["sizes"][h["size"] - 1]
        h.update(common, members=[], a=s["a"] / 1e8, b=s["b"] / 1e8, c=s["c"] / 1e8, least_m=s["least_m"] / 100, least_y=s["least_y"] / 100, warm=s["heating"] / 100, most=s["most"][h["level"]] / 100)
    keys = [k for k in member if k != "house"]
    for i, at in enumerate(member["house"]):
        houses[at]["members"].append({k: member[k][i] / 100 if k in plain.MEMBER_MONEY else member[k][i] for k in keys})
    laws = (("Kindergeld", CHILD, [dict(r, **common) for r in rows_of(child, ())], child), ("Wohngeld", HOUSE, houses, house), ("Unterhaltsvorschuss", CASE, [dict(r, **common) for r in rows_of(case, plain.CASE_MONEY)], case))
    out = []
    for name, expressions, rows, table in laws:
        chosen = spread(table)
        decision = graph(expressions)
        euros, seconds = timed(lambda: evaluate(decision, [rows[i] for i in chosen]), rounds=3)
        out.append(report("zen-engine", name, seconds, euros, [table["cents"][i] for i in chosen], "decimal, row by row through Python"))
    return out
