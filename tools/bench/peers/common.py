"""What the peers share: the rows that the column program covers, as the bench wrote them (bench --only laws --dump DIR), the amounts of the law, and the count of wrong cents.

Every peer computes euros in floating point, as its users write rules for it, from the same rows and the same parameters. A result is wrong if it differs from the exact amount by a cent or more."""
import csv
import json
import os
import statistics
import time


def read(folder, name):
    """The columns of a CSV file: name -> list of integers."""
    with open(os.path.join(folder, name), encoding="utf-8", newline="") as f:
        rows = csv.reader(f)
        head = next(rows)
        columns = list(zip(*([int(x) for x in row] for row in rows))) or [()] * len(head)
    return {name: list(column) for name, column in zip(head, columns)}


def law(folder):
    with open(os.path.join(folder, "law.json"), encoding="utf-8") as f:
        return json.load(f)


def differ(euros, cents):
    """For each result whether it differs by a cent or more."""
    return [not abs(float(e) * 100 - c) < 0.5 for e, c in zip(euros, cents)]


def wrong(euros, cents):
    return sum(differ(euros, cents))


def timed(work, rounds=5):
    """The result of the last call and the median processor time in seconds."""
    times, result = [], None
    for _ in range(rounds):
        t0 = time.process_time()
        result = work()
        times.append(time.process_time() - t0)
    return result, statistics.median(times)


def report(peer, name, seconds, euros, cents, note=""):
    n = max(len(cents), 1)
    bad = wrong(euros, cents)
    print(f"  {peer:12} {name:22} {seconds * 1e9 / n:12.1f} ns per row, {len(cents)} rows, {bad} wrong amounts{', ' + note if note else ''}", flush=True)
    return {"group": "peer", "peer": peer, "law": name, "ns_per_row": seconds * 1e9 / n, "rows": len(cents), "wrong": bad, "note": note}


def compared(peer, name, seconds, whole, euros, cents, rows, apart):
    """The line of a peer that has rules of its own. apart: reason -> for each result whether a rule of the peer is another one than the law that ours follow. A result that differs is wrong only if no reason
    holds for it; otherwise it is counted under the first reason that does. whole: seconds of a call that also builds the computation; rows: of which only some could be expressed."""
    reasons, bad, n = {reason: 0 for reason in apart}, 0, max(len(cents), 1)
    for k, other in enumerate(differ(euros, cents)):
        reason = next((r for r, flags in apart.items() if flags[k]), None)
        if other and reason:
            reasons[reason] += 1
        bad += other and not reason
    known = sum(reasons.values())
    note = f"own rules; {len(cents):,} of {rows:,} rows can be expressed, {known} differ in law" + "".join(f"; {r}: {c}" for r, c in reasons.items() if c) + f"; a whole call, which builds the computation from its rules, takes {whole:.1f} s"
    print(f"  {peer:12} {name:22} {seconds * 1e9 / n:12.1f} ns per row, {len(cents)} rows, {bad} wrong amounts, {note}", flush=True)
    return {"group": "peer", "peer": peer, "law": name, "ns_per_row": seconds * 1e9 / n, "rows": len(cents), "wrong": bad, "differ_in_law": known, "covered_of": rows, "note": note}
