"""The connection to the own security server: three modes, pinned certificate and key, and every peer that must be refused before anything personal is sent.

    ANSPRUCH=PROGRAM python3 -m unittest tests/e2e/test_tls.py

Oracle: the stand-in's access log (what arrived), and the bytes that a listener of the test saw. stunnel and haproxy stand between client and stand-in where they are
installed (ANSPRUCH_STUNNEL, ANSPRUCH_HAPROXY name them otherwise); without them their tests say so.
"""
import base64
import hashlib
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest
import warnings

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import terminators
import test_soap
from test_mappings import command
from test_registers import ROOT, Server

WEAK = "ALL:@SECLEVEL=0"     # what old protocol versions need; it is the listener that is weak here


class Listener:
    """Accepts TLS with the given context and keeps what a client says after the handshake."""

    def __init__(self, context):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.context, self.said = context, b""
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                plain, _ = self.socket.accept()
            except OSError:
                return
            plain.settimeout(20)
            secure = self.context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
            try:
                secure.do_handshake()
                self.said += secure.recv(65536)
            except OSError:
                self.part(socket.socket(fileno=secure.detach()))
            finally:
                secure.close()

    @staticmethod
    def part(plain):
        """Lets the client read the alert: closing with its request unread would cut it off."""
        with plain:
            try:
                plain.settimeout(20)
                plain.shutdown(socket.SHUT_WR)
                while plain.recv(65536):
                    pass
            except OSError:
                pass

    def stop(self):
        self.socket.close()


