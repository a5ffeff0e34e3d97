"""Runs every peer that is installed on the rows in a folder (bench --only laws --dump DIR) and prints one line per law; with --json FILE also as a list. A peer that is not installed is printed as
"not run" with the reason; one that is and fails makes the exit code 1. Usage: run.py DIR [--json FILE]"""
import importlib
import json
import sys

PEERS = (("NumPy", "laws_numpy"), ("OpenFisca", "laws_openfisca"), ("zen-engine", "laws_zen"), ("GETTSIM", "laws_gettsim"))


def main(argv):
    if len(argv) not in (2, 4) or (len(argv) == 4 and argv[2] != "--json"):
        print(__doc__, file=sys.stderr)
        return 2
    rows, failed = [], 0
    for name, module in PEERS:
        try:
            rows += importlib.import_module(module).run(argv[1])
        except ImportError as e:
            print(f"  {name:12} not run: {e} (tools/bench/peers/setup installs the peers)")
            rows.append({"group": "peer", "peer": name, "law": "-", "note": f"not run: {e}"})
        except Exception as e:  # a release of the peer with other entry points, say; the others are measured all the same
            reason = f"failed: {type(e).__name__}: {str(e).strip().splitlines()[0] if str(e).strip() else ''}"
            print(f"  {name:12} {reason}")
            rows.append({"group": "peer", "peer": name, "law": "-", "note": reason})
            failed = 1
    if len(argv) == 4:
        with open(argv[3], "w", encoding="utf-8") as f:
            json.dump(rows, f, indent=1)
            f.write("\n")
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv))
