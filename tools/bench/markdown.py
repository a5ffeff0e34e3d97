#!/usr/bin/env python3
"""Writes the tables of docs/performance.md from what the bench measured, so that no number in them is typed by hand.

    markdown.py FILE.md JSON...        JSON: bench --json, peers/run.py --json, ratchet.json; several; the machine is that of the first

A table stands between "<!-- bench: NAME -->" and "<!-- end -->". A table for which the JSON files hold nothing stays as it is; an unknown name is an error."""
import json
import re
import sys


def table(head, rows):
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)] + ["| " + " | ".join(row) + " |" for row in rows]


def ns(x):
    return f"{x:,.0f}" if x >= 100 else f"{x:.1f}"


def ratio(x):
    return f"{x:.2f}" if x >= 0.1 else f"{x:.3f}"


def of(data, group):
    return [r for r in data["rows"] if r.get("group") == group]


def made_on(data):
    if "machine" not in data:
        return []
    return [f"{data['machine']}; gcc {data['compiler']}; {data['date'][:10]}; seed {data['seed']}, median of {data['rounds']} rounds."]


def population(data):
    rows = [[f"{r['unknown_percent']:g} %", f"{r['clusters']:,}", f"{r['households']:,}", f"{r['persons']:,}", f"{r['pairs']:,}", f"{r['houses']:,} / {r['members']:,} / {r['incomes']:,}", f"{r['cases']:,}",
             f"{r['clusters_crossing']:.1%}", f"{r['houses_crossing']:.1%}"] for r in of(data, "law_population")]
    return rows and table(["unknown", "clusters", "homes", "persons", "pairs", "Wohngeld: households / members / receipts", "UVG: cases", "clusters with pointers across homes", "households with one"], rows)


def agreement(data):
    rows = [[f"{r['unknown_percent']:g} %", r["law"], f"{r['months']}", f"{r['vm_rows']:,}", f"{r['replay_rows']:,}", f"{r['emitted_rows']:,}", f"{r['undetermined']:.1%}", f"{r['entitled']:.1%}", f"**{r['differences']}**"] for r in of(data, "law_agreement")]
    return rows and table(["unknown", "law", "months", "rows of the VM", "rows of the replay", "rows of the emitted C", "undetermined", "entitled", "differences"], rows)


def engines(data):
    cells, names = {}, []
    for r in of(data, "laws"):
        if r["per"] != "household":
            continue
        if r["engine"] not in names:
            names.append(r["engine"])
        cells.setdefault((r["unknown_percent"], r["law"]), {})[r["engine"]] = f"{ns(r['ns'])} ({ratio(r['ratio_to_scalar'])})"
    return cells and table(["unknown", "law"] + names, [[f"{unknown:g} %", law] + [found.get(n, "–") for n in names] for (unknown, law), found in cells.items()])


def columns(data):
    cover = {r["law"]: r for r in of(data, "column_agreement")}
    times = {(r["law"], r["engine"]): r for r in of(data, "laws") if r["per"] != "household"}
    rows = []
    for law, r in cover.items():
        scalar, column = times.get((law, "scalar C, islands")), times.get((law, "column C, islands"))
        if scalar and column:
            rows.append([law, f"{r['covered']:,} of {r['rows']:,} ({r['covered'] / r['rows']:.1%})", f"{r['compared']:,}", f"**{r['differences']}**", ns(scalar["ns"]), ns(column["ns"]), ratio(column["ns"] / scalar["ns"])])
    return rows and table(["law", "rows covered", "compared", "differences", "scalar C, ns per row", "column C, ns per row", "column / scalar"], rows)


def single(data):
    rows = [[r["law"], f"{r['first_decision_ms']:.1f} ms", f"{r['replay_us']:,.1f} µs", f"{r['demand_us']:,.1f} µs", f"{r['trace_us']:,.1f} µs", f"{r['trace_steps']:,.0f} / {r['trace_bytes']:,.0f}",
             f"{1000 * r['trace_us'] / r['trace_steps']:.0f} ns", f"{r['explanation_us']:,.0f} µs", f"{r['explanation_bytes']:,.0f}", f"{r['two_threads']:.2f}"] for r in of(data, "single") if "trace_us" in r]
    return rows and table(["law", "package file to first decision", "replay, whole trace", "one claim on demand", "trace as JSON", "its steps / bytes", "per step", "explanation as JSON", "bytes of it", "two threads, times as fast as one"], rows)


