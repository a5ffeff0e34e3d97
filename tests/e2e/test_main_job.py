"""The main job end to end: case file and registers to decisions, with kills, tampering, broken peers and full disks.

    ANSPRUCH=PROGRAM python3 -m unittest tests/e2e/test_main_job.py

The oracle is an undisturbed run of the same job, the registers' own access log, and docs/: a disturbance may cost answers, never change a
decision from one determined result to another, and never lose the trace of a request. All data is synthetic; everything is written to a temporary
directory. ANSPRUCH_TEST_SEED chooses the moments of the kills (printed on failure); nothing here measures time.
"""
import json
import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
REGISTERS = os.path.join(ROOT, "tools", "registers")
PROGRAM = os.path.abspath(os.environ.get("ANSPRUCH", "anspruch"))
MONTH = "2026-11"
SEED = int(os.environ.get("ANSPRUCH_TEST_SEED", "20261101"))
ENVIRONMENT = dict(os.environ, PYTHONDONTWRITEBYTECODE="1", LANG="de_DE.UTF-8")
for _name in ("LC_ALL", "LC_MESSAGES", "ANSPRUCH_LANG"):
    ENVIRONMENT.pop(_name, None)
PERSON = "TH/GOV/MELDE/residents/person"
UNKNOWN = 2          # state of an assertion (engine/code/state.h)
BASE = {}            # paths and the undisturbed result; filled by setUpModule


class Server:
    """The stand-in security server over HTTPS, with its control port."""

    def __init__(self, directory, name, *options):
        self.log = os.path.join(directory, name + ".access.jsonl")
        self.ready_file = os.path.join(directory, name + ".ready")
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(REGISTERS, "server.py"), "--data", BASE["registers"], "--https-port", "0", "--control-port", "0",
             "--certs", BASE["certs"], "--access-log", self.log, "--ready-file", self.ready_file, *options],
            env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the stand-in server did not start")
        self.ready = json.loads(line)

    def control(self, method, path, document=None):
        body = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request("http://%s%s" % (self.ready["control"], path), data=body, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def entries(self):
        self.control("GET", "/stats")        # flushes the log
        with open(self.log, encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.process.stdout.close()


def run(*arguments, timeout=120, **options):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=timeout, env=ENVIRONMENT, **options)


def write_config(path, server, tls=None, **changes):
    with open(os.path.join(ROOT, "fixtures", "exchange", "local.json"), encoding="utf-8") as file:
        config = json.load(file)
    for register in config["registers"]:
        if "mapping" in register:
            register["mapping"] = os.path.join(ROOT, "fixtures", "exchange", register["mapping"])
    config["policy"]["authorisations"] = os.path.join(ROOT, "fixtures", "exchange", config["policy"]["authorisations"])
    certs = BASE["certs"]
    config["server_url"] = "https://" + server.ready["https"]
    config["tls"] = {"ca_file": certs + "/ca.crt", "client_cert": certs + "/client.crt", "client_key": certs + "/client.key"}
    config.update({"backoff_ms": 1, "max_attempts": 2})
    if tls == "absent":
        del config["tls"]
    elif tls:
        config["tls"].update(client_cert="%s/%s.crt" % (certs, tls), client_key="%s/%s.key" % (certs, tls))
    config.update(changes)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(config, file)
    return path


def rows(store, sql, *values):
    database = sqlite3.connect(store)
    try:
        return database.execute(sql, values).fetchall()
    finally:
        database.close()


def change(store, sql):
    database = sqlite3.connect(store)
    try:
        done = database.execute(sql).rowcount
        database.commit()
        return done
    finally:
        database.close()


def copy_store(source, target):
    """A copy by SQLite itself, so that a write-ahead log left by a kill is included."""
    a, b = sqlite3.connect(source), sqlite3.connect(target)
    a.backup(b)
    a.close()
    b.close()
    return target


def fetch(store, config, **options):
    return run("fetch", "--store", store, "--config", config, "--month", MONTH, "--json", BASE["package"], **options)


def batch(store, *options, jobs=2, **more):
    return run("batch", "--store", store, "--month", MONTH, "--jobs", str(jobs), "--brake-change", "off", "--brake-refer", "off", *options, BASE["package"], **more)


def worklist(store):
    done = run("worklist", "--store", store, "--limit", "1000000", "--json")
    if done.returncode:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)


def outcomes(store):
    """(claim, month) → what was decided; without numbers that depend on the order of arrival."""
    return {(d["row"], d["month"]): (d["merits"], d["procedure"], d["action"], d["previous_cents"], d["amount_cents"]) for d in worklist(store)}


