"""The subcommands of `anspruch law` and `anspruch build --law` on the invented act: exit codes and what is said."""
import json
import pathlib
import subprocess
import sys
import tempfile

ANSPRUCH = sys.argv[1]
LAW = "fixtures/law/testgesetz.xml"
RULES = "fixtures/law/regeln.recht"
failures = []


def run(*args):
    p = subprocess.run([ANSPRUCH, *map(str, args), "--lang", "de"], capture_output=True, text=True, encoding="utf-8", timeout=120)
    return p.returncode, p.stdout + p.stderr


def expect(what, got, code, *texts):
    if got[0] != code or any(t not in got[1] for t in texts):
        failures.append(f"{what}: exit {got[0]} (wanted {code}), wanted {texts} in:\n{got[1]}")


def status_tests(d, stored):
    """law status: text, CSV (golden), JSON, the gate, the whole law."""
    rules = "fixtures/doc/pruefung.recht"
    got = run("law", "status", rules, stored)
    expect("status", got, 0, "22 kleinste Einheiten: 9 umgesetzt, 2 Mensch, 6 nicht abgebildet, 3 offen, 2 weggefallen", "offen (teilweise geklärt)",
           "Doppelbuchst. aa     umgesetzt durch § 2 Abs. 1 Satz 1 Nr. 2", "Spiegelstrich 1          umgesetzt durch § 2 Abs. 1 Satz 3")
    csv = run("law", "status", rules, stored, "--csv")
    if csv != (0, pathlib.Path("fixtures/doc/stand.csv").read_text(encoding="utf-8")):
        failures.append("status --csv: differs from fixtures/doc/stand.csv")
    code, text = run("law", "status", rules, stored, "--json")
    law = json.loads(text)["laws"][0]
    by = {u["citation"]: u for u in law["units"]}
    wanted = {"coded": 9, "human": 2, "not_modelled": 6, "open": 3, "repealed": 2}
    if code != 0 or law["count"] != wanted or sum(u["leaf"] for u in law["units"]) != 22 or by["§ 3"]["status"] != "open" or not by["§ 3"]["partly"]:
        failures.append(f"status --json: {text[:600]}")
    if by["§ 2 Abs. 1 Satz 1 Nr. 2a Satz 1"]["by"] != "§ 2 Abs. 1 Satz 1 Nr. 2a" or [u["role"] for u in by["§ 2 Abs. 1 Satz 1 Nr. 2a"]["uses"]] != ["human", "coded"]:
        failures.append(f"status --json, Nr. 2a: {by['§ 2 Abs. 1 Satz 1 Nr. 2a']}")
    expect("status gate", run("law", "status", rules, stored, "--no-open"), 1, "3 offen")
    whole = run("law", "status", rules, stored, "--whole")
    expect("status whole", whole, 0, "Anlage 1", "5 Paragrafen")
    closed = d / "zu.recht"
    text = pathlib.Path(rules).read_text(encoding="utf-8")
    closed.write_text(text.replace('nicht abgebildet § 1 Abs. 1', 'nicht abgebildet § 3 Satz 2 PrüfG; § 3 Satz 3 Nr. 1 bis § 3 Satz 3 Nr. 1a PrüfG; § 3 Satz 4 PrüfG "Rest."\nnicht abgebildet § 1 Abs. 1'), encoding="utf-8")
    expect("status gate, range to nowhere", run("law", "status", closed, stored, "--no-open"), 1, "1 offen")
    closed.write_text(closed.read_text(encoding="utf-8").replace(" bis § 3 Satz 3 Nr. 1a PrüfG", " PrüfG"), encoding="utf-8")
    expect("status gate, closed", run("law", "status", closed, stored, "--no-open"), 0, "0 offen")
    expect("status gate, whole law", run("law", "status", closed, stored, "--no-open", "--whole"), 1)
    expect("range checked", run("law", "check", closed, stored), 0)
    package = d / "stand.anp"
    expect("build for status", run("build", rules, "-o", package), 0)
    expect("status of a package", run("law", "status", package, stored), 2, "E-LAW-STATUS-TEXT")
    expect("status without law", run("law", "status", rules), 2, "E-LAW-ARGUMENTS")
    expect("status of another law", run("law", "status", "rules/thueringen/bauo", stored), 1, "E-LAW-NONE")


