#!/usr/bin/env python3
"""Writes a rule package of about N lines to standard output, for measuring `anspruch check`. Deterministic; every construct of everyday rules
occurs: facts, parameters, results, rules with conditions over several facts, exceptions, ages, aggregates, prüffälle.
   tools/bench/gen-rules.py 20000 > big.recht"""
import sys

BLOCK = """
§ {n} Abs. 1 BG

parameter Betrag_{n} : Geld je Monat "Betrag {n}"
  ab 01.01.2020 bis 31.12.2022 : {a},00 € je Monat
  ab 01.01.2023 : {b},00 € je Monat

ergebnis Person.Anspruch_{n} : Wahrheitswert "Anspruch nach § {n}"

regel Person.Anspruch_{n}
  wenn Person hat zu Beginn des Monats das {age}. Lebensjahr vollendet
    und (Person.Ausbildung zu Beginn des Monats oder Person.Stufe > {k})
    und nicht Person.gesperrt
    und Anzahl der Kind über Elternteil mit (Kind.Stufe <= {k}) >= {few}
  begründung "Die Voraussetzungen des § {n} liegen vor."
  andernfalls "Die Voraussetzungen des § {n} liegen nicht vor."

§ {n} Abs. 2 BG

ausnahme für Person.Anspruch_{n} von § {n} Abs. 1 BG
  wenn Person.Einkommen > Betrag_{n} oder Person.Art = {art}
  begründung "Das Einkommen ist zu hoch."

ergebnis Person.Leistung_{n} : Geld je Monat sonst 0,00 € je Monat

regel Person.Leistung_{n} gültig ab 01.01.2021
  ist größer_von(Betrag_{n} - Person.Einkommen; 10,00 € je Monat)
  wenn Person.Anspruch_{n}{chain}

prüffall "Fall {n}" § {n} Abs. 1 BG wie "Grundfall"
  Person A: Stufe = {more}
  erwarte A.Anspruch_{n} im 06.2024 = falsch
ende
"""
HEAD = """paket bench/regeln version 1.0.0 titel "Erzeugtes Paket" zeitraum von 01.2020 bis 12.2026
norm BG "Benchgesetz"
auswahl Art = eins; zwei; drei
einheit Person auch Kind
  angabe Geburtsdatum : Datum
  angabe Stufe : Zahl
  angabe gesperrt : Wahrheitswert
  angabe Art : Art
  angabe Einkommen : Geld je Monat
  angabe Ausbildung : Wahrheitswert im Zeitverlauf
  verweis Elternteil : Person
ende
grundfall "Grundfall"
  Person A: Geburtsdatum = 01.01.2000 gesperrt = falsch Art = drei Einkommen = 5,00 € je Monat Ausbildung = wahr Elternteil = entfällt
ende
"""


def main():
    if len(sys.argv) != 2 or not sys.argv[1].isdigit():
        sys.exit(__doc__)
    lines, n = HEAD.count("\n"), 0
    sys.stdout.write(HEAD)
    while lines < int(sys.argv[1]):
        n += 1
        chain = f" und Person.Leistung_{n - 1} >= 0,00 € je Monat" if n % 10 != 1 else ""
        text = BLOCK.format(n=n, a=100 + n % 50, b=120 + n % 70, age=18 + n % 10, k=n % 7, few=1 + n % 3, art=("eins", "zwei")[n % 2], more=n % 7 + 1, chain=chain)
        sys.stdout.write(text)
        lines += text.count("\n")


main()
