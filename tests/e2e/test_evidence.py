"""Evidence encrypted at rest: what an answer said is nowhere in the files of the store, the right key reads it, and every other key is told what to do.

    ANSPRUCH=PROGRAM python3 -m unittest tests/e2e/test_evidence.py

Oracles: the bytes of the files on disk, and the same fetch into a store in the clear. All data is synthetic.
"""
import glob
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from retrieval import Retrieval
from test_registers import PROGRAM, command

MARKERS = (b"family_name", b"given_names", b"municipality_key", b"registration_number", b"\"status\":\"found\"")   # in every answer of a register, and in nothing that is derived from one
KEY, OTHER = "5a" * 32, "b7" * 32


class Evidence(Retrieval):
    POPULATION = ("--households", "150", "--seed", "9")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key, cls.other = os.path.join(cls.directory, "key"), os.path.join(cls.directory, "other")
        for path, key in ((cls.key, KEY), (cls.other, OTHER)):
            with open(path, "w", encoding="ascii") as f:
                f.write(key + "\n")

    def arguments(self, evidence, *options, **changes):
        return self.fetch_arguments(self.config(policy={"evidence": evidence}, **changes), *options)

    def files(self):
        """Everything on disk beside the store's name: the file, the write-ahead log, its index, leftovers."""
        found = {}
        for path in glob.glob(self.store + "*"):
            with open(path, "rb") as f:
                found[os.path.basename(path)] = f.read()
        return found

    def found(self):
        return sorted({(name, marker) for name, data in self.files().items() for marker in MARKERS if marker in data})

    def answers(self):
        return [i for (i,) in self.rows("SELECT e.id FROM evidence e JOIN name n ON n.id = e.service WHERE n.text LIKE '%/residents/person' AND e.outcome = 0 ORDER BY e.id LIMIT 5")]

    def test_nothing_of_an_answer_is_on_disk(self):
        self.load("--evidence-key", self.key)
        command(*self.arguments("sealed", "--evidence-key", self.key))
        self.assertGreater(self.rows("SELECT count(*) FROM evidence WHERE body IS NOT NULL")[0][0], 300)
        self.assertEqual(self.rows("SELECT count(*) FROM evidence WHERE body IS NOT NULL AND sealed = 0"), [(0,)])
        self.assertEqual(self.found(), [])
        for data in self.files().values():
            self.assertNotIn(bytes.fromhex(KEY), data)
            self.assertNotIn(KEY.encode(), data)

    def test_a_store_in_the_clear_is_stated_and_can_be_sealed(self):
        self.load()
        command(*self.arguments("clear"))
        self.assertEqual({m for _, m in self.found()}, set(MARKERS), "the markers are ones that can be found")
        before = {i: command("exchange", "evidence", str(i), "--store", self.store) for i in self.answers()}
        self.assertIn("E-STORE-EVIDENCE-KEY", command("store", "seal", "--store", self.store, code=7))
        self.assertGreater(json.loads(command("store", "seal", "--json", "--store", self.store, "--evidence-key", self.key))["sealed"], 300)
        self.assertEqual(self.found(), [])
        self.assertEqual(json.loads(command("store", "seal", "--json", "--store", self.store, "--evidence-key", self.key))["sealed"], 0)
        self.assertEqual({i: command("exchange", "evidence", str(i), "--store", self.store, "--evidence-key", self.key) for i in before}, before)
        command("audit", "verify", "--store", self.store)

    def test_killed_while_answers_come_in(self):
        self.load("--evidence-key", self.key)
        stored = 0
        for _ in range(40):
            process = subprocess.Popen([PROGRAM, *self.arguments("sealed", "--evidence-key", self.key, parallel=2)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            deadline = 400
            while process.poll() is None and deadline and self.rows("SELECT count(*) FROM evidence")[0][0] == stored:
                time.sleep(0.002)
                deadline -= 1
            process.send_signal(signal.SIGKILL)
            process.wait(30)
            self.assertEqual(self.found(), [])
            stored = self.rows("SELECT count(*) FROM evidence")[0][0]
            if process.returncode == 0:
                break

    def test_wrong_and_absent_keys(self):
        self.load("--evidence-key", self.key)
        seen = len(self.rows("SELECT 1 FROM exchange_log"))
        self.assertIn("E-STORE-EVIDENCE-WRONG-KEY", command(*self.arguments("sealed", "--evidence-key", self.other), code=7))
        self.assertEqual(len(self.rows("SELECT 1 FROM exchange_log")), seen, "nothing was sent")
        command(*self.arguments("sealed", "--evidence-key", self.key))
        number = str(self.answers()[0])
        show = ("exchange", "evidence", number, "--lang", "en", "--store", self.store)
        text = command(*show, code=7)
        self.assertIn("E-STORE-EVIDENCE-KEY", text)
        self.assertIn("--evidence-key FILE", text)
        self.assertIn("E-STORE-EVIDENCE-WRONG-KEY", command(*show, "--evidence-key", self.other, code=7))
        self.assertIn("E-CHUNK-KEY-FORM", command(*show, "--evidence-key", self.package, code=5))
        answer = json.loads(command(*show, "--evidence-key", self.key, "--json"))
        self.assertEqual((answer["source"], answer["outcome"]), ("Melderegister", "data"))
        self.assertIn("family_name", json.loads(answer["body"])["record"])
        self.assertIn("E-CLI-EVIDENCE", command("exchange", "evidence", "999999", "--store", self.store, "--evidence-key", self.key, code=5))
        self.assertIn("E-STORE-EVIDENCE-KEY", command("import", "--store", self.store, self.changed_casefile(), self.package, code=7))

    def changed_casefile(self):
        path = os.path.join(self.folder, "more.jsonl")
        with open(self.casefile, encoding="utf-8") as f:
            line = next(json.loads(l) for l in f if '"award"' in l[:30])
        with open(path, "w", encoding="utf-8") as f:
            f.write('{"kind":"header","format":"anspruch-casefile/1","synthetic":true,"seed":1,"as_of":"2026-11"}\n' + json.dumps(
                {"kind": "finding", "finding": "FE-MORE", "unit": "Person", "key": [line["child"]], "fact": "Ausbildung_anerkannt", "value": True, "from": "2026-02-28", "author": "SB", "reason": "Prüfung",
                 "recorded_on": "2026-03-01"}) + "\n")
        return path

    def test_sealed_is_demanded_before_anything_is_sent(self):
        self.load()
        seen = len(self.rows("SELECT 1 FROM exchange_log"))
        self.assertIn("E-EXCHANGE-EVIDENCE-KEY", command(*self.arguments("sealed"), code=6))
        self.assertIn("E-EXCHANGE-CONFIG", command(*self.arguments("perhaps"), code=6))
        self.assertEqual(len(self.rows("SELECT 1 FROM exchange_log")), seen)

    def test_an_answer_in_anothers_place_is_not_read(self):
        self.load("--evidence-key", self.key)
        command(*self.arguments("sealed", "--evidence-key", self.key))
        one, two, three = self.answers()[:3]
        database = sqlite3.connect(self.store)
        (body,) = database.execute("SELECT body FROM evidence WHERE id = ?", (one,)).fetchone()
        database.execute("UPDATE evidence SET body = ? WHERE id = ?", (body, two))
        database.execute("UPDATE evidence SET subject_key = '00000000000' WHERE id = ?", (three,))
        database.execute("UPDATE evidence SET body = ? WHERE id = ?", (body[:-1] + bytes([body[-1] ^ 1]), one))
        database.commit()
        database.close()
        for number in (one, two, three):
            self.assertIn("E-STORE-EVIDENCE-DAMAGED", command("exchange", "evidence", str(number), "--store", self.store, "--evidence-key", self.key, code=7))


if __name__ == "__main__":
    unittest.main()
