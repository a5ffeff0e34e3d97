#!/usr/bin/env python3
"""Generator of the synthetic population: registers.sqlite, casefile.jsonl and manifest.json (docs/registers.md).

Owns: splitting the work into chunks, writing the files in chunk order, the manifest. The output depends on seed, size and
reference month only: not on the number of processes. Memory stays flat, because at most two chunks per process are in flight.
Everything is synthetic; the manifest says so.
"""
import argparse
import collections
import json
import multiprocessing
import os
import sqlite3
import sys

sys.dont_write_bytecode = True      # no __pycache__ beside the sources

import benefits
import ids
import population
import rates
import social
from benefit_rates import BENEFIT_RATES
from calendar_table import first_day, iso, month_text
from social_rates import SOCIAL_RATES
from store import FORMAT

HOUSEHOLDS_PER_CHUNK = 5000
FAMILIES_PER_CHUNK = 1250
MAX_HOUSEHOLDS = 10_000_000
MAX_FAMILIES = 2_500_000
BENEFITS = ("Wohngeld", "Unterhaltsvorschuss", "Kinderzuschlag", "Basiselterngeld", "Elternbeitragsfreiheit", "Schulbedarf_auf_Antrag", "Sinnesbehindertengeld", "Grundsicherung",
            "Grundsicherungsgeld")
TABLES = ("residents", "births", "idnr", "training", "employment") + social.REGISTERS


class Refused(Exception):
    """Bad options or an unusable output directory; the text names the remedy."""


def arguments(argv):
    parser = argparse.ArgumentParser(description="Generate a synthetic population for the register stand-in.",
                                     epilog="Example: generate.py --households 10000 --seed 1 --out population")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--households", type=int, metavar="N", help="exactly N households, 10 to 10^7 (default 10000)")
    size.add_argument("--families", type=int, metavar="N",
                      help="exactly N households with a child for whom Kindergeld is in question, and the others in proportion")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same bytes (default %(default)s)")
    parser.add_argument("--as-of", default="2026-11", metavar="YYYY-MM", help="month of the nightly run (default %(default)s)")
    parser.add_argument("--out", required=True, metavar="DIR", help="output directory, made if absent")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: all cores)")
    parser.add_argument("--answers", type=int, default=0, metavar="N", help="also write DIR/answers.jsonl with all answers for the first N cases")
    parser.add_argument("--benefits", nargs="?", const="registers", choices=("registers", "file"),
                        help="also write the case files of the other benefits and fill their registers; registers "
                             "(default): the files hold what no register delivers; file: everything, as in an office without register access")
    parser.add_argument("--benefits-as-of", metavar="YYYY-MM", help="reference month of those files (default: --as-of)")
    parser.add_argument("--force", action="store_true", help="replace an earlier population in DIR")
    parser.add_argument("--quiet", action="store_true", help="no progress on a terminal")
    return parser.parse_args(argv)


def parse_month(text):
    parts = text.split("-")
    if len(parts) != 2 or not all(p.isascii() and p.isdigit() for p in parts) or len(parts[0]) != 4 or not 1 <= int(parts[1]) <= 12:
        raise Refused("--as-of must be YYYY-MM, got %r" % text)
    month = int(parts[0]) * 12 + int(parts[1]) - 1
    if not 2017 * 12 <= month <= rates.LAST_MONTH:
        raise Refused("--as-of must lie between 2017-01 and %s (amounts are known until then)" % month_text(rates.LAST_MONTH))
    return month


def benefits_month(options, as_of):
    """Reference month of the other benefits' case files, 0: none wanted."""
    if not options.benefits:
        return 0
    month = parse_month(options.benefits_as_of) if options.benefits_as_of else as_of
    if month > as_of:
        raise Refused("--benefits-as-of must not be after --as-of (the population is not known then)")
    return month


