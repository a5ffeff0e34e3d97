"""What tests of the retrieval share: a small synthetic population, the Kindergeld package, the stand-in registers, and a store and a configuration of its own for each test."""
import json
import os
import shutil
import sqlite3
import tempfile
import unittest

from test_registers import ROOT, Server, command, generate

EXCHANGE = os.path.join(ROOT, "fixtures", "exchange")
MONTH = "2026-11"


class Retrieval(unittest.TestCase):
    POPULATION = ("--households", "120", "--seed", "5")
    PACKAGE = "bund/estg/kindergeld"
    CASEFILE = "casefile.jsonl"
    CONFIGURATION = "local.json"

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        cls.package = os.path.join(cls.directory, "package.anp")
        command("build", "-o", cls.package, os.path.join("rules", cls.PACKAGE))
        done = generate(cls.directory, *cls.POPULATION)
        if done.returncode:
            raise RuntimeError(done.stderr)
        cls.casefile = os.path.join(cls.directory, cls.CASEFILE)
        cls.server = Server(cls.directory)
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        self.folder = tempfile.mkdtemp(dir=self.directory)
        shutil.copytree(EXCHANGE, self.folder, dirs_exist_ok=True)
        os.mkdir(os.path.join(self.folder, "data"))
        self.store = os.path.join(self.folder, "data", "store.db")

    def load(self, *options, store=None):
        command("import", "--store", store or self.store, *options, self.casefile, self.package)

    def config(self, policy=(), entries=None, registers=None, **changes):
        """The sample configuration for the stand-in; policy: members of "policy"; entries: changes the table of authorisations; registers: changes the list."""
        path, table = os.path.join(self.folder, self.CONFIGURATION), os.path.join(self.folder, "authorisations", "examples.json")
        with open(os.path.join(EXCHANGE, self.CONFIGURATION), encoding="utf-8") as f:
            config = json.load(f)
        if entries:
            with open(table, encoding="utf-8") as f:
                document = json.load(f)
            document["entries"] = entries(document["entries"])
            with open(table, "w", encoding="utf-8") as f:
                json.dump(document, f)
        config["policy"].update(policy)
        if registers:
            registers(config["registers"])
        config.update({"server_url": "http://" + self.server.ready["http"], "backoff_ms": 1}, **changes)
        with open(path, "w", encoding="utf-8") as f:
            json.dump(config, f)
        return path

    def fetch_arguments(self, config, *options, store=None):
        return ["fetch", "--no-progress", "--lang", "en", "--store", store or self.store, "--config", config, "--month", MONTH, *options, self.package]

    def fetch(self, config, *options, code=0, store=None):
        return command(*self.fetch_arguments(config, *options, store=store), code=code)

    def arrived(self):
        """Every request that reached the registers so far, as they wrote it down."""
        self.server.control("GET", "/stats")
        with open(self.server.log, encoding="utf-8") as f:
            return [json.loads(line) for line in f]

    def rows(self, sql, *values, store=None):
        database = sqlite3.connect(store or self.store)
        try:
            return database.execute(sql, values).fetchall()
        finally:
            database.close()

    def block(self, who):
        """An Auskunftssperre for everybody whose number who(idnr) picks, until the test ends: no register releases anything about them."""
        database = sqlite3.connect(os.path.join(self.directory, "registers.sqlite"))
        before = database.execute("SELECT blocked, idnr FROM residents").fetchall()
        database.executemany("UPDATE residents SET blocked = 1 WHERE idnr = ?", [(idnr,) for _, idnr in before if who(idnr)])
        database.commit()

        def restore():
            database.executemany("UPDATE residents SET blocked = ? WHERE idnr = ?", before)
            database.commit()
            database.close()
        self.addCleanup(restore)
