"""Column chunks on the sample population, through the command line: the same decisions with and without them, after corrections; keys; SQL.

    ANSPRUCH=PROGRAM python3 -m unittest tests/e2e/test_chunks.py

The oracle is the run that reads rows only. All data is synthetic and written to a temporary directory.
"""
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.abspath(os.environ.get("ANSPRUCH", "anspruch"))
EXTENSION = os.environ.get("ANSPRUCH_SQL", "")
PACKAGES = {"wohngeld": "rules/bund/wogg/wohngeld", "unterhaltsvorschuss": "rules/bund/uhvorschg/unterhaltsvorschuss"}
OFF = ("--no-progress", "--brake-change", "off", "--brake-refer", "off", "--json")
KEY, OTHER_KEY = "00" * 31 + "01", "00" * 31 + "02"
BASE = {}


def run(*arguments, key=None):
    environment = {k: v for k, v in os.environ.items() if k != "ANSPRUCH_CHUNK_KEY"}
    if key:
        environment["ANSPRUCH_CHUNK_KEY"] = key
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=300, env=environment, cwd=BASE["directory"])


def done(*arguments, key=None):
    result = run(*arguments, key=key)
    if result.returncode:
        raise AssertionError("%s: %s" % (" ".join(arguments), result.stderr or result.stdout))
    return result.stdout


def change(store, *statements):
    database = sqlite3.connect(os.path.join(BASE["directory"], store))
    for statement in statements:
        database.execute(statement)
    database.commit()
    database.close()


def rows(store, statement):
    database = sqlite3.connect("file:%s?mode=ro" % os.path.join(BASE["directory"], store), uri=True)
    result = database.execute(statement).fetchall()
    database.close()
    return result


def fork(store, name):
    """A copy by SQLite itself, with the write-ahead log."""
    path = os.path.join(BASE["directory"], name)
    database = sqlite3.connect(os.path.join(BASE["directory"], store))
    database.execute("VACUUM INTO ?", (path,))
    database.close()
    return name


