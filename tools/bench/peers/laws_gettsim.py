"""GETTSIM through its own public package: its own rules at the measured month, not rules of ours. Its inputs express a part of the rows of the column program, and some of its rules are not the law that ours
follow; so a row is left out where GETTSIM has no input for one of its facts ("left out"), counted apart where a rule is known to be another one ("differs in law"), and only otherwise compared in amount.
What belongs where is decided from the facts of a row; two differences show in the amount alone (payments below the smallest one, a cap that the law has for more than twelve members only) and are named as such.

Kindergeld           all rows whose child is born: each child with its recipient, target kindergeld__betrag_m.
Unterhaltsvorschuss  whole months (applied before the month, one stage of age in it, no birthday that ends it), Kindergeld set off in full, no income of the child's own, nothing that excludes;
                     target unterhaltsvorschuss__betrag_m. Left out: parts of a month, § 2 Abs. 4 UhVorschG, exclusions. Differs: § 9 Abs. 3 Satz 3 UhVorschG, nothing below 5 euros.
Wohngeld             households in their grant period, target wohngeld__basisbetrag_m_wthh (before GETTSIM's tests of wealth and of priority, which need facts that no register of ours holds). Given are wages after
                     deduction of expenses, pensions after theirs, the rent without heating and the like. Left out: § 18 (maintenance paid), § 17 Nr. 2 WoGG (victims). Differs: capital income, which
                     GETTSIM counts whole (§ 14 Abs. 2 Nr. 15); GdB without the conditions of § 17 Nr. 1; the least rent, which GETTSIM takes before the heating component is added; § 21 Nr. 1, nothing
                     below 10 euros; GETTSIM's cap at the rent (§ 19 Abs. 3)."""
import datetime
import importlib.metadata
import os

os.environ.setdefault("GETTSIM_BEARTYPE_CLAW", "0")  # its run time type checks: off, as its documentation says for speed

import numpy as np
from gettsim import InputData, TTTargets, main

from common import compared, law, read, timed
from laws_numpy import HOUSE_MONEY, MEMBER_MONEY, CASE_MONEY, arrays

EPOCH = datetime.date(1970, 1, 1)


def completed_years(birth, first):
    """Years completed at the beginning of a day; both as days since 1970 (one birthday decides per year, so the calendar is asked once per row)."""
    day = EPOCH + datetime.timedelta(days=first)
    born = [EPOCH + datetime.timedelta(days=int(b)) for b in birth]
    return np.array([day.year - b.year - ((day.month, day.day) < (b.month, b.day)) for b in born])


def evaluate(date, data, target):
    """GETTSIM's result for every person, the seconds of its computation alone, and those of a whole call (which builds the computation from the rules)."""
    common = {"policy_date_str": date, "input_data": InputData.qname(data), "tt_targets": TTTargets.qname({target: None}), "include_warn_nodes": False}
    parts, whole = timed(lambda: main(main_targets=["tt_function", "processed_data", "labels__root_nodes"], **common), rounds=3)
    inputs = {k: v for k, v in parts["processed_data"].items() if k in parts["labels"]["root_nodes"]}
    out, seconds = timed(lambda: parts["tt_function"](inputs))
    return np.asarray(out[target]), seconds, whole + seconds


def pairs(n, **child):
    """n children (even rows), each with an adult who receives Kindergeld for it: child's columns by name, (child, adult) or the child's alone."""
    p = np.arange(2 * n)
    data = {"p_id": p, "kindergeld__p_id_empfänger": np.where(p % 2 == 0, p + 1, -1)}
    for name, (of_child, of_adult) in child.items():
        column = np.empty(2 * n, dtype=np.asarray(of_child).dtype)
        column[0::2], column[1::2] = of_child, of_adult
        data[name] = column
    return data