def peers(data):
    rows = [[r["peer"], r["law"], f"{r['rows']:,}" if "rows" in r else "–", ns(r["ns_per_row"]) if "ns_per_row" in r else "–", str(r.get("wrong", "–")), str(r.get("differ_in_law", "–")), r["note"]] for r in of(data, "peer")]
    return rows and table(["peer", "law", "rows", "ns per row", "wrong amounts", "differ in law", ""], rows)


def ratchet(data):
    def more(r, part, whole):
        return f"{r[part] / r[whole] - 1:+.1%}" if part in r and whole in r else "–"

    rows = [[law, f"{r['instructions_per_household']:,}", f"{r['opcodes_per_batch']:,}", more(r, "instructions_per_household", "instructions_without_overflow_checks"), more(r, "instructions_with_open_states", "instructions_per_household")]
            for law, r in data.get("laws", {}).items()]
    return rows and table(["law", "instructions per household", "opcodes per batch", "checks for overflow", "open states in every batch"], rows)


def untuned(data):
    def deep(r):
        return f"{r['deep_programs']:g}: {ratio(r['deep_median'])}, {ratio(r['deep_worst'])}" if r["deep_programs"] else "–"

    rows = [[r["what"], r["engine"], r["yardstick"], f"{r['programs']:g}", f"{r['cells']:,}", f"**{r['differences']:g}**", ratio(r["median"]), f"{ratio(r['worst'])} ({r['instructions']:g} instructions, exceptions {r['depth']:g} deep)", deep(r)]
            for r in of(data, "untuned")]
    return rows and table(["package", "engine", "yardstick", "programs", "cells compared", "differences", "median", "worst", "exceptions three deep or deeper: programs, median, worst"], rows)


def month(data):
    rows = [[f"{r['unknown_percent']:g} %", r["law"], f"{r['entitled']:.1%}", f"{r['undetermined']:.1%}"] for r in of(data, "law_month")]
    return rows and table(["unknown", "law", "entitled", "undetermined"], rows)


def exceptions(data):
    def at(r, depth):
        return f"{r[f'rules_{depth}']:,} rules" + (f", live in {r[f'live_{depth}']:,} rows" if f"live_{depth}" in r else "") if f"rules_{depth}" in r else "–"

    rows = [[r["package"], at(r, 0), at(r, 1), at(r, 2), at(r, 3)] for r in of(data, "exceptions")]
    return rows and table(["package", "rules", "exceptions", "exceptions to exceptions", "to those"], rows)


def safety(data):
    cells, names = {}, []
    for r in of(data, "safety"):
        names += [] if r["engine"] in names else [r["engine"]]
        cells.setdefault((r["what"], r["law"]), {})[r["engine"]] = f"{r['cost']:+.1%} ({ns(r['ns'])})"
    return cells and table(["price of", "law"] + names, [[what, law] + [found.get(n, "–") for n in names] for (what, law), found in cells.items()])


def order(data):
    cells, names = {}, []
    for r in of(data, "order"):
        names += [] if r["engine"] in names else [r["engine"]]
        cells.setdefault((r["by"], r["law"]), {})[r["engine"]] = f"{r['ratio'] - 1:+.1%} ({ns(r['ns'])})"
    return cells and table(["ordered by", "law"] + names, [[by, law] + [found.get(n, "–") for n in names] for (by, law), found in sorted(cells.items(), key=lambda x: x[0][0], reverse=True)])


def months(data):
    rows = [[f"{r['unknown_percent']:g} %", r["law"], r["engine"], f"{r['alone_ns'] / 1e6:,.1f} ms", f"{r['span_ns'] / 1e6:,.1f} ms", f"**{r['ratio']:.2f}**", f"{r['evaluated_share']:.1%}", f"{r['cells']:,}", f"**{r['differences']}**"]
            for r in of(data, "months")]
    return rows and table(["unknown", "law", "kernels", "24 × one month", "24 months in one pass", "ratio", "households evaluated", "cells compared", "differences"], rows)


def months_run(data):
    rows = [[f"{r['unknown_percent']:g} %", r["law"], f"{r['households']:,}", f"{r['claims']:,}", f"{r['runs_ns_per_household']:,.0f} ns", f"{r['run_ns_per_household']:,.0f} ns", f"**{r['ratio']:.2f}**", f"{r['receipts_of_single_months']:,} / {r['receipts']:,}"] for r in of(data, "months_run")]
    return rows and table(["unknown", "law", "households", "claims", "24 runs, per household", "one run of 24 months", "ratio", "receipts: 24 runs / one run"], rows)


