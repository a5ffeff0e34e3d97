"""Sofortzuschlag a second time: § 72 Abs. 1 SGB II, on the cases of grundsicherungsgeld.py, whose account of the law it uses."""
import case as c
import grundsicherungsgeld as law

PACKAGE = law.PACKAGE
BENEFIT = "Sofortzuschlag"
TOGETHER, CASES = 1, 200
draw = law.draw


def low_stage(w, p):
    """Satz 1: a child, adolescent or young adult (under 25) with a need of stage 3 to 6, be it on one day."""
    return w.age(p) < 25 and any(law.stage(w, p, day) >= 3 for day in w.days if day >= p["Geburtsdatum"])


@c.counted
def supplement(case, w, f):
    """Abs. 1 Satz 1 and 2."""
    p = w.persons.get(f["Berechtigter"])
    if p is None:
        return "not born"
    if w.age(p) < 25 and f["Nur_Bildung_und_Teilhabe"]:
        return "Satz 2 Nr. 1"
    if not law.thirtieths(w, f):
        return "no"
    low = low_stage(w, p)
    if not low and not p["Kindergeld"]:
        return "no"
    try:
        claim = law.claim(w, f)
    except law.Human:
        if low or law.claim(law.World(case, w), f) > 0:
            raise
        return "no"
    if claim > 0:
        return "Satz 1" if low else "no"
    return "Satz 2 Nr. 2" if p["Kindergeld"] and law.claim(law.World(case, w), f) > 0 else "no"  # choice 15: only whose own Kindergeld was considered


def decide(case):
    """Of every Leistungsfall (entitled, cents): 25 Euro, until 2024 20 Euro; not divided (choice 14)."""
    w, results = law.World(case), {}
    for row, f in w.units["Leistungsfall"].items():
        try:
            yes = supplement(case, w, f).startswith("Satz")
            results[row] = yes, (2500 if w.first.year >= 2025 else 2000) if yes else 0
        except law.Human as why:
            c.note(__name__ + ".Human", str(why))
            results[row] = None, 0
    return results
