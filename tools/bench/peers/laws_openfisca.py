"""The three laws as an OpenFisca country package of our own: variables with formulas on persons and households, the way its users write rules. OpenFisca keeps amounts as 32-bit floating point.
Covers exactly the rows of the column program; the rows of Kindergeld and Unterhaltsvorschuss are persons, those of Wohngeld households with their members."""
import numpy as np
from openfisca_core import entities, periods, variables
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem

import laws_numpy as plain
from common import law, read, report, timed

MONTH = periods.MONTH


def inputs(names, entity, money):
    """One input variable per column: amounts and counts are numbers, flags and days integers."""
    kinds = {True: float, False: int}
    return [type(f"{entity.key}_{n}", (variables.Variable,), {"value_type": kinds[n in money], "entity": entity, "definition_period": MONTH, "label": n}) for n in names]


def system(p, tables):
    person = entities.Entity("person", "persons", "", "")
    household = entities.GroupEntity("household", "households", "", "", roles=[{"key": "member", "plural": "members", "label": "", "doc": ""}])
    world = TaxBenefitSystem([person, household])
    for name, (entity, money) in {"kindergeld.csv": (person, ()), "unterhaltsvorschuss.csv": (person, plain.CASE_MONEY), "wohngeld-members.csv": (person, plain.MEMBER_MONEY),
                                  "wohngeld.csv": (household, plain.HOUSE_MONEY)}.items():
        for v in inputs([n for n in tables[name] if f"{entity.key}_{n}" not in world.variables and n != "cents"], entity, money):
            world.add_variable(v)
    for v in formulas(person, household, p):
        world.add_variable(v)
    return world


def formulas(person, household, p):
    first, last, month = p["first"], p["last"], p["month"]
    pos = lambda x: np.maximum(x, 0)

    def of(entity, name, formula):
        return type(name, (variables.Variable,), {"value_type": float, "entity": entity, "definition_period": MONTH, "label": name, "formula": formula})

    def child_benefit(who, period):
        return np.where((who("person_designated", period) == 1) & (who("person_birth", period) <= last), p["child_benefit"] / 100, 0)

    def gross_income(who, period):
        x = lambda n: who(f"person_{n}", period)
        return (pos(x("trade")) + pos(x("self")) + pos(x("wage") - np.maximum(x("wage_costs"), 1230)) + pos(x("other") - np.maximum(x("other_costs"), 102))
                + pos(x("pension") - np.maximum(x("pension_costs"), 102)) + pos(x("capital") - 1000) + pos(np.minimum(x("capital"), 1000) - 100) + x("whole"))

    def net_income(who, period):
        x = lambda n: who(f"person_{n}", period)
        insured = lambda due, free: (due == 1) | ((due > 1) & (free == 0))
        tenths = x("taxes") + insured(x("health"), x("health_free")) + insured(x("due"), x("due_free"))
        gross = who("gross_income", period)
        return gross - plain.cents(gross * tenths / 10)

    def allowances(who, period):
        x = lambda n: who(f"person_{n}", period)
        free = np.where((x("severe") >= 100) | ((x("severe") >= 50) & (x("cared") == 1)), 1800, 0) + 750 * x("victim")
        free = free + np.where((x("child") == 1) & (x("twenty_five") > first), np.minimum(x("earnings"), 1200), 0)
        cap = np.where(who.household("household_key_year", period) >= 2024, 563, 502) * 6
        return free + np.where(x("basic_months") >= 396, np.minimum(np.minimum(x("old_age"), 1200) + plain.cents(pos(x("old_age") - 1200) * 0.3), cap), 0)

    def monthly_income(house, period):
        member = lambda n: house.members(f"person_{n}", period)
        child_here = house.any((member("child") == 1) & (member("benefit") == 1) & (member("eighteen") > first))
        alone = np.where((house("household_alone", period) == 1) & (house.sum(member("child") == 0) == 1) & child_here, 1320, 0)
        total = house.sum(house.members("net_income", period)) - house.sum(house.members("allowances", period)) - alone - house("household_support", period)
        return plain.cents(pos(total) / 12)

    def rent_counted(house, period):
        x = lambda n: house(f"household_{n}", period)
        more, size = x("people") - 2, x("size") - 1
        flat = (x("heating") * plain.cents(x("area") * 1.25) + x("water") * np.where(x("people") <= 1, 9, 17 + 3 * more) + x("energy") * np.where(x("people") <= 1, 41, 74 + 15 * more)
                + 36 * x("garage") + 25 * x("parking"))
        most = np.array([s["most"] for s in p["sizes"]])[size, x("level")] / 100
        return np.minimum(pos(x("rent") - x("stated") - flat), most) + np.array([s["heating"] for s in p["sizes"]])[size] / 100

    def housing_benefit(house, period):
        x = lambda n: house(f"household_{n}", period)
        size = x("size") - 1
        field = lambda name, scale: np.array([s[name] for s in p["sizes"]])[size] / scale
        m, y = np.maximum(house("rent_counted", period), field("least_m", 100)), np.maximum(house("monthly_income", period), field("least_y", 100))
        amount = np.floor(pos(1.15 * (m - (field("a", 1e8) + field("b", 1e8) * m + field("c", 1e8) * y) * y)) + 0.5)
        inside = (month >= x("begin")) & (month < x("begin") + x("length"))
        return np.where(inside & (amount >= 10), amount, 0)

    def maintenance_advance(who, period):
        columns = {n[len("person_"):]: who(n, period) for n in world_columns}
        return plain.case(columns, p)

    world_columns = [f"person_{n}" for n in p["case_columns"]]
    return [of(person, "child_benefit", child_benefit), of(person, "gross_income", gross_income), of(person, "net_income", net_income), of(person, "allowances", allowances),
            of(household, "monthly_income", monthly_income), of(household, "rent_counted", rent_counted), of(household, "housing_benefit", housing_benefit), of(person, "maintenance_advance", maintenance_advance)]


