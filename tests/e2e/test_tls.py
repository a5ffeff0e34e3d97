"""The connection to the own security server: three modes, pinned certificate and key, and every peer that must be refused before anything personal is sent.

    ANSPRUCH=PROGRAM python3 -m unittest tests/e2e/test_tls.py

Oracle: the stand-in's access log (what arrived), and the bytes that a listener of the test saw. stunnel stands between client and stand-in where it is
installed (ANSPRUCH_STUNNEL names it otherwise); without it that test says so.
"""
import base64
import hashlib
import json
import os
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
            try:
                with self.context.wrap_socket(plain, server_side=True) as secure:
                    self.said += secure.recv(65536)
            except OSError:
                pass
            finally:
                plain.close()

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

    def ask(self, tls, code=0, address=None, server=None, scheme="https"):
        """(output, evidence rows with data, entries that arrived)."""
        server = server or self.server
        since, store = len(self.arrived(server)), self.store()
        changes = {"server_url": scheme + "://" + (address or server.ready["https"]), "max_attempts": 1, "total_timeout_ms": 10000, "connect_timeout_ms": 5000}
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

    def test_through_stunnel(self):
        program = os.environ.get("ANSPRUCH_STUNNEL") or shutil.which("stunnel4") or shutil.which("stunnel")
        if not program:
            self.skipTest("stunnel is not installed (package stunnel4)")
        for name, client_auth, tls, works in (("server", True, self.tls(), True), ("server", True, self.tls("client-other"), False), ("server", True, self.tls("client-expired"), False),
                                              ("server", True, self.tls("client-untrusted"), False), ("server", True, self.tls(None, mode="server-only"), False), ("server", False, self.tls(None, mode="server-only"), True),
                                              ("server-expired", True, self.tls(), False), ("server-wrong-name", True, self.tls(), False), ("server-untrusted", True, self.tls(), False),
                                              ("server-other", True, self.tls(server_keys=[self.pin("server")]), False), ("server", True, self.tls(server_keys=[self.pin("server")]), True)):
            with self.subTest(server=name, tls=tls):
                with socket.create_server(("127.0.0.1", 0)) as free:
                    port = free.getsockname()[1]
                lines = ["foreground = yes", "pid =", "[x]", "accept = 127.0.0.1:%d" % port, "connect = " + self.server.ready["http"], "cert = " + self.path(name + ".crt"), "key = " + self.path(name + ".key"),
                         "sslVersionMin = TLSv1.2"]
                if client_auth:     # exactly this certificate, as a security server checks it
                    lines += ["verifyPeer = yes", "CAfile = " + self.path("client.crt")]
                path = os.path.join(tempfile.mkdtemp(dir=self.directory), "stunnel.conf")
                with open(path, "w", encoding="ascii") as file:
                    file.write("\n".join(lines) + "\n")
                with open(path + ".log", "wb") as log:
                    tunnel = subprocess.Popen([program, path], stdout=log, stderr=log)
                try:
                    self.wait(port, tunnel, path + ".log")
                    if works:
                        self.accepted(tls, address="127.0.0.1:%d" % port)
                    else:
                        text, evidence, arrived = self.ask(tls, code=6, address="127.0.0.1:%d" % port)
                        self.assertEqual((evidence, arrived), (0, []), text)
                finally:
                    tunnel.terminate()
                    tunnel.wait(20)

    def wait(self, port, process, log):
        while process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), 5).close()
                return
            except ConnectionRefusedError:
                continue
        with open(log, encoding="utf-8", errors="replace") as file:
            self.fail("stunnel ended: " + file.read())


if __name__ == "__main__":
    unittest.main()