def plan(options, as_of):
    """List of work items (seed, number, as_of, households, families, month of the other benefits, whether their files state everything)."""
    if options.families is not None:
        total, size, limit, least = options.families, FAMILIES_PER_CHUNK, MAX_FAMILIES, 1
    else:
        total, size, limit, least = (10000 if options.households is None else options.households), HOUSEHOLDS_PER_CHUNK, MAX_HOUSEHOLDS, 10
    if not least <= total <= limit:
        raise Refused("the size must be between %d and %d" % (least, limit))
    if options.seed < 0 or options.seed >= 1 << 31:
        raise Refused("--seed must be between 0 and 2147483647")
    if options.jobs < 1 or options.jobs > 256:
        raise Refused("--jobs must be between 1 and 256")
    items = []
    for number in range((total + size - 1) // size):
        part = min(size, total - number * size)
        items.append((options.seed, number, as_of) + ((None, part) if options.families is not None else (part, None)) + (benefits_month(options, as_of), options.benefits == "file"))
    if (items[-1][1] + 1) * population.PERSONS_PER_CHUNK > ids.MAX_SERIAL:
        raise Refused("too large: synthetic numbers are exhausted")
    return items


def work(item):
    return population.generate(*item)


def results(items, jobs):
    """Chunk results in order; at most two per process wait."""
    if jobs == 1 or len(items) == 1:
        for item in items:
            yield work(item)
        return
    with multiprocessing.get_context("fork").Pool(min(jobs, len(items))) as pool:
        waiting = collections.deque()
        rest = iter(items)
        for item in rest:
            waiting.append(pool.apply_async(work, (item,)))
            if len(waiting) >= 2 * jobs:
                yield waiting.popleft().get()
        while waiting:
            yield waiting.popleft().get()


class BenefitFiles:
    """casefile-<benefit>.jsonl and casefile-<benefit>-late.jsonl, opened when the first chunk brings them."""

    def __init__(self, directory, seed, month):
        self.directory, self.seed, self.month = directory, seed, month
        self.files, self.counts = {}, {}

    def write(self, part):
        for benefit, (lines, late, counts) in part.items():
            if benefit not in self.files:
                self.files[benefit] = [self.open(benefit, name) for name in ("", "-late")]
                self.counts[benefit] = collections.Counter()
            self.files[benefit][0].write(lines)
            self.files[benefit][1].write(late)
            self.counts[benefit].update(counts)

    def open(self, benefit, suffix):
        path = os.path.join(self.directory, "casefile-%s%s.jsonl" % (benefit.lower(), suffix))
        file = open(path, "w", encoding="utf-8", newline="\n", buffering=1 << 18)
        file.write(benefits.header(self.seed, self.month, benefit, bool(suffix)))
        return file

    def close(self):
        for pair in self.files.values():
            for file in pair:
                file.close()


def open_database(path):
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA page_size=8192")
    db.execute("PRAGMA journal_mode=OFF")
    db.execute("PRAGMA synchronous=OFF")
    db.execute("PRAGMA cache_size=-65536")
    db.execute("CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT")
    db.execute("CREATE TABLE residents(idnr INTEGER PRIMARY KEY, blocked INTEGER NOT NULL, record TEXT NOT NULL) STRICT")
    for table in TABLES[1:]:
        db.execute("CREATE TABLE %s(idnr INTEGER PRIMARY KEY, record TEXT NOT NULL) STRICT" % table)
    db.execute("CREATE TABLE birth_events(position INTEGER PRIMARY KEY, event TEXT NOT NULL) STRICT")
    db.execute("CREATE TEMP TABLE feed(day INTEGER, name TEXT, step INTEGER, event TEXT)")
    return db


def write(options, items, as_of, directory, progress):
    """Writes all files into `directory`; returns the manifest."""
    counts = collections.Counter()
    lines = 1
    db = open_database(os.path.join(directory, "registers.sqlite"))
    as_of_date = iso(first_day(as_of) + 19)
    others = BenefitFiles(directory, options.seed, items[0][-2])
    with open(os.path.join(directory, "casefile.jsonl"), "w", encoding="utf-8", newline="\n", buffering=1 << 20) as case_file:
        case_file.write('{"kind":"header","format":"anspruch-casefile/1","synthetic":true,"seed":%d,"as_of":"%s"}\n' % (options.seed, month_text(as_of)))
        for done, part in enumerate(results(items, options.jobs), 1):
            db.execute("BEGIN")
            db.executemany("INSERT INTO residents VALUES(?,?,?)", part["rows"]["residents"])
            for table in TABLES[1:]:
                db.executemany("INSERT INTO %s VALUES(?,?)" % table, part["rows"][table])
            db.executemany("INSERT INTO feed VALUES(?,?,?,?)", part["events"])
            db.execute("COMMIT")
            case_file.write(part["lines"])
            others.write(part["benefits"])
            lines += part["lines"].count("\n")
            counts.update(part["counts"])
            progress(done, len(items), counts["households"])
    others.close()
    db.execute("INSERT INTO birth_events(event) SELECT event FROM feed ORDER BY day, name, step")
    counts["birth_events"] = db.execute("SELECT count(*) FROM birth_events").fetchone()[0]
    for pair in (("format", FORMAT), ("synthetic", "true"), ("seed", str(options.seed)), ("as_of", month_text(as_of)), ("as_of_date", as_of_date),
                 ("coverage_from", rates.COVERAGE_FROM), ("benefits", "filled" if options.benefits else "none")):
        db.execute("INSERT INTO meta VALUES(?,?)", pair)
    db.close()
    counts["casefile_lines"] = lines
    manifest = {"format": "anspruch-population/1", "synthetic": True, "seed": options.seed, "as_of": month_text(as_of), "as_of_date": as_of_date,
                "households_requested": options.households, "families_requested": options.families, "counts": dict(sorted(counts.items())),
                "assumed_rates": rates.RATES, "assumed_register_rates": SOCIAL_RATES, "note": "All persons, numbers, accounts and cases are synthetic. Rates are assumptions for testing."}
    if others.counts:
        manifest["benefits_as_of"] = month_text(items[0][-2])
        manifest["benefit_counts"] = {name: dict(sorted(c.items())) for name, c in sorted(others.counts.items())}
        manifest["assumed_benefit_rates"] = BENEFIT_RATES
    with open(os.path.join(directory, "manifest.json"), "w", encoding="utf-8") as file:
        json.dump(manifest, file, ensure_ascii=False, indent=1, sort_keys=True)
        file.write("\n")
    return manifest


def write_answers(directory, cases):
    """answers.jsonl: every register's single answer for the persons of the first cases, for adapter tests without a server."""
    from store import KINDERGELD, Store
    wanted, seen = [], set()
    with open(os.path.join(directory, "casefile.jsonl"), encoding="utf-8") as file:
        for text in file:
            line = json.loads(text)
            if line["kind"] == "header":
                continue
            seen.add(line["case"])
            if len(seen) > cases:
                break
            for number in [line.get("recipient"), line.get("applicant"), line.get("child")] + line.get("key", []):
                if number and number not in wanted:
                    wanted.append(number)
    store = Store(os.path.join(directory, "registers.sqlite"))
    with open(os.path.join(directory, "answers.jsonl"), "wb") as out:
        for number in wanted:
            for register in KINDERGELD:
                out.write(b'{"register":"%s","idnr":"%s","answer":%s}\n' % (register.encode(), number.encode(), store.answer(register, number)))
        out.write(b'{"register":"births","feed":%s}\n' % store.events(None, 1000))
    store.close()


def progress_printer(quiet):
    if quiet or not sys.stderr.isatty():
        return lambda done, total, households: None

    def show(done, total, households):
        width = 30 * done // total
        sys.stderr.write("\r[%s%s] %d of %d parts, %d households%s" % ("#" * width, "." * (30 - width), done, total, households,
                                                                     "\n" if done == total else ""))
        sys.stderr.flush()
    return show


def run(options):
    as_of = parse_month(options.as_of)
    items = plan(options, as_of)
    final = options.out
    names = ("registers.sqlite", "casefile.jsonl", "manifest.json", "answers.jsonl") + tuple(
        "casefile-%s%s.jsonl" % (name.lower(), late) for name in BENEFITS for late in ("", "-late"))
    os.makedirs(final, exist_ok=True)
    present = [n for n in names if os.path.exists(os.path.join(final, n))]
    if present and not options.force:
        raise Refused("%s already holds %s; choose another directory or give --force" % (final, present[0]))
    # Everything is written aside and moved into place at the end, so that a kill leaves no half population behind.
    working = os.path.join(final, ".writing")
    os.makedirs(working, exist_ok=True)
    for name in names:
        if os.path.exists(os.path.join(working, name)):
            os.unlink(os.path.join(working, name))
    manifest = write(options, items, as_of, working, progress_printer(options.quiet))
    if options.answers > 0:
        write_answers(working, options.answers)
    for name in present:
        os.unlink(os.path.join(final, name))
    for name in names:
        if os.path.exists(os.path.join(working, name)):
            os.replace(os.path.join(working, name), os.path.join(final, name))
    os.rmdir(working)
    return manifest


def main(argv=None):
    options = arguments(argv)
    try:
        manifest = run(options)
    except Refused as problem:
        print("generate.py: %s" % problem, file=sys.stderr)
        return 2
    except (OSError, sqlite3.Error) as problem:
        print("generate.py: cannot write to %s: %s" % (options.out, problem), file=sys.stderr)
        return 1
    if not options.quiet:
        counts = manifest["counts"]
        print("synthetic population in %s: %d households, %d families, %d persons, %d running awards, %d feed events" % (
            options.out, counts["households"], counts["families"], counts["persons"], counts["running_awards"], counts["birth_events"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