class Tls(test_soap.Exchange):
    @classmethod
    def options(cls):
        cls.certs = os.path.join(cls.directory, "certs")
        subprocess.run(["sh", os.path.join(ROOT, "tools", "registers", "make-certs.sh"), cls.certs], check=True, capture_output=True)
        return ("--https-port", "0", "--certs", cls.certs)

    def path(self, name):
        return os.path.join(self.certs, name)

    def pin(self, name):
        """sha256 of the public key, computed by openssl."""
        key = subprocess.run(["openssl", "x509", "-in", self.path(name + ".crt"), "-pubkey", "-noout"], check=True, capture_output=True).stdout
        der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "der"], input=key, check=True, capture_output=True).stdout
        return "sha256//" + base64.b64encode(hashlib.sha256(der).digest()).decode()

    def tls(self, client="client", **changes):
        document = {"ca_file": self.path("ca.crt")}
        if client:
            document.update(client_cert=self.path(client + ".crt"), client_key=self.path(client + ".key"))
        document.update(changes)
        return document

    def ask(self, tls, code=0, address=None, server=None, scheme="https", store=None, max_attempts=1):
        """(output, evidence rows with data, entries that arrived)."""
        server = server or self.server
        since, store = len(self.arrived(server)), store or self.store()
        changes = {"server_url": scheme + "://" + (address or server.ready["https"]), "max_attempts": max_attempts, "total_timeout_ms": 10000, "connect_timeout_ms": 5000}
        if tls is not None:
            changes["tls"] = tls
        text = command("fetch", "--no-progress", "--lang", "en", "--store", store, "--config", self.config("wohngeld.json", **changes), "--month", "2026-11", self.package, code=code)
        return text, self.rows(store, "SELECT count(*) FROM evidence e JOIN name o ON o.id = e.source WHERE o.text = 'Versorgungsamt' AND e.outcome IN (0, 1)")[0][0], self.arrived(server)[since:]

    def arrived(self, server):
        server.control("GET", "/stats")
        with open(server.log, encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def other(self, *options):
        directory = tempfile.mkdtemp(dir=self.directory)
        shutil.copy(os.path.join(self.directory, "registers.sqlite"), directory)
        server = Server(directory, "--https-port", "0", "--certs", self.certs, *options)
        self.addCleanup(server.stop)
        return server

    def refused(self, tls, server=None, address=None):
        text, evidence, arrived = self.ask(tls, code=6, server=server, address=address)
        self.assertIn("E-EXCHANGE-", text)
        self.assertEqual(evidence, 0)
        self.assertEqual([e for e in arrived if "service" in e], [], "a request reached a server that had to be refused")
        return text

    def accepted(self, tls, **more):
        _, evidence, arrived = self.ask(tls, **more)
        self.assertGreater(evidence, 10)
        return arrived

    def test_the_three_modes(self):
        self.assertTrue(all(e["tls"] for e in self.accepted(self.tls())))
        anonymous = self.other("--client-auth", "none")
        self.assertTrue(all(e["tls"] for e in self.accepted(self.tls(None, mode="server-only"), server=anonymous)))
        plain = self.accepted(None, scheme="http", address=self.server.ready["http"])
        self.assertFalse(any(e["tls"] for e in plain))

    def test_a_server_that_wants_a_certificate_gets_none(self):
        text, evidence, arrived = self.ask(self.tls(None, mode="server-only"), code=6)
        self.assertIn("ssl_authentication_failed", text)
        self.assertEqual((evidence, {e["status"] for e in arrived}), (0, {500}))

    def test_plain_http_leaves_the_machine_never(self):
        for url in ("http://192.0.2.1:8080", "http://example.org", "http://127.0.0.1.example.org"):
            text = command("fetch", "--no-progress", "--store", self.store(), "--config", self.config("wohngeld.json", server_url=url), "--month", "2026-11", self.package, code=6)
            self.assertIn("server_url", text)

    def test_what_the_configuration_says_must_be_whole(self):
        for tls, part in (({}, "ca_file"), (self.tls(None), "client_cert"), (self.tls(mode="server-only"), "tls.mode"), (self.tls(mode="none"), "tls.mode"), (self.tls(client_cert="/nonexistent"), "client_cert"),
                          (self.tls(server_keys=[]), "server_keys"), (self.tls(server_keys=["sha256//abc="]), "server_keys"), (self.tls(server_keys="sha256//"), "server_keys"), (self.tls(verify=False), "verify")):
            with self.subTest(tls=tls):
                text = command("fetch", "--no-progress", "--store", self.store(), "--config", self.config("wohngeld.json", server_url="https://" + self.server.ready["https"], tls=tls), "--month", "2026-11", self.package, code=6)
                self.assertIn("E-EXCHANGE-CONFIG", text)
                self.assertIn(part, text)

    def test_pinned_key(self):
        self.accepted(self.tls(server_keys=[self.pin("server")]))
        self.accepted(self.tls(server_keys=[self.pin("server-other"), self.pin("server")]))
        self.assertIn("not the agreed server key", self.refused(self.tls(server_keys=[self.pin("server-other")])))
        swapped = self.other("--server-cert", "server-other")      # right authority, right name, another key
        self.accepted(self.tls(), server=swapped)
        self.refused(self.tls(server_keys=[self.pin("server")]), server=swapped)

    def test_exactly_one_certificate_as_authority(self):
        only = self.tls(ca_file=self.path("server.crt"))
        self.accepted(only)
        self.refused(only, server=self.other("--server-cert", "server-other"))

    def test_servers_that_must_be_refused(self):
        for name in ("server-wrong-name", "server-expired", "server-untrusted"):
            with self.subTest(server=name):
                self.refused(self.tls(), server=self.other("--server-cert", name))
        self.refused(self.tls(ca_file=self.path("other-ca.crt")))

    def test_swapped_and_absent_client_certificates(self):
        for client in ("client-other", "client-expired", "client-untrusted"):
            with self.subTest(client=client):
                text, evidence, arrived = self.ask(self.tls(client), code=6)
                self.assertEqual((evidence, [e for e in arrived if e["status"] == 200]), (0, []), text)
        self.refused(self.tls(client_key=self.path("client-other.key")))     # key of another certificate: nothing can be sent

    def weak(self, side, version):
        """A context of this version alone, as no peer should have it."""
        context = ssl.SSLContext(side)
        context.set_ciphers(WEAK)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)     # that they are old is the point
            context.minimum_version = context.maximum_version = version
        return context

    def test_old_protocol_versions(self):
        for version, accepted in ((ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True)):
            context = self.weak(ssl.PROTOCOL_TLS_SERVER, version)
            context.load_cert_chain(self.path("server.crt"), self.path("server.key"))
            listener = Listener(context)
            try:
                with self.subTest(version=version):
                    willing = self.weak(ssl.PROTOCOL_TLS_CLIENT, version)
                    willing.load_verify_locations(self.path("ca.crt"))
                    host, port = listener.address.split(":")
                    with socket.create_connection((host, int(port)), 10) as plain, willing.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
                        self.assertEqual(secure.version(), "TLSv1.1" if not accepted else "TLSv1.2", "the listener itself works")
                    config = self.config("wohngeld.json", server_url="https://" + listener.address, tls=self.tls(), max_attempts=1)
                    command("fetch", "--no-progress", "--store", self.store(), "--config", config, "--month", "2026-11", self.package, code=6)
                    self.assertEqual(b"/r1/" in listener.said, accepted)
            finally:
                listener.stop()

    def test_a_certificate_refused_after_the_handshake(self):
        """TLS 1.3: the client has finished and sent before it hears that its certificate is missing or not wanted. That is a refusal, not a broken connection to be tried again."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(self.path("server.crt"), self.path("server.key"))
        context.load_verify_locations(self.path("ca.crt"))
        context.verify_mode = ssl.CERT_REQUIRED
        listener = Listener(context)
        self.addCleanup(listener.stop)
        for tls, cause in ((self.tls(None, mode="server-only"), "certificate required"), (self.tls("client-expired"), "certificate expired"), (self.tls("client-untrusted"), "unknown ca"), (self.tls("client-wrong-usage"), "certificate")):
            with self.subTest(tls=tls):
                self.assertRefused(tls, listener, "E-EXCHANGE-TLS", cause)
                self.assertEqual(listener.said, b"")

    def test_through_stunnel(self):
        self.through(terminators.Stunnel, other_client="unknown ca|certificate", code="E-EXCHANGE-TLS")

    def test_through_haproxy(self):
        self.through(terminators.Haproxy, other_client="HTTP 403", code="E-EXCHANGE-STOPPED")

    def through(self, kind, other_client, code):
        """`other_client`, `code`: how the peer refuses a client of the right authority that is not the agreed one."""
        if kind.missing():
            self.skipTest(kind.missing())
        pinned, alien = self.tls(server_keys=[self.pin("server")]), self.tls(ca_file=self.path("other-ca.crt"))
        for shown, client, versions, tls in (("server", "client", ("1.2", "1.3"), self.tls()), ("server", "client", ("1.2", "1.2"), self.tls()), ("server", "client", ("1.3", "1.3"), self.tls()),
                                             ("server", None, ("1.2", "1.3"), self.tls(None, mode="server-only")), ("server", "client", ("1.2", "1.3"), pinned), ("server-other", "client", ("1.2", "1.3"), self.tls())):
            with self.subTest("accepted", server=shown, versions=versions, tls=tls), self.terminator(kind, shown, client, versions) as peer:
                self.accepted(tls, address=peer.address)
        # What the peer shows is refused by us, whatever the version.
        for shown, tls, cause in (("server-expired", self.tls(), "certificate has expired"), ("server-wrong-name", self.tls(), "subject name"), ("server-untrusted", self.tls(), "local issuer certificate"),
                                  ("server", alien, "local issuer certificate"), ("client", self.tls(), "E-EXCHANGE-TLS"), ("server-wrong-usage", self.tls(), "purpose"), ("server-other", pinned, "not the agreed server key"),
                                  ("server-other", self.tls(ca_file=self.path("server.crt")), "local issuer certificate")):
            with self.subTest("our refusal", server=shown, tls=tls), self.terminator(kind, shown, "client") as peer:
                self.assertRefused(tls, peer, "E-EXCHANGE-TLS", cause)
        # What we show is refused by the peer: in the handshake, or since TLS 1.3 in the place of the answer.
        for versions in (("1.2", "1.2"), ("1.3", "1.3")):
            for client, expected, cause in (("client-other", code, other_client), ("client-expired", "E-EXCHANGE-TLS", "certificate"), ("client-untrusted", "E-EXCHANGE-TLS", "unknown ca|certificate"),
                                            (None, "E-EXCHANGE-TLS", "certificate required|handshake failure"), ("server", "E-EXCHANGE-TLS", "unknown ca|certificate"), ("client-wrong-usage", "E-EXCHANGE-TLS", "unknown ca|certificate")):
                tls = self.tls(client) if client else self.tls(None, mode="server-only")
                with self.subTest("its refusal", versions=versions, client=client), self.terminator(kind, "server", "client", versions) as peer:
                    self.assertRefused(tls, peer, expected, cause)

    def terminator(self, kind, shown, client, versions=("1.2", "1.3"), target=None):
        return kind(self.directory, target or self.server.ready["http"], self.path(shown), client and self.path(client), self.path("ca"), versions)

    def assertRefused(self, tls, peer, code, cause):
        """The message with its remedy, `denied` in the log, no second try, and not a byte behind the peer."""
        for _ in range(5):
            store = self.store()
            text, evidence, arrived = self.ask(tls, code=6, address=peer.address, store=store, max_attempts=3)
            self.assertEqual((evidence, arrived), (0, []), text)
            # Since TLS 1.3 the refusal comes after our handshake. If the peer has closed before the request is sent, the reset that answers the request takes the alert with it: then nobody can
            # know more than that the peer is not reached, and that is what the message says, with certificates among the causes. Asked again, the alert comes through.
            lost = "E-EXCHANGE-STOPPED" in text and re.search("Failed (sending data to|receiving data from|when receiving data from) the peer|receiving data from the peer", text)
            if code != "E-EXCHANGE-TLS" or not lost:
                break
            self.assertIn("certificates", text)
        self.assertIn(code, text)
        self.assertRegex(text, cause)
        if code == "E-EXCHANGE-TLS":
            self.assertIn("Check server_url (host name), ca_file", text)
        self.assertIn("denied", {outcome for outcome, in self.rows(store, "SELECT outcome FROM exchange_log")})

    def test_terminators_of_old_versions(self):
        for kind in terminators.ALL:
            if kind.missing():
                continue      # test_through_… says so
            with self.subTest(peer=kind.name), self.terminator(kind, "server", None, ("1.1", "1.1")) as peer:
                willing = self.weak(ssl.PROTOCOL_TLS_CLIENT, ssl.TLSVersion.TLSv1_1)
                willing.load_verify_locations(self.path("ca.crt"))
                with socket.create_connection(("127.0.0.1", peer.port), 10) as plain, willing.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
                    self.assertEqual(secure.version(), "TLSv1.1", "the peer itself works")
                self.assertRefused(self.tls(), peer, "E-EXCHANGE-TLS", "protocol|version")

    def test_http2_on_offer_is_not_taken(self):
        if terminators.Haproxy.missing():
            self.skipTest(terminators.Haproxy.missing())
        with self.terminator(terminators.Haproxy, "server", None) as peer:
            context = ssl.create_default_context(cafile=self.path("ca.crt"))
            context.set_alpn_protocols(["h2", "http/1.1"])
            with socket.create_connection(("127.0.0.1", peer.port), 10) as plain, context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
                self.assertEqual(secure.selected_alpn_protocol(), "h2", "the peer offers it")
            self.accepted(self.tls(None, mode="server-only"), address=peer.address)

    def test_a_terminator_without_its_server(self):
        """haproxy answers by itself (503), stunnel hangs up: nobody was asked, and the next fetch, with the server back, is as if nothing had been."""
        undisturbed = self.store()
        self.ask(self.tls(), store=undisturbed)
        with socket.create_server(("127.0.0.1", 0)) as free:
            nobody = "127.0.0.1:%d" % free.getsockname()[1]
        for kind, outcome in ((terminators.Stunnel, "outcome_unknown"), (terminators.Haproxy, "unreachable")):
            if kind.missing():
                continue
            store = self.store()
            with self.subTest(peer=kind.name):
                with self.terminator(kind, "server", "client", target=nobody) as peer:
                    text, evidence, _ = self.ask(self.tls(), code=6, address=peer.address, store=store)
                    self.assertIn("unreachable", text)
                    self.assertEqual(evidence, 0)
                    self.assertIn(outcome, {o for o, in self.rows(store, "SELECT outcome FROM exchange_log")})
                with self.terminator(kind, "server", "client") as peer:
                    self.ask(self.tls(), address=peer.address, store=store)
                self.assertEqual(self.facts(store), self.facts(undisturbed))


if __name__ == "__main__":
    unittest.main()