def setUpModule():
    if not os.access(PROGRAM, os.X_OK):
        raise RuntimeError("ANSPRUCH must name the program, not " + PROGRAM)
    directory = tempfile.mkdtemp(prefix="main-job-")
    unittest.addModuleCleanup(shutil.rmtree, directory)
    BASE.update(directory=directory, certs=os.path.join(directory, "certs"), package=os.path.join(directory, "kindergeld.anp"))
    population = os.path.join(directory, "population")
    BASE.update(registers=os.path.join(population, "registers.sqlite"), casefile=os.path.join(population, "casefile.jsonl"))
    for command in ([sys.executable, os.path.join(REGISTERS, "generate.py"), "--families", "60", "--seed", "7", "--as-of", MONTH, "--out", population, "--quiet", "--jobs", "1"],
                    ["sh", os.path.join(REGISTERS, "make-certs.sh"), BASE["certs"]],
                    [PROGRAM, "build", os.path.join(ROOT, "rules", "bund", "estg", "kindergeld"), "-o", BASE["package"]]):
        done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, timeout=120)
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
    BASE["server"] = server = Server(directory, "server")
    unittest.addModuleCleanup(server.stop)
    BASE["config"] = write_config(os.path.join(directory, "exchange.json"), server)
    BASE["imported"] = os.path.join(directory, "imported.sqlite")
    done = run("import", "--store", BASE["imported"], "--json", BASE["casefile"])
    if done.returncode:
        raise RuntimeError(done.stderr)
    BASE["import_counts"] = json.loads(done.stdout)
    BASE["fetched"] = copy_store(BASE["imported"], os.path.join(directory, "fetched.sqlite"))
    done = fetch(BASE["fetched"], BASE["config"])
    if done.returncode:
        raise RuntimeError(done.stderr)
    BASE["fetch_counts"] = json.loads(done.stdout)
    BASE["log"] = server.entries()
    BASE["decided"] = copy_store(BASE["fetched"], os.path.join(directory, "decided.sqlite"))
    done = batch(BASE["decided"])
    if done.returncode:
        raise RuntimeError(done.stderr)
    BASE["outcomes"] = outcomes(BASE["decided"])


class Job(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="t-", dir=BASE["directory"])
        self.addCleanup(shutil.rmtree, self.directory)
        BASE["server"].control("DELETE", "/faults")

    def path(self, name):
        return os.path.join(self.directory, name)

    def copy(self, which, name="store.sqlite"):
        return copy_store(BASE[which], self.path(name))

    def assertExit(self, done, code, *texts):
        self.assertEqual(done.returncode, code, "%s\n%s%s" % (done.args, done.stdout[-2000:], done.stderr[-2000:]))
        for text in texts:
            self.assertIn(text, done.stderr)

    def assertWhole(self, store):
        """Opens after a disturbance, passes SQLite's own check and the program's audit."""
        self.assertEqual(rows(store, "PRAGMA integrity_check"), [("ok",)])
        self.assertEqual(rows(store, "PRAGMA foreign_key_check"), [])
        self.assertExit(run("audit", "verify", "--store", store), 0)