def child_benefit(folder, p, date):
    t = arrays(folder, "kindergeld.csv", ())
    keep = t["birth"] <= p["last"]
    n = int(keep.sum())
    data = pairs(n, alter=(completed_years(t["birth"][keep], p["first"]), 40), arbeitsstunden_w=(np.zeros(n), 0.0), kindergeld__in_ausbildung=(np.zeros(n, dtype=bool), False))
    data["kindergeld__p_id_empfänger"] = np.where(np.repeat(t["designated"][keep] == 1, 2), data["kindergeld__p_id_empfänger"], -1)
    got, seconds, whole = evaluate(date, data, "kindergeld__betrag_m")
    return compared("GETTSIM", "Kindergeld", seconds, whole, got[1::2], t["cents"][keep] * 1.0, len(keep), {})


def maintenance_advance(folder, p, date):
    t, first, last = arrays(folder, "unterhaltsvorschuss.csv", CASE_MONEY), p["first"], p["last"]
    inside = lambda day: (day > first) & (day <= last)
    own = (t["school_day"] <= last) & (t["school_after"] == 1) | (t["school_day"] > last) & (t["school_before"] == 1)
    keep = ((t["met"] == 1) & (t["deducted"] == 1) & (t["asked_month"] < p["month"]) & (t["birth"] <= first) & ~inside(t["six"]) & ~inside(t["twelve"]) & (t["eighteen"] > last) & ~own)
    x = {k: v[keep] for k, v in t.items()}
    n = int(keep.sum())
    data = pairs(n, alter=(completed_years(x["birth"], first), 40), familie__alleinerziehend=(np.zeros(n, dtype=bool), True), unterhalt__tatsächlich_erhaltener_betrag_m=(x["paid"] + x["orphan"], 0.0),
                 unterhaltsvorschuss__elternteil_mindesteinkommen_erreicht=(x["older"] == 1, False))
    got, seconds, whole = evaluate(date, data, "unterhaltsvorschuss__betrag_m")
    got = got[0::2]
    return compared("GETTSIM", "Unterhaltsvorschuss", seconds, whole, got, x["cents"], len(keep), {"§ 9 Abs. 3 Satz 3 UhVorschG: below 5 euros": (x["cents"] == 0) & (got > 0) & (got < 5)})


def flat_rates(h):
    """What the tenant pays that is no rent (§ 6 Abs. 2 WoGV), for a rent that includes it."""
    more = h["people"] - 2
    return (h["heating"] * np.floor(h["area"] * 125 + 0.5) / 100 + h["water"] * np.where(h["people"] <= 1, 9, 17 + 3 * more) + h["energy"] * np.where(h["people"] <= 1, 41, 74 + 15 * more) + 36 * h["garage"] + 25 * h["parking"])