def main():
    with tempfile.TemporaryDirectory() as d:
        d = pathlib.Path(d)
        stored, lock, package = d / "PrüfG.gesetz", d / "p.lock", d / "p.anp"
        expect("import", run("law", "import", LAW, "-o", stored), 0, "PrüfG", "5 Paragrafen", "41 Einheiten")
        if stored.read_bytes() != pathlib.Path("fixtures/law/testgesetz.gesetz").read_bytes():
            failures.append("import: differs from fixtures/law/testgesetz.gesetz")
        expect("show", run("law", "show", stored, "§ 2 Abs. 1 Satz 1 Nr. 2 Buchst. a"), 0, "dem Lesen und zwar\n", "Doppelbuchst. bb\n    von hinten,", "SHA-256 b23858cd")
        expect("show json", run("law", "show", stored, "§ 1 Abs. 2 Satz 3 Halbsatz 2", "--json"), 0, '"text":"§ 3 gilt entsprechend."')
        expect("show missing", run("law", "show", stored, "§ 2 Abs. 1 Buchst. a"), 1, "E-LAW-MISSING", "§ 2 Abs. 1 Satz 1 Nr. 2 Buchst. a?")
        expect("show nonsense", run("law", "show", stored, "irgendwo"), 2, "E-LAW-CITE")
        expect("check", run("law", "check", RULES, stored), 0, "6 aufgelöst", "0 Beanstandungen")
        expect("check xml", run("law", "check", RULES, LAW), 0, "6 aufgelöst")
        expect("pin", run("law", "pin", RULES, stored, "-o", lock), 0, "5 Fundstellen")
        if lock.read_bytes() != pathlib.Path("fixtures/law/regeln.lock").read_bytes():
            failures.append("pin: differs from fixtures/law/regeln.lock")
        expect("check --lock", run("law", "check", RULES, stored, "--lock", lock), 0, "0 Beanstandungen")
        changed = d / "neu.xml"
        changed.write_text(pathlib.Path(LAW).read_text(encoding="utf-8").replace("gilt auch nachts", "gilt nur nachts"), encoding="utf-8")
        drift = run("law", "check", RULES, changed, "--lock", lock)
        expect("drift", drift, 1, "§ 2 Abs. 1 Satz 2 PrüfG Wortlaut geändert", "bisher: Dies gilt auch nachts.", "jetzt:  Dies gilt nur nachts.", "regeln.recht:19: ausnahme Person.Prüffall", "1 Beanstandungen")
        as_json = run("law", "check", RULES, changed, "--lock", lock, "--json")
        start = as_json[1].index("{")
        report = json.loads(as_json[1][start:as_json[1].rindex("}") + 1].split("\n")[0])
        if as_json[0] != 1 or [f["kind"] for f in report["findings"]] != ["changed"] or report["findings"][0]["uses"][0]["line"] != 19:
            failures.append(f"drift as JSON: {as_json}")
        wrong = d / "falsch.recht"
        wrong.write_text(pathlib.Path(RULES).read_text(encoding="utf-8").replace("§ 2 Abs. 1 Satz 2, 3 PrüfG", "§ 2 Abs. 1 Satz 2, 7 PrüfG").replace("nach § 2 Abs. 1 Satz 3 PrüfG", "nach § 4 PrüfG"), encoding="utf-8")
        expect("unresolved", run("law", "check", wrong, stored), 1, "§ 2 Abs. 1 Satz 7 PrüfG gibt es im Gesetz nicht", "vorhanden: Satz 1, 2, 3", "falsch.recht:19", "§ 4 PrüfG ist weggefallen", "2 Beanstandungen")
        expect("pin unresolved", run("law", "pin", wrong, stored, "-o", d / "x.lock"), 1, "E-LAW-UNRESOLVED")
        expect("build refused", run("build", wrong, "-o", package, "--law", stored), 3, "E-LAW-BUILD", "§ 2 Abs. 1 Satz 7 PrüfG")
        if package.exists() or (d / "x.lock").exists():
            failures.append("a refused build or pin left a file")
        expect("build", run("build", RULES, "-o", package, "--law", stored), 0, "SHA-256")
        expect("check package", run("law", "check", package, changed, "--lock", lock), 1, "§ 2 Abs. 1 Satz 2 PrüfG Wortlaut geändert", "Zeile 19: ausnahme Prüffall")
        expect("no such law", run("law", "check", RULES, "fixtures/law/testgesetz.gesetz", "--lock", d / "fehlt.lock"), 11)
        other = d / "anders.xml"
        other.write_text(pathlib.Path(LAW).read_text(encoding="utf-8").replace("<jurabk>PrüfG", "<jurabk>AnderesG").replace('doknr="TEST000000001"', 'doknr="TEST000000002"'), encoding="utf-8")
        expect("other law", run("law", "check", RULES, other), 1, "E-LAW-NONE")
        status_tests(d, stored)
        expect("no verb", run("law", "frob"), 2, "E-LAW-VERB")
        expect("arguments", run("law", "check", RULES), 2, "E-LAW-ARGUMENTS")
        expect("hostile", run("law", "import", "tests/fuzz/corpus/fuzz_law/xxe.xml", "-o", d / "y"), 5, "E-LAW-ENTITY")
    print("\n".join(failures) or "law command: all expectations met")
    return 1 if failures else 0


sys.exit(main())