class Undisturbed(Job):
    def test_the_base_run_says_something(self):
        merits = [o[0] for o in BASE["outcomes"].values()]
        self.assertGreater(merits.count("entitled"), 40)
        self.assertGreater(merits.count("undetermined"), 0)
        self.assertGreater(BASE["fetch_counts"]["requests"], 300)
        self.assertEqual((BASE["fetch_counts"]["failed"], BASE["fetch_counts"]["invalid"]), (0, 0))

    def test_importing_twice_changes_nothing(self):
        store = self.copy("imported")
        tables = [t for (t,) in rows(store, "SELECT name FROM sqlite_schema WHERE type='table'")]
        before = {t: sorted(map(repr, rows(store, "SELECT * FROM " + t))) for t in tables}
        done = run("import", "--store", store, "--json", BASE["casefile"])
        self.assertExit(done, 0)
        counts = json.loads(done.stdout)
        self.assertEqual(counts["lines"], BASE["import_counts"]["lines"])
        self.assertEqual([counts[k] for k in ("awards", "applications", "findings", "payments", "bad")], [0] * 5)
        for t in tables:
            self.assertEqual(sorted(map(repr, rows(store, "SELECT * FROM " + t))), before[t], t)

    def test_a_second_fetch_asks_nobody_about_anybody(self):
        store = self.copy("fetched")
        server = BASE["server"]
        before = len(server.entries())
        assertions = rows(store, "SELECT count(*) FROM assertion")
        self.assertExit(fetch(store, BASE["config"]), 0)
        new = server.entries()[before:]
        self.assertEqual([e["service"] for e in new], ["TH/GOV/STANDESAMT/births/events"])      # the feed is polled, nobody is asked about
        self.assertFalse(any(e["idnr_used"] and e["target"].rsplit("/", 1)[1].isdigit() for e in new))
        self.assertEqual(rows(store, "SELECT count(*) FROM assertion"), assertions)
        self.assertExit(batch(store), 0)
        self.assertEqual(outcomes(store), BASE["outcomes"])

    def test_the_number_of_jobs_does_not_matter(self):
        lists = []
        for jobs in (1, 4):
            store = self.copy("fetched", "jobs-%d.sqlite" % jobs)
            self.assertExit(batch(store, jobs=jobs), 0)
            lists.append(run("worklist", "--store", store, "--limit", "1000000", "--json").stdout)
        self.assertEqual(lists[0], lists[1])
        self.assertEqual(len(json.loads(lists[0])), len(BASE["outcomes"]))

    def test_every_receipt_replays(self):
        receipts = [d["decision"] for d in worklist(BASE["decided"]) if d["receipt"]]
        self.assertGreater(len(receipts), 3)
        for number in receipts:
            self.assertExit(run("replay", "--store", BASE["decided"], str(number)), 0)
            done = run("replay", "--store", BASE["decided"], "--json", str(number))
            self.assertExit(done, 0)
            self.assertEqual(json.loads(done.stdout)["format"], "anspruch-explanation/1")
            self.assertExit(run("explain", "--store", BASE["decided"], "--decision", str(number)), 0)
        done = run("audit", "verify", "--store", BASE["decided"], "--json")
        self.assertExit(done, 0)
        self.assertEqual(json.loads(done.stdout)["receipts"], len(receipts))
        unchanged = next(d["decision"] for d in worklist(BASE["decided"]) if not d["receipt"])
        self.assertExit(run("replay", "--store", BASE["decided"], str(unchanged)), 5, "E-REPLAY-NO-RECEIPT", str(unchanged))

    def test_the_exchange_log_is_the_registers_own_log(self):
        own = rows(BASE["fetched"], "SELECT request_id, service, subject_key, legal_basis, purpose, case_id, idnr_used FROM exchange_log WHERE outcome = 'sent'")
        theirs = []
        for e in BASE["log"]:
            last = e["target"].partition("?")[0].rsplit("/", 1)[1]
            theirs.append((e["x_road_id"], e["service"], last if last.isdigit() else "", e["legal_basis"], e["purpose"], e["issue"], int(e["idnr_used"])))
            self.assertTrue(e["tls"])
        self.assertEqual(sorted(own), sorted(theirs))
        self.assertEqual(len({o[0] for o in own}), len(own))
        ended = rows(BASE["fetched"], "SELECT request_id, xroad_request_id FROM exchange_log WHERE outcome <> 'sent'")
        self.assertEqual(sorted(ended), sorted((e["x_road_id"], e["x_road_request_id"]) for e in BASE["log"]))
        for _, service, subject, basis, purpose, case, used in own:
            self.assertTrue(basis.startswith("§") and purpose and case, service)
            self.assertEqual(used, 1 if subject else 0, service)

    def test_a_brake_stops_the_run_before_release(self):
        store = self.copy("fetched")
        done = run("batch", "--store", store, "--month", MONTH, "--brake-change", "1", "--brake-refer", "off", "--json", BASE["package"])
        self.assertExit(done, 8, "E-BATCH-BRAKE", "--brake-change")
        self.assertTrue(json.loads(done.stdout)["braked"])
        self.assertEqual(rows(store, "SELECT state FROM run"), [(2,)])
        store = self.copy("imported", "imported.sqlite")
        self.assertExit(run("batch", "--store", store, "--month", MONTH, "--brake-change", "off", "--brake-refer", "0", BASE["package"], "--lang", "en"), 8, "E-BATCH-BRAKE", "--brake-refer")