def growth(data):
    rows = [[f"{r['households']:,.0f}", r["part"], ns(r["cpu_ns_per_household"]), ns(r["wall_ns_per_household"]), f"{r['private_mib']:.0f} MiB", f"{r['peak_mib']:.0f} MiB"] for r in of(data, "growth")]
    return rows and table(["households", "part", "processor, ns per household", "wall clock, ns per household", "private memory", "resident, with mapped pages"], rows)


def growth_ratio(data):
    rows = [[f"{r['from']:,.0f} → {r['to']:,.0f}"] + [f"{r[k]:.2f}" for k in ("fill", "chunks", "run", "private_memory")] for r in of(data, "growth_ratio")]
    return rows and table(["households", "filled", "chunks made", "run", "private memory of the run"], rows)


def single_case(data):
    rows = [[f"{r['households']:,.0f}", f"{r['look_up_us']:,.0f} ({r['look_up_99_us']:,.0f})", f"{r['correct_us']:,.0f} ({r['correct_99_us']:,.0f})", f"{r['correct_deferred_us']:,.0f}", f"{r['correct_together_us']:,.0f}"]
            for r in of(data, "single_case")]
    return rows and table(["households", "looked up, µs (99 %)", "corrected, on disk, µs (99 %)", "corrected, without waiting for the disk, µs", "1,000 corrections in one transaction, µs each"], rows)


def classic(data):
    rows = [[f"{r['households']:,.0f}", r["program"], ns(r["cpu_ns_per_household"]), ns(r["cpu_ns_per_claim"]), ns(r["wall_ns_per_household"]), ns(r["read_ns_per_household"]), ns(r["evaluate_ns_per_household"]), ns(r["write_ns_per_household"])] for r in of(data, "classic")]
    return rows and table(["households", "program", "processor, ns per household", "processor, ns per claim", "wall clock, ns per household", "read", "evaluate", "write"], rows)


def classic_ratio(data):
    rows = [[f"{r['households']:,.0f}", f"{r['claims']:,.0f}", f"{r['changed_percent']:.1f} %", f"{r['receipts']:,.0f}", f"**{ratio(r['cpu'])}**", ratio(r["wall"])] for r in of(data, "classic_ratio")]
    return rows and table(["households", "claims", "decisions changed", "receipts", "ours / classic, processor", "ours / classic, wall clock"], rows)


def ways(data):
    rows = [[f"{r['households']:,.0f}", r["way"], ns(r["write_ns_per_household"]), ns(r["read_ns_per_household"]), ns(r["bytes_per_household"])] for r in of(data, "io")]
    return rows and table(["households", "way", "written, ns per household", "read, ns per household", "bytes per household"], rows)


def threads(data):
    rows = [[f"{r['speed_up']:.2f} (best {r['speed_up_best']:.2f})", f"{r['processor_time']:.2f}", f"{2 / r['processor_time']:.2f}", ns(r["ns_per_household"])] for r in of(data, "threads")]
    return rows and table(["two threads, times as fast as one (wall clock)", "processor time of two / of one", "so at most", "one thread, ns per household of families"], rows)


TABLES = {"machine": made_on, "population": population, "agreement": agreement, "engines": engines, "columns": columns, "single": single, "peers": peers, "ratchet": ratchet, "untuned": untuned, "month": month, "exceptions": exceptions,
          "safety": safety, "order": order, "months": months, "months_run": months_run, "growth": growth, "growth-ratio": growth_ratio, "single-case": single_case, "classic": classic, "classic-ratio": classic_ratio, "ways": ways, "threads": threads}


def gather(files):
    data = {"rows": []}
    for name in files:
        with open(name, encoding="utf-8") as f:
            found = json.load(f)
        if isinstance(found, list):
            found = {"rows": found}
        data = {**found, **data, "rows": data["rows"] + found.get("rows", [])}
    return data


def main(argv):
    if len(argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    data = gather(argv[2:])
    with open(argv[1], encoding="utf-8") as f:
        text = f.read()

    def fill(match):
        lines = TABLES[match.group(1)](data)
        return f"<!-- bench: {match.group(1)} -->\n" + "\n".join(lines) + "\n<!-- end -->" if lines else match.group(0)

    unknown = [n for n in re.findall(r"<!-- bench: (\S+) -->", text) if n not in TABLES]
    if unknown:
        print(f"markdown: no table is called {', '.join(unknown)}", file=sys.stderr)
        return 1
    with open(argv[1], "w", encoding="utf-8") as f:
        f.write(re.sub(r"<!-- bench: (\S+) -->\n.*?<!-- end -->", fill, text, flags=re.S))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
