"""Programs that end TLS in front of a plain HTTP server on loopback, as an operator puts them there: stunnel and haproxy, each from its Debian package.

Each takes the same description, so that one table of cases serves both. What is not installed is named by `missing`; the tests then say so and are skipped.
"""
import os
import shutil
import socket
import subprocess
import tempfile


class Terminator:
    """`certificate`: path without .crt and .key of what it shows. `client`: path of the one certificate it lets in (`authority`: who issues them), None if it asks for none.
    `versions`: lowest and highest version of TLS, below 1.2 with the ciphers that need it."""
    name = package = variable = programs = None

    def __init__(self, directory, target, certificate, client=None, authority=None, versions=("1.2", "1.3")):
        self.target, self.certificate, self.client, self.authority, self.versions = target, certificate, client, authority, versions
        self.directory = tempfile.mkdtemp(dir=directory)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.address = "127.0.0.1:%d" % self.port
        path = os.path.join(self.directory, self.name + ".conf")
        with open(path, "w", encoding="ascii") as file:
            file.write("\n".join(self.lines()) + "\n")
        self.log = path + ".log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.command(path), stdout=log, stderr=log)
        self.wait()

    @classmethod
    def program(cls):
        return os.environ.get(cls.variable) or next((p for p in map(shutil.which, cls.programs) if p), None)

    @classmethod
    def missing(cls):
        """Why it cannot be used here; None if it can."""
        return None if cls.program() else "%s is not installed (Debian package %s, tools/dev/install-packages test)" % (cls.name, cls.package)

    @property
    def weak(self):
        return self.versions[1] < "1.2"

    def wait(self):
        while self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 5).close()
                return
            except ConnectionRefusedError:
                continue
        with open(self.log, encoding="utf-8", errors="replace") as file:
            raise RuntimeError("%s ended: %s" % (self.name, file.read()))

    def stop(self):
        self.process.terminate()
        self.process.wait(20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Stunnel(Terminator):
    """Below HTTP: bytes pass as they are."""
    name, package, variable, programs = "stunnel", "stunnel4", "ANSPRUCH_STUNNEL", ("stunnel4", "stunnel")

    def command(self, path):
        return [self.program(), path]

    def lines(self):
        lines = ["foreground = yes", "pid =", "[x]", "accept = " + self.address, "connect = " + self.target, "cert = " + self.certificate + ".crt", "key = " + self.certificate + ".key",
                 "sslVersionMin = TLSv" + self.versions[0], "sslVersionMax = TLSv" + self.versions[1]]
        if self.weak:
            lines += ["securityLevel = 0", "ciphers = ALL:@SECLEVEL=0"]
        return lines + (["verifyPeer = yes", "CAfile = " + self.client + ".crt"] if self.client else [])     # exactly this certificate, as a security server checks it


class Haproxy(Terminator):
    """Reads and writes HTTP anew: lower-case header names, errors of its own, HTTP/2 on offer. A certificate of the right authority that is not the agreed one gets its 403."""
    name, package, variable, programs = "haproxy", "haproxy", "ANSPRUCH_HAPROXY", ("haproxy", "/usr/sbin/haproxy")

    def command(self, path):
        return [self.program(), "-db", "-q", "-f", path]

    def lines(self):
        both = os.path.join(self.directory, "shown.pem")
        with open(both, "wb") as out:
            for part in (".crt", ".key"):
                with open(self.certificate + part, "rb") as file:
                    out.write(file.read())
        bind = "bind %s ssl crt %s ssl-min-ver TLSv%s ssl-max-ver TLSv%s alpn h2,http/1.1" % (self.address, both, *self.versions)
        if self.weak:
            bind += " ciphers ALL:@SECLEVEL=0"
        deny = []
        if self.client:
            bind += " verify required ca-file " + self.authority + ".crt"
            shown = subprocess.run(["openssl", "x509", "-in", self.client + ".crt", "-noout", "-fingerprint", "-sha1"], check=True, capture_output=True, text=True).stdout
            deny = ["http-request deny deny_status 403 unless { ssl_c_sha1,hex -m str %s }" % shown.strip().rpartition("=")[2].replace(":", "")]
        return ["defaults", "mode http", "timeout connect 5s", "timeout client 30s", "timeout server 30s", "retries 0", "frontend x", bind, *deny, "default_backend y", "backend y", "server s " + self.target]


ALL = (Stunnel, Haproxy)
