"""Random cases for grundsicherungsgeld.py and sofortzuschlag.py: families and who lives with them, in one month. All of it is invented. Knows the names of facts and where the law has edges, no law."""
import datetime

import case as c

MONTHS = ["%d-%02d" % (year, month) for year in range(2023, 2027) for month in range(1, 13)]
EDGES = ["2023-01", "2023-06", "2023-07", "2023-12", "2024-01", "2024-12", "2025-01", "2026-06", "2026-07", "2026-12"]
EARNINGS = (100, 400, 520, 538, 556, 603, 1000, 1200, 1500)
AGES_OF_CHILDREN = (0, 6, 7, 14, 15, 16, 18, 25)
AGES_OF_ADULTS = (18, 25, 30, 40, 50)


def near(rng, euros):
    """An amount at an edge: a cent below, on it, a cent above."""
    return c.euros(max(0, euros * 100 + rng.choice((-1, 0, 1))))


def amount(rng, low, high, chance=1.0):
    return c.euros(rng.randrange(low * 100, high * 100 + 1)) if rng.random() < chance else "0"


def yes(rng, chance):
    return rng.random() < chance


class Draw:
    """One case in the making."""

    def __init__(self, rng):
        self.rng, self.month = rng, rng.choice(EDGES if yes(rng, 0.4) else MONTHS)
        self.first, self.last = c.first_of(self.month), c.last_of(self.month)
        self.units = {unit: [] for unit in ("Haushalt", "Paar", "Person", "Nachzahlung", "Leistungsfall")}
        self.owned = {}
        # the same for a community: when the grant period began, what the application says, whether they earn, own and live in a grace period
        self.granted = c.plus_months(self.first, -rng.choice((0, 0, 1, 2, 5, 5, 6, 11, 11, 12)) if yes(rng, 0.95) else 1)
        if self.month >= "2026-07" and yes(rng, 0.5):
            self.granted = max(self.granted, datetime.date(2026, 7, 1))
        self.declared, self.refuted, self.one_month = yes(rng, 0.5), yes(rng, 0.2), yes(rng, 0.2)
        self.drawn_since = c.plus_months(self.granted, -rng.choice((0, 0, 0, 1, 6, 11, 12, 13, 40)))
        self.interrupted = rng.choice((0, 0, 0, 1, 2, 6))
        self.earning, self.rich, self.other = yes(rng, 0.6), yes(rng, 0.25), yes(rng, 0.3)

    def timeline(self, value, another):
        """A fact over time; sometimes it changes before or within the month, or on its first day."""
        if yes(self.rng, 0.9):
            return c.always(value)
        begin = self.rng.choice((self.first, self.first + datetime.timedelta(days=self.rng.randrange(1, 28))))
        return c.steps((None, value if begin > self.first else another), (begin, another if begin > self.first else value))

    def born(self, low, high, edges):
        """A birthday between two ages, or within the month at one of the edges."""
        rng = self.rng
        near_edges = [edge for edge in edges if low <= edge <= high]
        if near_edges and yes(rng, 0.4):
            day = self.first + datetime.timedelta(days=rng.choice((-1, 0, 1, (self.last - self.first).days, rng.randrange(0, 28))))
            return c.plus_months(day, -12 * rng.choice(near_edges))
        if high > 0 and yes(rng, 0.01):
            return datetime.date(self.first.year - max(low, 1) - (self.first.year - max(low, 1)) % 4, 2, 29)
        return self.first - datetime.timedelta(days=rng.randrange(low * 365, high * 365 + 366))

    def home(self):
        rng, rent = self.rng, self.rng.randrange(0, 140000)
        reasonable = rent * 2 // 3 + rng.choice((-1, 0, 1)) if yes(rng, 0.3) else rng.randrange(30000, 90000)
        name, own = "h%d" % len(self.units["Haushalt"]), rng.choice(("kein_Eigentum", "kein_Eigentum", "Hausgrundstück", "Eigentumswohnung"))
        size = rng.choice((130, 131, 140, 141, 150, 151, 160, 161, 170, 171, 180, 181, 90))
        self.owned[name] = own != "kein_Eigentum"
        self.units["Haushalt"].append({
            "id": name, "Kosten_der_Unterkunft": self.timeline(c.euros(rent), amount(rng, 0, 900)), "Kosten_der_Heizung": self.timeline(amount(rng, 0, 250, 0.9), "77.77"),
            "Unterkunft_anzuerkennen": self.timeline(yes(rng, 0.6), False), "Heizung_anzuerkennen": self.timeline(yes(rng, 0.7), True),
            "Anerkannte_Unterkunft": self.timeline(amount(rng, 200, 800), "411.11"), "Anerkannte_Heizung": c.always(amount(rng, 0, 120)),
            "Umzug_zu_prüfen": self.timeline(yes(rng, 0.15), True), "Abstrakt_angemessen": self.timeline(c.euros(max(0, reasonable)), "500"),
            "Mehr_als_das_Eineinhalbfache": self.timeline(yes(rng, 0.25), False), "Wohneigentum": c.always(own),
            "Wohnfläche": c.always(size), "Härte_des_Wohneigentums": c.always(yes(rng, 0.2))})
        return name

    def earnings(self, chance):
        rng = self.rng
        if not self.earning or not yes(rng, chance):
            return "0", "0"
        gross = near(rng, rng.choice(EARNINGS)) if yes(rng, 0.4) else amount(rng, 1, 20 if yes(rng, 0.1) else 120 if yes(rng, 0.2) else 3200)
        return gross, c.euros(int(c.cents(gross) * rng.choice((0, 0, 20, 35, 100))) // 100)

    def person(self, born, household, young=False, parents=()):
        """A person with ordinary facts and a Leistungsfall; the family's ties are added by who calls."""
        rng, name = self.rng, "p%d" % len(self.units["Person"])
        working = born <= c.plus_months(self.first, -12 * (14 if yes(rng, 0.2) else 15))
        gross, taxes = self.earnings((0.3 if young else 0.6) if working else 0)
        capable = yes(rng, 0.93)
        pension = amount(rng, 1, 900) if self.other and working and yes(rng, 0.12) else near(rng, rng.choice((100, 700))) if self.other and working and yes(rng, 0.05) else "0"
        state = rng.choice(("keine", "Ausbildung", "Freiwilligendienst", "Schule")) if working and yes(rng, 0.4 if young else 0.08) else "keine"
        wealth = 0
        if self.rich and not (young and yes(rng, 0.8)):
            wealth = rng.choice((500000, 1000000, 1250000, 1500000, 2000000, 4000000, 5500000)) + rng.choice((-1, 0, 1)) if yes(rng, 0.4) else rng.randrange(0, 6000000)
        row = {
            "id": name, "Geburtsdatum": born.isoformat(), "Haushalt": household, "Ehe": None, "Gemeinschaft": None,
            "Elternteil_1": parents[0] if parents else None, "Elternteil_2": parents[1] if len(parents) > 1 else None, "Bedarf_selbst_gedeckt": False,
            "Erwerbsfähig": capable, "Gewöhnlicher_Aufenthalt": yes(rng, 0.99), "Ausgeschlossen_SGB_II": yes(rng, 0.015), "Schwanger_oder_betreut_Kleinkind": False,
            "Merkzeichen_G": self.timeline(not capable and yes(rng, 0.5), False), "Voll_erwerbsgemindert": c.always(working and not capable and yes(rng, 0.7)),
            "Schwanger_ab_13_Woche": c.always(False), "Warmwasser_dezentral": c.always(yes(rng, 0.25)),
            "Gesetzliche_Rente": self.timeline(pension, "200"), "Erwerbseinkommen": self.timeline(gross, gross), "Grundrentenmonate": c.always(rng.choice((0, 395, 396, 500))),
            "Anspruch_Viertes_Kapitel": c.always(not capable and yes(rng, 0.1)), "Ohne_Zusicherung_umgezogen": c.always(yes(rng, 0.1)), "Allein_erzogen_von": None,
            "Leistung_zur_Teilhabe": c.always(working and yes(rng, 0.08)), "Bedarf_Ernährung": c.always(amount(rng, 5, 400, 0.06)), "Bedarf_im_Einzelfall": c.always(amount(rng, 5, 90, 0.05)),
            "Warmwasser_gemessen": c.always("0"), "Bedarf_zu_prüfen": self.timeline(yes(rng, 0.01), False),
            "Leistungsbezug_seit": self.drawn_since.isoformat(), "Unterbrechung": self.interrupted, "Nur_angemessene_anerkannt": yes(rng, 0.05),
            "Begünstigte_Lage": self.timeline(state, "keine"), "Abgaben_auf_Erwerb": c.always(taxes),
            "Ausbildungsleistung": c.always(near(rng, 100) if yes(rng, 0.3) else amount(rng, 20, 700)) if state != "keine" and yes(rng, 0.5) else c.always("0"),
            "Sonstige_Einnahmen": c.always(amount(rng, 1, 1200) if self.other and yes(rng, 0.3) else amount(rng, 100, 600) if young and yes(rng, 0.3) else "0"),
            "Abgaben_auf_Sonstige": c.always(amount(rng, 1, 60) if self.other and yes(rng, 0.2) else "0"),
            "Absetzbare_Ausgaben": c.always(near(rng, 100) if yes(rng, 0.1) else amount(rng, 1, 300, 0.25)), "Weitere_Absetzungen": c.always(amount(rng, 1, 300, 0.05)),
            "Kindergeld": c.always("0"), "Kindergeldempfänger": None, "Bewilligung_ab": self.granted.isoformat(), "Vermögen_der_Person": c.always(c.euros(wealth)),
            "Wert_des_Wohneigentums": c.always(amount(rng, 1000, 90000) if self.rich and not young and self.owned[household] and yes(rng, 0.7) else "0"),
            "Kein_erhebliches_Vermögen_erklärt": self.declared, "Erklärung_widerlegt": self.refuted, "Nur_ein_Monat": self.one_month,
            "Nicht_sofort_verwertbar": c.always(yes(rng, 0.02))}
        if yes(rng, 0.05):
            row["Warmwasser_dezentral"], row["Warmwasser_gemessen"] = c.always(False), c.always(amount(rng, 1, 30))
        if yes(rng, 0.03):
            row["Leistungsbezug_seit"] = c.plus_months(self.drawn_since, -12).isoformat()
        self.units["Person"].append(row)
        self.case_of(row)
        if self.other and yes(rng, 0.15):
            self.units["Nachzahlung"].append({"id": "n" + name, "Empfänger": name, "Zufluss": c.plus_months(self.first, -rng.randrange(-1, 8)).replace(day=rng.randrange(1, 29)).isoformat(),
                                              "Zahlung": amount(rng, 10, 4000), "Verteilt": yes(rng, 0.6)})
        return row

    def case_of(self, row):
        rng, applied = self.rng, self.granted if yes(self.rng, 0.9) else self.first
        applied = applied.replace(day=rng.randrange(1, 29)) if yes(rng, 0.93) else rng.choice((None, self.last, self.last + datetime.timedelta(days=1)))
        begin = end = None
        if row["Geburtsdatum"] <= self.first.isoformat() and yes(rng, 0.12):
            begin = rng.choice((self.first, self.last, self.first + datetime.timedelta(days=rng.randrange(-40, 40))))
        if row["Geburtsdatum"] <= self.first.isoformat() and yes(rng, 0.12):
            end = rng.choice((self.first, self.last, self.first + datetime.timedelta(days=rng.randrange(-10, 60))))
            end = max(end, begin) if begin else end
        self.units["Leistungsfall"].append({
            "id": "f" + row["id"], "Berechtigter": row["id"], "Antrag_gestellt": applied and applied.isoformat(), "Voraussetzungen_ab": begin and begin.isoformat(),
            "Voraussetzungen_bis": end and end.isoformat(), "Verkürzt": yes(rng, 0.2), "Nur_Bildung_und_Teilhabe": c.always(yes(rng, 0.03))})

    def couple(self, one, two, married):
        """A marriage or a life together; without presumption a human says whether they stand in."""
        rng = self.rng
        since = rng.choice((c.plus_months(self.first, -12), c.plus_months(self.first, -12) - datetime.timedelta(days=1), c.plus_months(self.first, -60), c.plus_months(self.first, -3)))
        pair = {"id": "e%d" % len(self.units["Paar"]), "Erster": one["id"], "Zweiter": two["id"], "Dauernd_getrennt": married and yes(rng, 0.12), "Zusammen_seit": since.isoformat(),
                "Gemeinsames_Kind": yes(rng, 0.2), "Versorgt_Angehörige": yes(rng, 0.15), "Verfügungsbefugnis": yes(rng, 0.15), "Vermutung_widerlegt": yes(rng, 0.2),
                "Einstehenswille": yes(rng, 0.5)}
        self.units["Paar"].append(pair)
        one["Ehe" if married else "Gemeinschaft"] = two["Ehe" if married else "Gemeinschaft"] = pair["id"]

    def adult(self, household):
        """Mostly of working age, at times a minor or near the age limit."""
        rng = self.rng
        if yes(rng, 0.06):
            months = rng.choice((65 * 12 + 9, 66 * 12, 66 * 12 + 2, 66 * 12 + 4, 67 * 12, 66 * 12 + 1, 70 * 12))
            born = c.plus_months(self.first, -months) + datetime.timedelta(days=rng.choice((-31, -1, 0, 1, 27, 31)))
        else:
            born = self.born(16, 20, AGES_OF_ADULTS) if yes(rng, 0.08) else self.born(18, 60, AGES_OF_ADULTS)
        return self.person(born, household)

    def child(self, household, parents, alone):
        rng = self.rng
        young = self.born(0, 17, AGES_OF_CHILDREN) if yes(rng, 0.8) else self.born(17, 25, AGES_OF_CHILDREN)
        child = self.person(young, household, True, parents)
        if alone and young > c.plus_months(self.last, -18 * 12 - 1):
            child["Allein_erzogen_von"] = parents[0]
        at_home = any(row["id"] in parents and row["Haushalt"] == household for row in self.units["Person"])
        if at_home and young > c.plus_months(self.first, -12 * 25) and yes(rng, 0.85):
            child["Kindergeld"] = c.always(rng.choice(("250", "255", "259")))
            child["Kindergeldempfänger"] = rng.choice(parents)
        if young < c.plus_months(self.first, -12 * 15) and yes(rng, 0.04):
            child["Schwanger_oder_betreut_Kleinkind"] = True
        return child

    def family(self):
        rng, household = self.rng, self.home()
        one, kind = self.adult(household), rng.choice(("alone", "alone", "married", "married", "together"))
        two = None
        if kind != "alone":
            two = self.adult(self.home() if yes(rng, 0.06) else household)
            self.couple(one, two, kind == "married")
        if yes(rng, 0.06):
            begin = self.first + datetime.timedelta(days=rng.randrange(0, 28))
            rng.choice([one, two or one])["Schwanger_ab_13_Woche"] = c.always(True) if yes(rng, 0.5) else c.steps((None, False), (begin, True))
        for _ in range(rng.choice((0, 0, 0, 1, 1, 1, 2, 2, 3, 4, 5))):
            parents = [one["id"], two["id"]] if two and yes(rng, 0.7) else [rng.choice([one, two or one])["id"]]
            self.child(household if yes(rng, 0.95) else self.home(), parents, kind == "alone" and yes(rng, 0.85))
        self.others(one, household)

    def others(self, one, household):
        """Who else lives there: a flatmate, the next generation's partner or child."""
        rng = self.rng
        if yes(rng, 0.06):
            self.adult(household)
        grown = [row for row in self.units["Person"] if row["Elternteil_1"] and row["Haushalt"] == household and row["Geburtsdatum"] < c.plus_months(self.first, -12 * 15).isoformat()]
        if grown and yes(rng, 0.12):
            middle = rng.choice(grown)
            if yes(rng, 0.5):
                baby = self.person(self.born(0, 5, (0, 6)), household, True, [middle["id"]])
                baby["Kindergeld"], baby["Kindergeldempfänger"], baby["Allein_erzogen_von"] = c.always("250"), rng.choice((middle["id"], one["id"])), rng.choice((middle["id"], None))
                middle["Schwanger_oder_betreut_Kleinkind"] = baby["Geburtsdatum"] > c.plus_months(self.first, -72).isoformat()
            else:
                self.couple(middle, self.adult(household), False)


def draw(rng):
    """A case document's units in one month."""
    made = Draw(rng)
    made.family()
    return {"month": made.month, "units": made.units}