class CaseFile(Job):
    def test_bad_lines_are_named_and_good_ones_kept(self):
        with open(BASE["casefile"], encoding="utf-8") as file:
            lines = [next(file).rstrip("\n") for _ in range(40)]
        award = json.loads(next(line for line in lines if '"award"' in line[:20]))
        finding = {"kind": "finding", "finding": "FE-TEST-1", "unit": "Person", "key": [award["child"]], "fact": "Ausbildung_anerkannt", "value": True, "from": "2026-02-30",
                   "author": "SB", "reason": "Prüfung", "recorded_on": "2026-03-01"}
        good = dict(finding, **{"finding": "FE-TEST-2", "from": "2026-02-28"})
        bad = ['{"kind":"award"', json.dumps(dict(award, kind="gift")), json.dumps(finding), '{"kind":"award","kind":"award"}',
               json.dumps(dict(award, recipient="123")), json.dumps(dict(award, colour="red")), "\x00", json.dumps(dict(finding, key=["x"])), '"' + "x" * 300000 + '"']
        text = lines[:20]
        numbers = []
        for line in bad:
            text.append(line)
            numbers.append(len(text))
        text += [json.dumps(good), ""] + lines[20:]
        path = self.path("bad.jsonl")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(text) + "\n")
        store = self.path("store.sqlite")
        done = run("import", "--store", store, "--json", path)
        self.assertExit(done, 1, *("Zeile %d: " % n for n in numbers))
        self.assertEqual([int(n) for n in re.findall(r"^Zeile (\d+): ", done.stderr, re.M)], numbers)
        self.assertEqual(done.stderr.count("bad.jsonl:"), len(bad))
        counts = json.loads(done.stdout)
        self.assertEqual(counts["bad"], len(bad))
        clean = self.path("clean.jsonl")
        with open(clean, "w", encoding="utf-8") as file:
            file.write("\n".join(lines + [json.dumps(good)]) + "\n")
        other = self.path("clean.sqlite")
        self.assertExit(run("import", "--store", other, "--json", clean), 0)
        facts = "SELECT s.key, f.text, a.from_day, a.to_day, a.state, a.kind, a.number FROM assertion a JOIN subject s ON s.id = a.subject JOIN name f ON f.id = a.fact ORDER BY 1, 2, 3, 4, 7"
        self.assertEqual(rows(store, facts), rows(other, facts))
        for table in ("award", "application", "payment", "case_number"):
            self.assertEqual(rows(store, "SELECT count(*) FROM " + table), rows(other, "SELECT count(*) FROM " + table), table)
        again = run("import", "--store", store, "--json", path, "--lang", "en")
        self.assertExit(again, 1, *("line %d: " % n for n in numbers))      # reported every time until corrected
        self.assertEqual(rows(store, facts), rows(other, facts))

    def test_unknown_benefits_and_facts_never_decide_anything(self):
        """Import knows no package. What no rule knows must stay without effect, and claims of another benefit are not decided by this one."""
        with open(BASE["casefile"], encoding="utf-8") as file:
            award = json.loads(next(line for line in file if line.startswith('{"kind":"award"')))
        extra = [dict(award, award="AW-T", case="KG-T", benefit="Elterngeld"),
                 {"kind": "finding", "finding": "FE-T", "unit": "Person", "key": [award["child"]], "fact": "Haarfarbe", "value": "blond", "author": "SB", "reason": "x", "recorded_on": "2026-01-02"}]
        path = self.path("extra.jsonl")
        with open(path, "w", encoding="utf-8") as file:
            for line in [{"kind": "header", "format": "anspruch-casefile/1"}] + extra:
                file.write(json.dumps(line) + "\n")
        store = self.copy("fetched")
        self.assertIn(run("import", "--store", store, path).returncode, (0, 1))
        self.assertExit(batch(store), 0)
        self.assertEqual(outcomes(store), BASE["outcomes"])