def setUpModule():
    BASE["directory"] = tempfile.mkdtemp(prefix="chunks-test.")
    subprocess.run([sys.executable, os.path.join(ROOT, "tools", "registers", "generate.py"), "--quiet", "--households", "700", "--seed", "5", "--benefits", "--out", os.path.join(BASE["directory"], "population")],
                   env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"), check=True, timeout=300)
    for benefit, source in PACKAGES.items():
        store, package = benefit + ".store", benefit + ".anp"
        done("build", os.path.join(ROOT, source), "-o", package)
        done("import", "--store", store, "population/casefile-%s.jsonl" % benefit, package)
        done("batch", "--store", store, "--month", "2026-11", *OFF, package)
        prepare(store, package, benefit)


def prepare(store, package, benefit):
    """A steady state: what was due is awarded, chunks exist, and then corrections come in. Every claim has its key already, so that receipts can be compared."""
    change(store, "INSERT INTO award SELECT b.id, d.claim, d.month - 3, d.id + 1000000, 2147483647, d.amount_cents, '', '', 1000, 0 FROM decision d, name b"
                  " WHERE d.merits = 0 AND d.amount_cents > 0 AND b.text = (SELECT n.text FROM application a JOIN name n ON n.id = a.benefit LIMIT 1)",
           "INSERT OR IGNORE INTO benefit_period SELECT benefit, 0 FROM award",
           "INSERT OR IGNORE INTO setting SELECT 'case-key/' || id, printf('%064x', id) FROM subject")
    done("store", "compact", "--store", store, package)
    done("import", "--store", store, "population/casefile-%s-late.jsonl" % benefit, package)
    at = int(time.time())
    change(store, "UPDATE assertion SET superseded_at = %d WHERE superseded_at = 0 AND kind <> 3 AND id %% 97 = 3" % at,
           "UPDATE assertion SET number = number + 100 WHERE superseded_at = 0 AND kind = 1 AND number > 5000 AND id % 89 = 7")


def tearDownModule():
    shutil.rmtree(BASE["directory"], ignore_errors=True)


def outcome(store, run_number):
    """Everything a run stored: the decisions as they are listed, and the seals of those with a receipt."""
    listed = json.loads(done("worklist", "--store", store, "--run", str(run_number), "--limit", "100000", "--json"))
    seals = rows(store, "SELECT id, hex(facts_sha), hex(trace_sha), hex(leaf), reason_codes FROM decision WHERE run = %d AND leaf IS NOT NULL ORDER BY id" % run_number)
    return listed, seals


class Chunks(unittest.TestCase):
    def test_the_same_decisions_with_and_without_chunks(self):
        for benefit in PACKAGES:
            store, package = benefit + ".store", benefit + ".anp"
            changed = rows(store, "SELECT count(*), (SELECT sum(components) FROM chunk) FROM chunk_dirty")[0]
            self.assertTrue(0 < changed[0] < changed[1], changed)
            expected = None
            ways = {"rows": ("--rows-only",), "chunks": (), "threads": ("--jobs", "2"), "blocks": ("--decision-chunks", "--jobs", "2"), "renewed": ("--decision-chunks",), "secret": ()}
            for way, options in ways.items():
                with self.subTest(benefit=benefit, way=way):
                    copy = fork(store, "%s-%s" % (way, store))
                    key = KEY if way == "secret" else None
                    if way in ("renewed", "secret"):
                        done("store", "compact", "--store", copy, "--changed", "0", *(["--rebuild"] if key else []), package, key=key)
                        self.assertEqual(rows(copy, "SELECT count(*) FROM chunk_dirty"), [(0,)])
                    report = json.loads(done("batch", "--store", copy, "--month", "2026-09..2026-11", "--current", "2026-11", *options, *OFF, package, key=key))
                    got = outcome(copy, report["run"])
                    self.assertEqual(len(got[0]), report["decisions"])
                    expected = expected or got
                    self.assertEqual(got, expected)
                    self.assertGreater(len(got[1]), 100)  # their hashes of facts and traces are compared; unchanged decisions: unit_batch
                    kept = rows(copy, "SELECT count(*) FROM decision WHERE run = %d" % report["run"])[0][0]
                    self.assertEqual(kept, len(got[1]) if "--decision-chunks" in options else len(got[0]))
                    done("audit", "verify", "--store", copy)
                    for unchanged in [d for d in got[0] if not d["receipt"]][:1]:
                        self.assertIn("E-REPLAY-NO-RECEIPT", run("replay", "--store", copy, str(unchanged["decision"])).stderr)
                    done("replay", "--store", copy, str(got[1][0][0]))

    def test_keys_and_damage_are_named_with_the_remedy(self):
        copy, package = fork("wohngeld.store", "damaged.store"), "wohngeld.anp"
        batch = ("batch", "--store", copy, "--month", "2026-11", *OFF, package)
        done("store", "compact", "--store", copy, "--rebuild", package, key=KEY)
        for key, code in ((None, "E-CHUNK-KEY"), (OTHER_KEY, "E-CHUNK-WRONG-KEY")):
            refused = run(*batch, key=key)
            self.assertEqual((refused.returncode, code in refused.stderr), (7, True), refused.stderr)
        self.assertEqual(run(*batch, key="short").returncode, 5)
        with open(os.path.join(BASE["directory"], "key"), "w", encoding="ascii") as file:
            file.write(KEY + "\n")
        done(*batch, "--chunk-key", "key")
        change(copy, "UPDATE chunk SET bytes = CAST(substr(bytes, 1, 500) || x'00ff00ff' || substr(bytes, 505) AS BLOB)")
        refused = run(*batch, "--lang", "en", key=KEY)
        self.assertEqual(refused.returncode, 7)
        for word in ("E-CHUNK-DAMAGED", "damaged.store", "column chunk", "compact --rebuild"):
            self.assertIn(word, refused.stderr)
        done(*batch, "--rows-only")
        self.assertIn("nicht verschlüsselt", done("store", "compact", "--store", copy, "--rebuild", "--lang", "de", package))
        done(*batch, "--compact")

    def test_sql_shows_what_lies_in_chunks(self):
        copy = fork("wohngeld.store", "sql.store")
        done("batch", "--store", copy, "--month", "2026-11", "--decision-chunks", *OFF, "wohngeld.anp")

        def ask(statement):
            return [tuple(r.values()) for r in json.loads(done("sql", "--json", copy, statement))]

        everything = ask("SELECT * FROM anspruch_facts")
        self.assertGreater(len(everything), 1000)
        key, subject, unit = ask("SELECT row, subject, unit FROM anspruch_facts WHERE unit <> 'Person' AND state = 'value' LIMIT 1")[0]
        for condition, column in (("row = '%s'" % key, 1), ("subject = %s" % subject, 8)):
            self.assertEqual(sorted(map(str, ask("SELECT * FROM anspruch_facts WHERE " + condition))), sorted(str(r) for r in everything if r[column] == (key if column == 1 else subject)))
        self.assertEqual(ask("SELECT * FROM anspruch_facts WHERE row = '%s' AND unit = '%s'" % (key, unit)), [r for r in everything if r[:2] == (unit, key)])
        self.assertIn("INDEX 1:", done("sql", copy, "EXPLAIN QUERY PLAN SELECT * FROM anspruch_facts WHERE subject = 1"))
        same, all_of = ask("SELECT sum(v.text = f.value), count(*) FROM anspruch_facts f JOIN name n ON n.text = f.fact JOIN assertion a ON a.subject = f.subject AND a.fact = n.id JOIN name v ON v.id = a.text"
                           " WHERE a.kind = 2 AND a.superseded_at = 0 AND f.state = 'value' AND f.changed = 0")[0]
        self.assertEqual((same, int(all_of) > 50), (all_of, True))
        self.assertEqual({r[7] for r in everything}, {"0", "1"})
        listed = json.loads(done("worklist", "--store", copy, "--run", "2", "--limit", "100000", "--json"))
        self.assertEqual(ask("SELECT id, amount_cents, receipt FROM anspruch_decisions WHERE run = 2 ORDER BY claim, month"),
                         [(str(d["decision"]), str(d["amount_cents"]), str(int(d["receipt"]))) for d in listed])
        self.assertEqual(ask("SELECT count(*), count(DISTINCT id) FROM anspruch_decisions"), [(str(2 * len(listed)),) * 2])
        self.assertEqual(ask("SELECT count(*) FROM anspruch_decisions WHERE run = 77"), [("0",)])
        for statement in ("DELETE FROM run", "ATTACH 'other' AS o", "SELECT 1; SELECT 2", "SELECT nothing"):
            self.assertEqual(run("sql", copy, statement).returncode, 5, statement)
        self.assertEqual(done("sql", "--csv", copy, "SELECT 'a;b' AS x, NULL AS y, 1 AS z"), 'x;y;z\n"a;b";;1\n')

    @unittest.skipUnless(EXTENSION and shutil.which("sqlite3"), "needs the sqlite3 shell and the extension")
    def test_the_extension_shows_the_same_in_the_sqlite_shell(self):
        copy = fork("wohngeld.store", "shell.store")
        statement = "SELECT unit, row, fact, state, value, from_day, to_day, changed FROM anspruch_facts ORDER BY 1, 2, 3, 6 LIMIT 400"
        shell = subprocess.run(["sqlite3", "-separator", "\t", os.path.join(BASE["directory"], copy), ".load " + EXTENSION, statement], capture_output=True, text=True, timeout=60)
        if "ASan runtime does not come first" in shell.stderr:
            self.skipTest("a sanitized extension cannot be loaded into a program without sanitizers")
        self.assertEqual((shell.returncode, shell.stderr), (0, ""))
        self.assertEqual(shell.stdout, "".join(done("sql", copy, statement).splitlines(keepends=True)[1:]))


if __name__ == "__main__":
    unittest.main()
