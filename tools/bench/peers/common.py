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


def wrong(euros, cents):
    """How many results differ by a cent or more."""
    return sum(1 for e, c in zip(euros, cents) if not abs(float(e) * 100 - c) < 0.5)


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