def housing_benefit(folder, p, date):
    h, m = arrays(folder, "wohngeld.csv", HOUSE_MONEY), arrays(folder, "wohngeld-members.csv", MEMBER_MONEY)
    at, first, pos = m["house"].astype(np.int64), p["first"], lambda v: np.maximum(v, 0.0)
    house_has = lambda flag: np.bincount(at, weights=flag, minlength=len(h["size"])) > 0
    running = (p["month"] >= h["begin"]) & (p["month"] < h["begin"] + h["length"])
    keep = running & (h["support"] == 0) & ~house_has(m["victim"] == 1)
    kept = keep[at]
    x, where = {k: v[kept] for k, v in m.items()}, at[kept]
    young = house_has((m["child"] == 1) & (m["benefit"] == 1) & (m["eighteen"] > first))
    alone = (h["alone"] == 1) & (np.bincount(at, weights=m["child"] == 0, minlength=len(keep)) == 1) & young
    earner = (x["child"] == 1) & (x["twenty_five"] > first) & (x["earnings"] > 0)
    cold = pos(h["rent"] - h["stated"] - flat_rates(h))
    due = lambda kind, free: ((x[kind] == 1) | ((x[kind] > 1) & (x[free] == 0))) * 1.0
    income = "einkommensteuer__einkünfte__"
    data = {"p_id": np.arange(len(where)), "hh_id": where, "wthh_id": where, "wohngeld__mietstufe_hh": h["level"][where].astype(np.int64) + 1, "wohnen__bruttokaltmiete_m_hh": cold[where],
            "einkommensteuer__betrag_y_sn": x["taxes"] * 1.0, "sozialversicherung__kranken__beitrag__betrag_versicherter_m": due("health", "health_free"), "sozialversicherung__rente__beitrag__betrag_versicherter_m": due("due", "due_free"),
            income + "aus_selbstständiger_arbeit__betrag_m": (pos(x["trade"]) + pos(x["self"])) / 12, income + "aus_nichtselbstständiger_arbeit__einnahmen_nach_abzug_werbungskosten_m": pos(x["wage"] - np.maximum(x["wage_costs"], 1230)) / 12,
            income + "sonstige__rente__steuerpflichtige_einnahmen_m": (pos(x["other"] - np.maximum(x["other_costs"], 102)) + pos(x["pension"] - np.maximum(x["pension_costs"], 102))) / 12, income + "sonstige__alle_weiteren_m": x["whole"] / 12,
            income + "aus_vermietung_und_verpachtung__betrag_m": np.zeros(len(where)), "einnahmen__kapitalerträge_m": x["capital"] / 12, "sozialversicherung__arbeitslosen__betrag_m": np.zeros(len(where)),
            "unterhalt__tatsächlich_erhaltener_betrag_m": np.zeros(len(where)), "unterhaltsvorschuss__betrag_m": np.zeros(len(where)), "elterngeld__anrechenbarer_betrag_m": np.zeros(len(where)),
            "einnahmen__bruttolohn_m": np.where(x["child"] == 1, x["earnings"], x["wage"]) / 12, "wohngeld__ist_kind_mit_erwerbseinkommen": earner, "behinderungsgrad": x["severe"].astype(np.int64),
            "familie__alleinerziehend": alone[where] & (x["child"] == 0), "einnahmen__renten__gesetzliche_m": x["old_age"] / 12, "sozialversicherung__rente__bezieht_rente": x["old_age"] > 0,
            "sozialversicherung__rente__grundrente__grundsätzlich_anspruchsberechtigt": x["basic_months"] >= 396}
    got, seconds, whole = evaluate(date, data, "wohngeld__basisbetrag_m_wthh")
    first_member = np.unique(where, return_index=True)[1]
    got, h, cold, keep_of = got[first_member], {k: v[keep] for k, v in h.items()}, cold[keep], lambda flag: house_has(flag)[keep]
    size = [p["sizes"][int(s) - 1] for s in h["size"]]
    rent = np.minimum(cold, [s["most"][int(k)] / 100 for s, k in zip(size, h["level"])])
    counted = np.maximum(rent + [s["heating"] / 100 for s in size], [s["least_m"] / 100 for s in size])
    apart = {"§ 14 Abs. 2 Nr. 15 WoGG: capital income": keep_of(m["capital"] > 0),
             "§ 17 Nr. 1 WoGG: conditions of a GdB": keep_of((m["severe"] > 0) & (m["severe"] < 100) & ((m["severe"] < 50) | (m["cared"] == 0))),
             "§ 19 Abs. 1 WoGG: least rent": rent < [s["least_m"] / 100 for s in size],
             "§ 21 Nr. 1 WoGG: below 10 euros": (h["cents"] == 0) & (got > 0) & (got < 10),
             "§ 19 Abs. 3 WoGG: cap at the rent": (got < h["cents"] / 100) & (np.abs(got - counted) <= 0.5)}
    return compared("GETTSIM", "Wohngeld", seconds, whole, got, h["cents"], len(keep), apart)


def run(folder):
    p = law(folder)
    date = (EPOCH + datetime.timedelta(days=p["first"])).isoformat()
    print(f"  GETTSIM {importlib.metadata.version('gettsim')}, its own rules of {date}")
    return [work(folder, p, date) for work in (child_benefit, housing_benefit, maintenance_advance)]
