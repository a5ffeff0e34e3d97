#!/usr/bin/env python3
"""The population run: synthetic households, all benefits decided for one month, the re-decision of Wohngeld under § 44 WoGG; tables and plots.

    tools/registers/run_population.py --households 100000 --work DIR --anspruch PROGRAM --report docs/population

Every figure is read from the stores the runs wrote (decisions, ledger) and from the runs' own reports; nothing is computed twice here. Writes DIR (stores,
populations, some GB for 10^5 households), REPORT/figures.md, REPORT/figures.json and REPORT/*.svg. Everything is synthetic.
"""
import argparse
import datetime
import json
import os
import shutil
import sqlite3
import subprocess
import sys

sys.dont_write_bytecode = True

import charts
from calendar_table import month_text

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
# name, benefit, package, case file, exchange configuration in fixtures/exchange, class of its histogram in euro, whether it is decided for the August before
# (school needs fall due then) instead of the reference month
BENEFITS = (
    ("kindergeld", "Kindergeld", "bund/estg/kindergeld", "casefile.jsonl", "local.json", 25, False),
    ("wohngeld", "Wohngeld", "bund/wogg/wohngeld", "casefile-wohngeld.jsonl", "wohngeld.json", 25, False),
    ("unterhaltsvorschuss", "Unterhaltsvorschuss", "bund/uhvorschg/unterhaltsvorschuss", "casefile-unterhaltsvorschuss.jsonl", "unterhaltsvorschuss.json", 25, False),
    ("kinderzuschlag", "Kinderzuschlag", "bund/bkgg/kinderzuschlag", "casefile-kinderzuschlag.jsonl", "kinderzuschlag.json", 50, False),
    ("elterngeld", "Basiselterngeld", "bund/beeg/elterngeld", "casefile-basiselterngeld.jsonl", "elterngeld.json", 100, False),
    ("elternbeitragsfreiheit", "Elternbeitragsfreiheit", "thueringen/kita", "casefile-elternbeitragsfreiheit.jsonl", "elternbeitragsfreiheit.json", 10, False),
    ("schulbedarf", "Schulbedarf_auf_Antrag", "bund/but/schulbedarf", "casefile-schulbedarf_auf_antrag.jsonl", "schulbedarf.json", 10, True),
    ("sinnesbehindertengeld", "Sinnesbehindertengeld", "thueringen/sinnbgg", "casefile-sinnesbehindertengeld.jsonl", "sinnesbehindertengeld.json", 25, False),
    ("grundsicherung", "Grundsicherung", "bund/sgb12/grundsicherung", "casefile-grundsicherung.jsonl", "grundsicherung.json", 50, False),
    ("grundsicherungsgeld", "Grundsicherungsgeld", "bund/sgb2/grundsicherungsgeld", "casefile-grundsicherungsgeld.jsonl", "grundsicherungsgeld.json", 100, False),
)
MERITS = ("entitled", "not_entitled", "undetermined")
FETCHED = ("persons", "requests", "no_data", "invalid", "failed", "assertions")


