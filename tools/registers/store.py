"""Read access to registers.sqlite, the file that generate.py writes.

Owns: the mapping from (register, IdNr) to the answer bytes of docs/registers.md, JSON or XML. Records are stored ready-made, so that an
answer is one indexed look-up and one concatenation. Unknown and blocked persons take the same path through the same query and
give the same bytes (§ 6 Abs. 5 IDNrG); `blocked` never leaves this module.
Single-threaded use. The file is opened read-only; corrections made by tests live in `overrides`, in memory only.
"""
import json
import sqlite3

import social

FORMAT = "anspruch-registers/2"
NO_DATA = b'{"status":"no_data_released"}'
XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
KINDERGELD = ("residents", "births", "idnr", "training", "employment")
REGISTERS = KINDERGELD + social.REGISTERS
EMPTY = {
    **social.EMPTY,
    "births": '{"parents":[]}',
    "idnr": '{"idnr_assigned":true}',
    "training": '{"coverage_from":"%s","contracts":[],"enrolments":[],"degrees":[]}',
    "employment": '{"coverage_from":"%s","periods":[],"job_seeking":[],"training_place_seeking":[],"voluntary_service":[]}',
}


class StoreError(Exception):
    """The population file cannot be used; the text names the remedy."""


class Store:
    def __init__(self, path):
        self.overrides = {}
        self.life = {}
        try:
            self._db = sqlite3.connect("file:%s?mode=ro&immutable=1" % path.replace("?", "%3f").replace("#", "%23"), uri=True)
            meta = dict(self._db.execute("SELECT key, value FROM meta"))
        except sqlite3.Error as problem:
            raise StoreError("%s is no population file (%s); make one with tools/registers/generate.py" % (path, problem)) from None
        if meta.get("format") != FORMAT:
            raise StoreError("%s has format %s, this server reads %s; generate it anew" % (path, meta.get("format"), FORMAT))
        self._db.execute("PRAGMA mmap_size=8589934592")
        self._db.execute("PRAGMA cache_size=-65536")
        self.as_of = meta["as_of_date"]
        coverage = {name: social.COVERAGE_START for name in social.ALWAYS}
        self._empty = {r: (t % coverage.get(r, meta["coverage_from"]) if "%s" in t else t) for r, t in EMPTY.items()}
        self._silent = social.WITH_INCOMES if meta["benefits"] == "none" else ()      # nobody drew what they would hold
        self._sql = {"residents": "SELECT blocked, record FROM residents WHERE idnr=?"}
        for register in REGISTERS[1:]:
            self._sql[register] = ("SELECT r.blocked, x.record FROM residents r LEFT JOIN %s x ON x.idnr=r.idnr WHERE r.idnr=?" % register)

    def close(self):
        self._db.close()

    def record(self, register, idnr):
        """Record text of a person, or None when nothing may be released."""
        row = self._db.execute(self._sql[register], (int(idnr),)).fetchone()
        if register in self._silent:
            return None
        changed = self.overrides.get((register, idnr))
        if row is None or row[0]:
            return None
        return changed or row[1] or self._empty[register]

    def answer(self, register, idnr):
        """Single answer (bytes)."""
        record = self.record(register, idnr)
        if register in social.XML:
            return (XML_HEAD + social.envelope(register, idnr if record else None, self.as_of, record)).encode()
        if record is None:
            return NO_DATA
        return ('{"status":"found","register":"%s","idnr":"%s","as_of":"%s","record":%s}' % (register, idnr, self.as_of, record)).encode()

    def batch(self, register, idnrs):
        """Batch answer (bytes), one item per number in the order of the request."""
        if register in social.XML:
            items = [social.envelope(register, idnr, self.as_of, self.record(register, idnr)) for idnr in idnrs]
            return (XML_HEAD + '<r:auskuenfte xmlns:r="%s">%s</r:auskuenfte>' % (social.NAMESPACES[register], "".join(items))).encode()
        items = []
        for idnr in idnrs:
            record = self.record(register, idnr)
            if record is None:
                items.append('{"status":"no_data_released","idnr":"%s"}' % idnr)
            else:
                items.append('{"status":"found","register":"%s","idnr":"%s","as_of":"%s","record":%s}' % (register, idnr, self.as_of, record))
        return ('{"as_of":"%s","items":[%s]}' % (self.as_of, ",".join(items))).encode()

    def events(self, after, limit):
        """Page of the births feed (bytes); None for a cursor that the feed never gave out."""
        position = 0
        if after is not None:
            if len(after) != 12 or not after.isdigit() or not after.isascii():
                return None
            position = int(after)
            if position and not self._db.execute("SELECT 1 FROM birth_events WHERE position=?", (position,)).fetchone():
                return None
        rows = self._db.execute("SELECT position, event FROM birth_events WHERE position>? ORDER BY position LIMIT ?",
                                (position, limit + 1)).fetchall()
        more = len(rows) > limit
        rows = rows[:limit]
        events = ['{"cursor":"%012d",%s' % (p, e[1:]) for p, e in rows]
        cursor = "%012d" % rows[-1][0] if rows else after
        return ('{"register":"births","as_of":"%s","events":[%s],%s"more":%s}' % (
            self.as_of, ",".join(events), '"next":"%s",' % cursor if cursor is not None else "", "true" if more else "false")).encode()

    def add_life_events(self, feed, events):
        """Appends events to a feed of life events until the server ends; they are served as they are, also wrong ones."""
        if not isinstance(feed, str) or not isinstance(events, list):
            raise StoreError("feed and events are needed")
        self.life.setdefault(feed, []).extend(events)

    def life_events(self, feed, after, limit):
        """Page of a feed of life events (bytes); None for a cursor that was never given out. Events that were there twice are delivered twice."""
        events = self.life.get(feed, [])
        position = 0
        if after is not None:
            if not (after.isascii() and after.isdigit() and len(after) == 12 and int(after) <= len(events)):
                return None
            position = int(after)
        page = events[position:position + limit]
        document = {"register": feed, "as_of": self.as_of, "events": [dict(e, cursor="%012d" % (position + i + 1)) for i, e in enumerate(page)]}
        if page or after is not None:
            document["next"] = "%012d" % (position + len(page))
        document["more"] = position + len(page) < len(events)
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

    def another(self, idnr):
        """IdNr of some other person who may be released (for the fault `not_what_was_asked`)."""
        row = self._db.execute("SELECT idnr FROM residents WHERE idnr>? AND blocked=0 ORDER BY idnr LIMIT 1", (int(idnr or 0),)).fetchone()
        row = row or self._db.execute("SELECT idnr FROM residents WHERE blocked=0 ORDER BY idnr LIMIT 1").fetchone()
        return "%011d" % row[0]

    def override(self, register, idnr, record):
        """Replaces a record until the server ends (a register that was corrected, an account that changed)."""
        if register not in REGISTERS:
            raise StoreError("unknown register %s" % register)
        if register in social.XML:
            if not isinstance(record, str) or not record.startswith("<r:datensatz>"):
                raise StoreError("a record of %s is the text of an element r:datensatz" % register)
            self.overrides[(register, idnr)] = record
            return
        self.overrides[(register, idnr)] = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