class Kills(Job):
    def test_fetch_killed_at_any_moment_ends_with_the_same_facts(self):
        random.seed(SEED)
        server, store = BASE["server"], self.copy("imported")
        before, partial = len(server.entries()), 0
        config = write_config(self.path("slow.json"), server, parallel=2)
        for _ in range(8):
            process = subprocess.Popen([PROGRAM, "fetch", "--store", store, "--config", config, "--month", MONTH, BASE["package"]],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
            time.sleep(random.uniform(0.0, 0.25))
            process.kill()
            process.wait(20)
            self.assertEqual(rows(store, "PRAGMA integrity_check"), [("ok",)], SEED)
            answered = rows(store, "SELECT count(*) FROM evidence WHERE request_id IN (SELECT request_id FROM exchange_log)")[0][0]
            partial += 0 < answered < BASE["fetch_counts"]["evidence"]
        self.assertExit(fetch(store, BASE["config"]), 0)
        sent = {i for (i,) in rows(store, "SELECT request_id FROM exchange_log")}
        self.assertLessEqual({e["x_road_id"] for e in server.entries()[before:]}, sent, "a request left without a log entry; seed %d" % SEED)
        self.assertExit(batch(store), 0)
        self.assertEqual(outcomes(store), BASE["outcomes"], SEED)
        self.assertWhole(store)

    def test_batch_killed_at_any_moment_resumes_and_decides_nothing_twice(self):
        random.seed(SEED)
        population = self.path("population")
        done = subprocess.run([sys.executable, os.path.join(REGISTERS, "generate.py"), "--families", "2600", "--seed", "11", "--as-of", MONTH, "--out", population, "--quiet"],
                              capture_output=True, text=True, env=ENVIRONMENT, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        whole, killed = self.path("whole.sqlite"), self.path("killed.sqlite")
        self.assertExit(run("import", "--store", whole, os.path.join(population, "casefile.jsonl")), 0)
        copy_store(whole, killed)
        self.assertExit(batch(whole), 0)
        partial, decided, ended = 0, 0, False
        while not ended:        # a kill each time the run has committed something more, and now and then a little later
            process = subprocess.Popen([PROGRAM, "batch", "--store", killed, "--month", MONTH, "--jobs", "1", "--brake-change", "off", "--brake-refer", "off", BASE["package"]],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
            while process.poll() is None and rows(killed, "SELECT count(*) FROM decision")[0][0] == decided:
                time.sleep(0.001)
            time.sleep(random.choice((0, 0, 0.02)))
            process.kill()
            process.wait(20)
            decided = rows(killed, "SELECT count(*) FROM decision")[0][0]
            ended = rows(killed, "SELECT state FROM run") == [(1,)]  # finished, whether the kill came after the last commit or not
            partial += rows(killed, "SELECT state FROM run") == [(0,)]
        self.assertGreater(partial, 0, "no kill hit a run with committed decisions; seed %d" % SEED)
        self.assertEqual(rows(killed, "SELECT state FROM run"), [(1,)])
        self.assertEqual(rows(killed, "SELECT claim, month FROM decision GROUP BY claim, month HAVING count(*) <> 1"), [])
        self.assertEqual(worklist(killed), worklist(whole), SEED)
        self.assertWhole(killed)

    def test_import_killed_and_repeated(self):
        random.seed(SEED)
        store = self.path("store.sqlite")
        for _ in range(6):
            process = subprocess.Popen([PROGRAM, "import", "--store", store, BASE["casefile"]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
            time.sleep(random.uniform(0.0, 0.03))
            process.kill()
            process.wait(20)
        self.assertExit(run("import", "--store", store, BASE["casefile"]), 0)
        for table in ("assertion", "award", "application", "payment", "subject", "evidence"):
            self.assertEqual(rows(store, "SELECT count(*) FROM " + table), rows(BASE["imported"], "SELECT count(*) FROM " + table), table)
        self.assertWhole(store)


class Tampering(Job):
    RECEIPT = "(SELECT id FROM decision WHERE leaf IS NOT NULL ORDER BY id LIMIT 1 OFFSET 1)"
    CHANGES = [
        "UPDATE decision SET amount_cents = amount_cents + 100 WHERE id = " + RECEIPT,
        "UPDATE decision SET payout_cents = payout_cents + 100 WHERE id = " + RECEIPT,
        "UPDATE decision SET merits = (merits + 1) % 3 WHERE id = " + RECEIPT,
        "UPDATE decision SET procedure = (procedure + 1) % 5 WHERE id = " + RECEIPT,
        "UPDATE decision SET action = (action + 1) % 7 WHERE id = " + RECEIPT,
        "UPDATE decision SET month = month - 1 WHERE id = " + RECEIPT,
        "UPDATE decision SET leaf = randomblob(32) WHERE id = " + RECEIPT,
        "UPDATE decision SET facts_sha = randomblob(32) WHERE id = " + RECEIPT,
        "UPDATE decision SET trace_sha = randomblob(32) WHERE id = " + RECEIPT,
        "DELETE FROM decision WHERE id = " + RECEIPT,
        "UPDATE run SET head = randomblob(32)",
        "UPDATE run SET last_month = last_month + 1",
        "UPDATE snapshot SET bytes = CAST(replace(CAST(bytes AS TEXT), 'Inland', 'EU_EWR') AS BLOB) WHERE id = (SELECT id FROM snapshot WHERE instr(CAST(bytes AS TEXT), 'Inland') LIMIT 1)",
        "DELETE FROM snapshot WHERE id = (SELECT min(id) FROM snapshot)",
        "UPDATE package SET bytes = CAST(bytes || x'00' AS BLOB)",
        "UPDATE exchange_log SET legal_basis = '§ 1 EStG' WHERE id = 5",
        "UPDATE exchange_log SET subject_key = '00000000000' WHERE id = (SELECT max(id) FROM exchange_log)",
        "UPDATE exchange_log SET outcome = 'data' WHERE id = 7 AND outcome <> 'data'",
        "UPDATE exchange_log SET case_id = 'KG-0' WHERE id = 1",
        "UPDATE exchange_log SET hash = randomblob(32) WHERE id = 9",
        "DELETE FROM exchange_log WHERE id = 11",
        "DELETE FROM exchange_log WHERE id = 1",
    ]

    def test_every_change_is_found(self):
        for sql in self.CHANGES:
            with self.subTest(sql=sql):
                store = self.copy("decided")
                self.assertGreater(change(store, sql), 0, "the change changed nothing")
                done = run("audit", "verify", "--store", store)
                self.assertExit(done, 1)
                self.assertRegex(done.stderr, r"anspruch: E-[A-Z-]+: .*\. .+\.")
                os.remove(store)

    def test_a_changed_receipt_does_not_replay(self):
        store = self.copy("decided")
        number = rows(store, "SELECT " + self.RECEIPT)[0][0]
        change(store, "UPDATE decision SET amount_cents = amount_cents + 100 WHERE id = %d" % number)
        self.assertExit(run("replay", "--store", store, str(number)), 1, "E-REPLAY-DIFFERS", str(number))


class Certificates(Job):
    def assertNothingBelieved(self, store):
        self.assertEqual(rows(store, "SELECT count(*) FROM evidence e JOIN name n ON n.id = e.service WHERE n.text <> 'casefile' AND e.outcome IN (0, 1)"), [(0,)])
        registers = "('Melderegister', 'Standesamt', 'BZSt', 'Bildungsregister', 'DSRV', 'Arbeitsagentur')"
        self.assertEqual(rows(store, "SELECT count(*) FROM assertion a JOIN name n ON n.id = a.source WHERE n.text IN %s AND a.state <> %d" % (registers, UNKNOWN)), [(0,)])

    def test_client_certificates_that_the_server_must_refuse(self):
        for tls in ("client-other", "client-expired", "client-untrusted", "absent"):
            with self.subTest(tls=tls):
                store = self.copy("imported", tls + ".sqlite")
                config = write_config(self.path(tls + ".json"), BASE["server"], tls=tls, total_timeout_ms=5000)
                done = fetch(store, config)
                self.assertExit(done, 6, "anspruch: E-EXCHANGE-")
                self.assertNothingBelieved(store)

    def test_servers_that_the_client_must_refuse(self):
        for name in ("server-wrong-name", "server-expired"):
            server = Server(self.directory, name, "--server-cert", name)
            try:
                with self.subTest(server=name):
                    store = self.copy("imported", name + ".sqlite")
                    done = fetch(store, write_config(self.path(name + ".json"), server, total_timeout_ms=5000))
                    self.assertExit(done, 6, "anspruch: E-EXCHANGE-")
                    self.assertNothingBelieved(store)
                    self.assertEqual(server.entries(), [])       # no request, so no personal data, reached it
            finally:
                server.stop()

    def test_no_server_at_all(self):
        store = self.copy("imported")
        config = write_config(self.path("none.json"), BASE["server"], server_url="https://127.0.0.1:1", connect_timeout_ms=500, total_timeout_ms=1000)
        self.assertExit(fetch(store, config), 6, "anspruch: E-EXCHANGE-")
        self.assertNothingBelieved(store)
        self.assertExit(fetch(store, BASE["config"]), 0)     # the next night everything is asked again
        self.assertExit(batch(store), 0)
        self.assertEqual(outcomes(store), BASE["outcomes"])

    def test_a_register_that_refuses_access_is_given_up_and_the_others_are_fetched(self):
        store = self.copy("imported")
        config = write_config(self.path("limited.json"), BASE["server"], client_id="TH/GOV/FAMKA/limited",
                              policy={"authorisations": False, "evidence": "clear", "retrieval": "everything"})     # the register itself refuses
        done = fetch(store, config)
        self.assertExit(done, 6, "E-EXCHANGE-STOPPED", "employment")
        self.assertGreater(json.loads(done.stdout)["evidence"], 200)
        self.assertExit(batch(store), 0)
        only_less(self, outcomes(store))

    def test_a_damaged_configuration_is_refused_before_anything_is_sent(self):
        store, before = self.copy("imported"), len(BASE["server"].entries())
        for changes in ({"server_url": "http://192.0.2.1"}, {"client_id": "FAMKA"}, {"paralel": 3}, {"registers": []}, {"total_timeout_ms": 0}, {"tls": {"ca_file": "/nonexistent"}}):
            with self.subTest(changes=changes):
                self.assertExit(fetch(store, write_config(self.path("bad.json"), BASE["server"], **changes)), 6, "E-EXCHANGE-CONFIG", "bad.json")
        with open(self.path("bad.json"), "w", encoding="utf-8") as file:
            file.write('{"server_url":')
        self.assertExit(fetch(store, self.path("bad.json")), 6, "E-EXCHANGE-CONFIG-OPEN", "bad.json")
        self.assertExit(fetch(store, self.path("absent.json")), 6, "absent.json")
        self.assertEqual(len(BASE["server"].entries()), before)
        self.assertNothingBelieved(store)


def only_less(test, found):
    """Every claim is decided as in the undisturbed run or is undetermined now; none turned from one determined result into another."""
    test.assertLessEqual(set(found), set(BASE["outcomes"]))
    for claim, outcome in found.items():
        if outcome[0] != "undetermined":
            test.assertEqual(outcome, BASE["outcomes"][claim], claim)
    # Claims that are not there at all may only be those that a feed raised: an award or application is always decided.
    for claim in set(BASE["outcomes"]) - set(found):
        test.assertEqual(BASE["outcomes"][claim][3], 0, claim)


class BrokenPeers(Job):
    # mode: exit code of fetch. 6: security incident, to be reported to operations even though the run went through; 0: the answer is missing, no more.
    MODES = {"stall": 0, "early_close": 0, "content_length_lie": 0, "oversized": 0, "redirect": 0, "html_200": 0, "xml_200": 0, "wrong_echo": 6, "missing_echo": 6, "duplicate_header": 6,
             "forged_xroad_error": 0, "truncated": 0, "not_what_was_asked": 0, "invalid_utf8": 0, "duplicate_keys": 0, "bom": 0, "gzip_bomb": 0, "http_500": 0, "http_404": 0, "error_old": 0,
             "error_new": 0, "slow_drip": 0}

    def victim(self):
        """The child of a claim that is entitled and without siblings or second recipients in the run."""
        keys = [key.split("/") for key, _ in BASE["outcomes"]]
        for (key, _), outcome in sorted(BASE["outcomes"].items()):
            recipient, child = key.split("/")
            if outcome[0] == "entitled" and outcome[3] > 0 and sum(recipient in k or child in k for k in keys) == 1:
                return key, child
        self.fail("the population has no such claim")

    def test_one_broken_answer_costs_that_answer_only(self):
        key, child = self.victim()
        server = BASE["server"]
        for mode, code in self.MODES.items():
            with self.subTest(mode=mode):
                server.control("DELETE", "/faults")
                server.control("POST", "/faults", {"mode": mode, "service": PERSON, "idnr": child, "count": -1})
                store = self.copy("imported", mode + ".sqlite")
                slow = mode in ("stall", "slow_drip")   # the limit is far above what a healthy answer takes on a loaded machine
                done = fetch(store, write_config(self.path(mode + ".json"), server, total_timeout_ms=2000 if slow else 10000))
                self.assertExit(done, code, *(["E-EXCHANGE-SECURITY"] if code else []))
                counts = json.loads(done.stdout)
                self.assertEqual(counts["failed"] + counts["invalid"], 1, counts)
                facts = rows(store, "SELECT a.state, t.text FROM assertion a JOIN subject s ON s.id = a.subject JOIN name n ON n.id = a.source JOIN name t ON t.id = a.text "
                                    "WHERE s.key = ? AND n.text = 'Melderegister' AND a.superseded_at = 0", child)
                self.assertGreater(len(facts), 2)
                for state, reason in facts:
                    self.assertEqual(state, UNKNOWN)
                    self.assertTrue(reason, "unknown without a reason")
                self.assertExit(batch(store), 0)
                found = outcomes(store)
                self.assertEqual(found[(key, MONTH)][0], "undetermined")
                self.assertEqual({k: v for k, v in found.items() if k != (key, MONTH)}, {k: v for k, v in BASE["outcomes"].items() if k != (key, MONTH)})
                self.assertWhole(store)
                server.control("DELETE", "/faults")
                self.assertExit(fetch(store, BASE["config"]), 0)         # the next fetch asks exactly this again
                os.remove(store)

    def test_an_answer_that_comes_at_the_second_attempt_changes_nothing(self):
        _, child = self.victim()
        BASE["server"].control("POST", "/faults", {"mode": "retry_then_ok", "service": PERSON, "idnr": child, "count": 1})
        store = self.copy("imported")
        done = fetch(store, BASE["config"])
        self.assertExit(done, 0)
        self.assertEqual(json.loads(done.stdout)["retries"], 1)
        self.assertExit(batch(store), 0)
        self.assertEqual(outcomes(store), BASE["outcomes"])

    def test_a_register_that_is_broken_for_everybody(self):
        server = BASE["server"]
        for mode in self.MODES:
            if mode in ("slow_drip", "oversized", "gzip_bomb"):
                continue      # the same path as the others, only slow
            for service in (PERSON, "TH/GOV/STANDESAMT/births/child"):
                with self.subTest(mode=mode, service=service):
                    server.control("DELETE", "/faults")
                    server.control("POST", "/faults", {"mode": mode, "service": service, "count": -1})
                    store = self.copy("imported", "all.sqlite")
                    done = fetch(store, write_config(self.path("all.json"), server, total_timeout_ms=200 if mode == "stall" else 10000, max_attempts=1))
                    self.assertIn(done.returncode, (0, 6), done.stderr)
                    self.assertExit(batch(store), 0)
                    found = outcomes(store)
                    only_less(self, found)
                    if service == PERSON:
                        self.assertEqual({o[0] for o in found.values()} & {"entitled"}, set())   # without the residents register nobody's residence is known
                    os.remove(store)

    def test_a_broken_feed_keeps_its_position(self):
        server = BASE["server"]
        for mode in ("truncated", "html_200", "not_what_was_asked", "http_500", "duplicate_keys", "invalid_utf8"):
            with self.subTest(mode=mode):
                server.control("DELETE", "/faults")
                server.control("POST", "/faults", {"mode": mode, "service": "TH/GOV/STANDESAMT/births/events", "count": -1})
                store = self.copy("imported", mode + ".sqlite")
                done = fetch(store, write_config(self.path("feed.json"), server))
                self.assertExit(done, 6, "anspruch: E-EXCHANGE-")
                server.control("DELETE", "/faults")
                self.assertExit(fetch(store, BASE["config"]), 0)
                self.assertExit(batch(store), 0)
                self.assertEqual(outcomes(store), BASE["outcomes"])


class FullDisk(Job):
    def limited(self, size, *arguments):
        """Runs with a limit on the size of every file; the signal is ignored, so that writes fail as on a full disk."""
        return run(*arguments, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)), restore_signals=False)

    def test_import(self):
        for size in (0, 4096, 40000, 100000, 200000):
            with self.subTest(size=size):
                store = self.path("import-%d.sqlite" % size)
                done = self.limited(size, "import", "--store", store, BASE["casefile"])
                self.assertIn(done.returncode, (7, 11), done.stderr)
                self.assertRegex(done.stderr, r"anspruch: E-(STORE|IO)-")
                self.assertExit(run("import", "--store", store, BASE["casefile"]), 0)
                self.assertWhole(store)
                self.assertEqual(rows(store, "SELECT count(*) FROM assertion"), rows(BASE["imported"], "SELECT count(*) FROM assertion"))

    def test_fetch_and_batch(self):
        size = os.path.getsize(BASE["imported"])
        for limit in (size, size + 65536, size + 262144):
            with self.subTest(limit=limit):
                store = self.copy("imported", "fetch-%d.sqlite" % limit)
                before = len(BASE["server"].entries())
                done = self.limited(limit, "fetch", "--store", store, "--config", BASE["config"], "--month", MONTH, BASE["package"])
                if done.returncode:
                    self.assertIn(done.returncode, (7, 11), done.stderr)
                    self.assertRegex(done.stderr, r"anspruch: E-(STORE|IO)-")
                sent = {i for (i,) in rows(store, "SELECT request_id FROM exchange_log")}
                self.assertLessEqual({e["x_road_id"] for e in BASE["server"].entries()[before:]}, sent)      # no room for the log: nothing is sent
                self.assertExit(fetch(store, BASE["config"]), 0)
                done = self.limited(4096, "batch", "--store", store, "--month", MONTH, BASE["package"])
                self.assertIn(done.returncode, (7, 11), done.stderr)
                self.assertExit(batch(store), 0)
                self.assertEqual(outcomes(store), BASE["outcomes"])
                self.assertWhole(store)

    def test_the_signal_of_a_file_size_limit_costs_nothing_but_the_process(self):
        store = self.path("store.sqlite")
        done = run("import", "--store", store, BASE["casefile"], preexec_fn=lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_DFL), resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))))
        self.assertIn(done.returncode, (-signal.SIGXFSZ, 7, 11))
        self.assertExit(run("import", "--store", store, BASE["casefile"]), 0)
        self.assertWhole(store)


if __name__ == "__main__":
    unittest.main()