class Run:
    def __init__(self, options):
        self.options = options
        self.work = os.path.abspath(options.work)
        self.population = os.path.join(self.work, "population")
        self.month = options.month

    def command(self, *arguments, accept=(0,)):
        done = subprocess.run([self.options.anspruch, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode not in accept:
            raise SystemExit("run_population.py: %s failed with %d\n%s%s" % (" ".join(arguments), done.returncode, done.stdout[-2000:], done.stderr[-4000:]))
        return done.stdout

    def generate(self, directory, *more):
        subprocess.run([sys.executable, os.path.join(HERE, "generate.py"), "--households", str(self.options.households), "--seed", str(self.options.seed),
                        "--as-of", self.month, "--out", directory, "--force", "--quiet", *more], check=True)
        with open(os.path.join(directory, "manifest.json"), encoding="utf-8") as file:
            return json.load(file)

    def package(self, name, source):
        path = os.path.join(self.work, name + ".anp")
        rules = os.path.join(ROOT, "rules")
        self.command("build", os.path.join(rules, source), "--packages", rules, "-o", path)
        return path

    def store(self, name):
        path = os.path.join(self.work, name + ".sqlite")
        for suffix in ("", "-wal", "-shm"):
            if os.path.exists(path + suffix):
                os.unlink(path + suffix)
        return path

    def load(self, store, path, package):
        report = json.loads(self.command("import", "--json", "--store", store, path, package))
        if report["bad"]:
            raise SystemExit("run_population.py: %s: %d lines refused" % (path, report["bad"]))

    def batch(self, store, month, package, benefit):
        """The report of a run. Brakes are off: there is no ledger to protect, and shares are what is asked for."""
        return json.loads(self.command("batch", "--json", "--no-progress", "--store", store, "--month", month, "--jobs", str(self.options.jobs), "--benefit", benefit,
                                       "--brake-change", "off", "--brake-refer", "off", package))

    def fetch(self, store, package, configuration, month, benefit):
        """Register data of a benefit over the stand-in security server, plain HTTP on the loopback address. Returns the report of the run."""
        ready, log = os.path.join(self.work, "ready"), os.path.join(self.work, "access.jsonl")
        for path in (ready, log):
            if os.path.exists(path):
                os.unlink(path)
        server = subprocess.Popen([sys.executable, os.path.join(HERE, "server.py"), "--data", os.path.join(self.population, "registers.sqlite"), "--http-port", "0",
                                   "--access-log", log, "--ready-file", ready], stdout=subprocess.PIPE, text=True)
        try:
            line = server.stdout.readline()
            if not line:
                raise SystemExit("run_population.py: the stand-in security server did not start")
            with open(os.path.join(ROOT, "fixtures", "exchange", configuration), encoding="utf-8") as file:
                config = json.load(file)
            config["server_url"] = "http://" + json.loads(line)["http"]
            config["policy"]["authorisations"] = os.path.join(ROOT, "fixtures", "exchange", config["policy"]["authorisations"])
            for register in config["registers"]:
                if "mapping" in register:
                    register["mapping"] = os.path.join(ROOT, "fixtures", "exchange", register["mapping"])
            path = os.path.join(self.work, "exchange-" + configuration)
            with open(path, "w", encoding="utf-8") as file:
                json.dump(config, file)
            return json.loads(self.command("fetch", "--json", "--no-progress", "--store", store, "--config", path, "--month", month, "--benefit", benefit, package))
        finally:
            server.terminate()
            server.wait(20)


def month_number(text):
    return int(text[:4]) * 12 + int(text[5:7]) - 1


def decisions(store, run):
    db = sqlite3.connect("file:%s?mode=ro" % store, uri=True)
    rows = db.execute("SELECT s.key, d.merits, d.procedure, d.action, d.amount_cents, d.previous_cents, d.claim FROM decision d JOIN subject s ON s.id = d.claim "
                      "WHERE d.run = ? ORDER BY s.key", (run,)).fetchall()
    db.close()
    return rows


def median(values):
    n = len(values)
    return 0 if not n else (values[n // 2] + values[(n - 1) // 2]) / 2


def summary(report, amounts):
    table = report["table"]
    total = {merits: sum(table[merits].values()) for merits in MERITS}
    amounts = sorted(amounts)
    cases = sum(total.values())
    tenth = len(amounts) // 10
    return {"cases": cases, "entitled": total["entitled"], "not_entitled": total["not_entitled"], "undetermined": total["undetermined"],
            "ask": table["undetermined"]["ask"] + table["undetermined"]["offer"], "refer": table["undetermined"]["refer"],
            "quarantined": report["quarantined"], "determined_percent": round(100.0 * (total["entitled"] + total["not_entitled"]) / cases, 1) if cases else 0.0,
            "paid": len(amounts), "sum_euro": sum(amounts) / 100, "mean_euro": round(sum(amounts) / 100 / len(amounts), 2) if amounts else 0,
            "median_euro": median(amounts) / 100, "p10_euro": amounts[tenth] / 100 if amounts else 0, "p90_euro": amounts[-1 - tenth] / 100 if amounts else 0,
            "actions": report["actions"]}


def august_before(month):
    """The August in which the school year of a month began."""
    year, number = int(month[:4]), int(month[5:])
    return "%04d-08" % (year if number >= 8 else year - 1)


def run_benefit(run, name, benefit, source, case_file, configuration, in_august):
    package, store = run.package(name, source), run.store(name)
    month = august_before(run.month) if in_august else run.month
    run.load(store, os.path.join(run.population, case_file), package)
    fetched = run.fetch(store, package, configuration, month, benefit)
    report = run.batch(store, month, package, benefit)
    amounts = [row[4] for row in decisions(store, report["run"]) if row[1] == 0]
    out = {"before": summary(report, amounts), "fetched": {key: fetched[key] for key in FETCHED}}
    late = os.path.join(run.population, case_file.replace(".jsonl", "-late.jsonl"))
    if name != "kindergeld":
        run.load(store, late, package)
        report = run.batch(store, month, package, benefit)
        amounts = [row[4] for row in decisions(store, report["run"]) if row[1] == 0]
        out["late"] = summary(report, amounts)
    return out, [cents / 100 for cents in amounts]


# --- § 44 WoGG ---------------------------------------------------------------------------------------------------------------------------------


def grant_awards(store, run, path, month):
    """Writes the ledger that a Wohngeld authority would have had: what the run for December 2024 grants, from the month of application for twelve months."""
    db = sqlite3.connect("file:%s?mode=ro" % store, uri=True)
    days = dict(db.execute("SELECT s.key, a.received_day FROM application a JOIN subject s ON s.id = a.claim"))
    db.close()
    running = expired = 0
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write('{"kind":"header","format":"anspruch-casefile/1","synthetic":true,"as_of":"2024-12"}\n')
        for key, merits, _, _, cents, _, _ in decisions(store, run):
            if merits != 0:
                continue
            day = datetime.date(1970, 1, 1) + datetime.timedelta(days[key])
            first = day.year * 12 + day.month - 1
            last = first + 11
            if last < month:
                expired += 1
                continue
            running += 1
            notice = min(day + datetime.timedelta(28), datetime.date(2024, 12, 20))
            lines = [{"kind": "award", "case": "WG-%s" % key, "award": "AW-%s" % key, "benefit": "Wohngeld", "unit": "Haushalt", "key": [key], "from": month_text(first),
                      "to": month_text(last), "history": [{"from": month_text(first), "to": month_text(last), "amount_cents": cents, "notice": notice.isoformat()}]}]
            for n, (fact, value) in enumerate((("Bewilligt_am", notice.isoformat()), ("Bewilligtes_Wohngeld", "%d.%02d" % (cents // 100, cents % 100)))):
                lines.append({"kind": "finding", "case": "WG-%s" % key, "finding": "FB-%s-%d" % (key, n), "unit": "Haushalt", "key": [key], "fact": fact,
                              "value": value, "author": "SB-0400", "reason": "Bescheid", "recorded_on": notice.isoformat()})
            file.writelines(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
    return running, expired


def redecide(run):
    """All awards that run on 1 January 2025: granted by the law of December 2024, decided again by that of January 2025."""
    run.generate(os.path.join(run.work, "population-2024"), "--benefits", "file", "--benefits-as-of", "2024-12")
    directory = os.path.join(run.work, "population-2024")
    package, store = run.package("wohngeld", "bund/wogg/wohngeld"), run.store("wohngeld-44")
    run.load(store, os.path.join(directory, "casefile-wohngeld.jsonl"), package)
    before = run.batch(store, "2024-12", package, "Wohngeld")
    ledger = os.path.join(run.work, "awards-2024.jsonl")
    running, expired = grant_awards(store, before["run"], ledger, month_number("2025-01"))
    run.load(store, ledger, package)
    after = run.batch(store, "2025-01", package, "Wohngeld")
    rows = [row for row in decisions(store, after["run"]) if row[5] > 0]
    decided = [(row[4], row[5]) for row in rows if row[1] == 0]
    differences = sorted((new - old) / 100 for new, old in decided)
    ended, opened = [row for row in rows if row[1] == 1], [row for row in rows if row[1] == 2]
    result = {"granted_december": running + expired, "ended_before_january": expired, "running_january": running, "unchanged": differences.count(0),
              "higher": sum(1 for d in differences if d > 0), "lower": sum(1 for d in differences if d < 0), "ended": len(ended), "open": len(opened),
              "sum_before_euro": sum(old for _, old in decided) / 100, "sum_after_euro": sum(new for new, _ in decided) / 100,
              "sum_ended_euro": sum(row[5] for row in ended) / 100, "mean_difference_euro": round(sum(differences) / len(differences), 2) if differences else 0,
              "median_difference_euro": median(differences), "largest_rise_euro": max(differences, default=0), "largest_fall_euro": min(differences, default=0),
              "quarantined": after["quarantined"]}
    if running != len(rows) + after["quarantined"]:
        raise SystemExit("run_population.py: %d awards run, but %d were decided again" % (running, len(rows)))
    return result, differences


# --- the report --------------------------------------------------------------------------------------------------------------------------------


def euro(value):
    return "{:,.2f}".format(value)


def fetch_table(results):
    """What the registers were asked, per benefit."""
    lines = ["| benefit | persons asked about | requests | nothing released | invalid or failed | assertions written |", "|---|---:|---:|---:|---:|---:|"]
    for _, benefit, *_ in BENEFITS:
        x = results[benefit]["fetched"]
        lines.append("| %s | %d | %d | %d | %d | %d |" % (benefit, x["persons"], x["requests"], x["no_data"], x["invalid"] + x["failed"], x["assertions"]))
    return lines


def write_report(run, manifest, results, amounts, again, differences):
    os.makedirs(run.options.report, exist_ok=True)
    lines = ["<!-- Written by tools/registers/run_population.py; do not edit. Synthetic data. -->",
             "%d households (%d persons, %d families), seed %d, month %s." % (run.options.households, manifest["counts"]["persons"], manifest["counts"]["families"],
                                                                            run.options.seed, run.month), "",
             "| benefit | cases | entitled | not entitled | open: facts | open: human, conflict | set aside | determined | after late answers |",
             "|---|---:|---:|---:|---:|---:|---:|---:|---:|"]
    for _, benefit, *_ in BENEFITS:
        first, late = results[benefit]["before"], results[benefit].get("late")
        lines.append("| %s | %d | %d | %d | %d | %d | %d | %.1f %% | %s |" % (
            benefit, first["cases"], first["entitled"], first["not_entitled"], first["ask"], first["refer"], first["quarantined"], first["determined_percent"],
            "%.1f %%" % late["determined_percent"] if late else "–"))
    lines += ["", "| benefit | payments | sum, euro a month | mean | lowest tenth below | median | highest tenth above |", "|---|---:|---:|---:|---:|---:|---:|"]
    for _, benefit, *_ in BENEFITS:
        x = results[benefit].get("late") or results[benefit]["before"]
        lines.append("| %s | %d | %s | %s | %s | %s | %s |" % (benefit, x["paid"], euro(x["sum_euro"]), euro(x["mean_euro"]), euro(x["p10_euro"]), euro(x["median_euro"]), euro(x["p90_euro"])))
    lines += [""] + fetch_table(results)
    lines += ["", "| § 44 WoGG, 1 January 2025 | |", "|---|---:|"]
    for label, key, form in (("granted for December 2024", "granted_december", "%d"), ("ended with December or before", "ended_before_january", "%d"),
                             ("running on 1 January 2025, decided again", "running_january", "%d"), ("higher", "higher", "%d"), ("unchanged", "unchanged", "%d"),
                             ("lower", "lower", "%d"), ("no longer entitled", "ended", "%d"), ("open", "open", "%d"), ("set aside", "quarantined", "%d")):
        lines.append("| %s | %s |" % (label, form % again[key]))
    for label, key in (("sum before, euro a month (awards decided again with an amount)", "sum_before_euro"), ("sum after", "sum_after_euro"),
                       ("sum before of those no longer entitled", "sum_ended_euro"), ("mean difference", "mean_difference_euro"), ("median difference", "median_difference_euro"),
                       ("largest rise", "largest_rise_euro"), ("largest fall", "largest_fall_euro")):
        lines.append("| %s | %s |" % (label, euro(again[key])))
    write(run, "figures.md", "\n".join(lines) + "\n")
    write(run, "figures.json", json.dumps({"synthetic": True, "households": run.options.households, "seed": run.options.seed, "month": run.month, "benefits": results,
                                           "redecision_2025": again, "population": manifest["counts"]}, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    write(run, "shares.svg", charts.shares("Decisions by benefit, %s" % run.month, [
        (benefit, {"entitled": r["before"]["entitled"], "not": r["before"]["not_entitled"], "ask": r["before"]["ask"], "refer": r["before"]["refer"]})
        for benefit, r in ((b[1], results[b[1]]) for b in BENEFITS)]))
    for name, benefit, _, _, _, step, _ in BENEFITS:
        if benefit not in amounts:
            continue    # its plot stays
        write(run, name + ".svg", charts.histogram("%s: amounts, %s" % (benefit, run.month), amounts[benefit], step))
    if differences is not None:
        write(run, "redecision.svg", charts.histogram("§ 44 WoGG: difference of the amount, January 2025", differences, 5))


def write(run, name, text):
    with open(os.path.join(run.options.report, name), "w", encoding="utf-8", newline="\n") as file:
        file.write(text)


def kept_figures(options):
    """Figures of an earlier run over the same population, if only some benefits are to be decided; each benefit is decided by itself, so they may stand beside each other."""
    if not options.only:
        return None
    unknown = set(options.only) - {b[1] for b in BENEFITS}
    if unknown:
        raise SystemExit("run_population.py: --only: no such benefit: %s" % ", ".join(sorted(unknown)))
    try:
        with open(os.path.join(options.report, "figures.json"), encoding="utf-8") as file:
            kept = json.load(file)
    except OSError as problem:
        raise SystemExit("run_population.py: --only needs the figures of an earlier run: %s" % problem) from None
    missing = [b[1] for b in BENEFITS if b[1] not in kept["benefits"] and b[1] not in options.only]
    if (kept["households"], kept["seed"], kept["month"]) != (options.households, options.seed, options.month) or missing:
        raise SystemExit("run_population.py: --only: figures.json is of other households, seed or month, or lacks %s" % (", ".join(missing) or "nothing"))
    return kept


def main(argv=None):
    parser = argparse.ArgumentParser(description="Decide all benefits of a synthetic population and report counts, sums and distributions.")
    parser.add_argument("--households", type=int, default=100000, metavar="N", help="default %(default)s")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--month", default="2026-11", metavar="YYYY-MM")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--anspruch", default=shutil.which("anspruch") or "anspruch", help="the program")
    parser.add_argument("--work", required=True, metavar="DIR", help="populations and stores; earlier ones are replaced")
    parser.add_argument("--report", required=True, metavar="DIR", help="figures.md, figures.json and the plots")
    parser.add_argument("--only", metavar="BENEFIT", action="append", help="decide this benefit only and take all others from REPORT/figures.json, if it is of the same households, seed and month")
    options = parser.parse_args(argv)
    run = Run(options)
    kept = kept_figures(options)
    os.makedirs(run.work, exist_ok=True)
    manifest = run.generate(run.population, "--benefits")
    results, amounts = {}, {}
    for name, benefit, source, case_file, configuration, _, in_august in BENEFITS:
        if kept and benefit not in options.only:
            results[benefit] = kept["benefits"][benefit]
            continue
        results[benefit], amounts[benefit] = run_benefit(run, name, benefit, source, case_file, configuration, in_august)
        print("%s: %.1f %% of %d cases determined" % (benefit, results[benefit]["before"]["determined_percent"], results[benefit]["before"]["cases"]), flush=True)
    if kept:
        write_report(run, manifest, results, amounts, kept["redecision_2025"], None)
        return 0
    again, differences = redecide(run)
    print("§ 44 WoGG: %d awards decided again, %d higher, %d lower" % (again["running_january"], again["higher"], again["lower"]))
    write_report(run, manifest, results, amounts, again, differences)
    return 0


if __name__ == "__main__":
    sys.exit(main())