def simulation(world, persons, person_money, houses=None):
    """Persons (with households of their own where there are none) and their inputs, for one month."""
    count = len(next(iter(persons.values())))
    builder = SimulationBuilder()
    builder.create_entities(world)
    builder.declare_person_entity("person", range(count))
    home = persons["house"] if houses else list(range(count))
    households = builder.declare_entity("household", range(len(houses["size"]) if houses else count))
    builder.join_with_persons(households, np.array(home), ["member"] * count)
    sim = builder.build(world)
    period = "2026-06"
    for kind, columns, money in (("person", persons, person_money), ("household", houses or {}, plain.HOUSE_MONEY)):
        for name, values in columns.items():
            if name not in ("cents", "house"):
                sim.set_input(f"{kind}_{name}", period, np.array(values) / 100 if name in money else np.array(values))
    return sim, period


def run(folder):
    p = law(folder)
    tables = {name: read(folder, name) for name in ("kindergeld.csv", "wohngeld.csv", "wohngeld-members.csv", "unterhaltsvorschuss.csv")}
    p["case_columns"] = [n for n in tables["unterhaltsvorschuss.csv"] if n != "cents"]
    world = system(p, tables)
    out = []
    for name, variable, persons, money, houses in (("Kindergeld", "child_benefit", "kindergeld.csv", (), None), ("Wohngeld", "housing_benefit", "wohngeld-members.csv", plain.MEMBER_MONEY, "wohngeld.csv"),
                                                   ("Unterhaltsvorschuss", "maintenance_advance", "unterhaltsvorschuss.csv", plain.CASE_MONEY, None)):
        sims = [simulation(world, tables[persons], money, tables[houses] if houses else None) for _ in range(5)]  # a simulation remembers what it computed: each is used once
        euros, seconds = timed(lambda: sims.pop()[0].calculate(variable, "2026-06"))
        out.append(report("OpenFisca", name, seconds, euros, tables[houses or persons]["cents"], "float32 variables"))
    return out
