"""A running `anspruch serve` and the case files behind it, for the tests of the provider side. Persons and cases are synthetic."""
import http.client
import json
import os
import shutil
import signal
import subprocess
import tempfile

from test_registers import PROGRAM, ROOT, command

FIXTURES = os.path.join(ROOT, "fixtures", "provider")
RECIPIENT, MEMBER, ENDED, APPLICANT, BLOCKED, STRANGER, DOUBTFUL = ("0000000010%d" % i for i in range(7))
HEADERS = {"X-Road-Client": "TH/GOV/FAMKA/anspruch", "X-Road-Id": "11111111-2222-4333-8444-555555555555", "X-Road-Issue": "KG-0000000001", "X-Anspruch-Legal-Basis": "%C2%A7 68 Abs. 4 EStG",
           "X-Anspruch-Purpose": "Pr%C3%BCfung Kindergeld", "X-Anspruch-IdNr-Used": "true"}
PUSH = {"X-Road-Client": "TH/GOV/MELDE/residents", "X-Road-Id": "push-1", "X-Road-Issue": "MELDE-1", "X-Anspruch-Legal-Basis": "%C2%A7 34 Abs. 1 BMG",
        "X-Anspruch-Purpose": "%C3%9Cbermittlung von Lebensereignissen", "X-Anspruch-IdNr-Used": "true", "Content-Type": "application/json"}


def case(number, person, history=None, application=None, statement=None):
    """Lines of one case of Wohngeld: a household that belongs to `person`."""
    name = "WG-%010d" % number
    lines = [{"kind": "statement", "case": name, "statement": "ST-" + name, "unit": "Haushalt", "key": [person], "references": {"Berechtigter": statement or person}, "facts": {}, "received": "2025-01-02"}]
    if history:
        lines.append({"kind": "award", "case": name, "award": "AW-" + name, "benefit": "Wohngeld", "unit": "Haushalt", "key": [person], "from": history[0]["from"], "history": history})
    if application:
        lines.append({"kind": "application", "case": name, "application": "AN-" + name, "benefit": "Wohngeld", "unit": "Haushalt", "key": [person], "received": application, "stated": {}})
    return lines


CASES = [{"kind": "header", "format": "anspruch-casefile/1", "synthetic": True, "seed": 1, "as_of": "2026-10"},
         *case(1, RECIPIENT, [{"from": "2025-03", "to": "2025-12", "amount_cents": 20000}, {"from": "2026-01", "amount_cents": 21050}]),
         *case(2, ENDED, [{"from": "2025-03", "to": "2026-02", "amount_cents": 9900}]),
         *case(3, APPLICANT, application="2026-05-04"),
         *case(4, BLOCKED, [{"from": "2025-03", "amount_cents": 30000}]),
         *case(5, DOUBTFUL, [{"from": "2025-03", "amount_cents": 40000}]),
         {"kind": "statement", "case": "WG-0000000005", "statement": "ST-2", "unit": "Haushalt", "key": [DOUBTFUL], "references": {"Berechtigter": MEMBER}, "facts": {}, "received": "2025-02-02"}]


class Office:
    """Store and packages of an office that gives Wohngeld."""

    def __init__(self, within=None):
        self.directory = tempfile.mkdtemp(dir=within)
        self.store = os.path.join(self.directory, "office.db")
        self.package = os.path.join(self.directory, "wohngeld.anp")
        command("build", "-o", self.package, os.path.join("rules", "bund", "wogg", "wohngeld"))
        self.write("cases.jsonl", "".join(json.dumps(line) + "\n" for line in CASES))
        command("import", "--store", self.store, self.path("cases.jsonl"), self.package)
        command("exchange", "block", BLOCKED, "--store", self.store, "--reason", "§ 51 BMG", "--author", "Muster")

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)

    def config(self, change=None, name="serve.json"):
        with open(os.path.join(FIXTURES, "wohngeld.json"), encoding="utf-8") as f:
            document = json.load(f)
        document["listen"]["port"] = 0
        if change:
            change(document)
        self.write(name, json.dumps(document))
        return self.path(name)

    def remove(self):
        shutil.rmtree(self.directory)


class Provider:
    """One `anspruch serve`; stop() returns its counts."""

    def __init__(self, office, change=None):
        self.process = subprocess.Popen([PROGRAM, "serve", "--json", "--lang", "en", "--config", office.config(change), "--store", office.store], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("ready http"):
            self.process.kill()
            raise RuntimeError(line + self.process.stderr.read())
        self.url = line.split()[1]
        self.port = int(self.url.rsplit(":", 1)[1])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        text, errors = self.process.communicate(timeout=30)
        if self.process.returncode:
            raise RuntimeError(errors)
        return json.loads(text)

    def call(self, target, headers=None, method="GET", body=None, context=None, drop=(), **more):
        """(status, headers, body); `more` names headers with _ for -."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=20, context=context) if context else http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent = {k: v for k, v in dict(HEADERS if headers is None else headers).items() if k not in drop}
        sent.update({k.replace("_", "-"): v for k, v in more.items()})
        try:
            connection.request(method, target, body=body, headers=sent)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def ask(self, idnr, query="?month=2026-06", **more):
        status, _, body = self.call("/wohngeld/" + idnr + query, **more)
        return status, json.loads(body)
