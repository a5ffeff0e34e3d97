#!/bin/sh
# Certificates for the stand-in security server and its tests: a CA, a server and a client certificate, and the ones that must
# be refused (expired, other client of the same CA, client of another CA, server certificate for a wrong name, expired server,
# another server of the same CA, server of another CA, certificates whose purpose is the other side's).
# Idempotent: a directory that is complete and still valid for a day is left alone. Test material only: keys are unprotected.
# Usage: make-certs.sh DIRECTORY [--force]
set -eu

if [ $# -lt 1 ]; then
  echo "usage: make-certs.sh DIRECTORY [--force]" >&2
  exit 2
fi
command -v openssl >/dev/null 2>&1 || { echo "make-certs.sh: openssl is missing; install the package openssl" >&2; exit 2; }
dir=$1
force=${2:-}
names="ca other-ca server server-other server-untrusted server-wrong-name server-expired server-wrong-usage client client-other client-untrusted client-expired client-wrong-usage"

complete() {
  for n in $names; do
    [ -s "$dir/$n.crt" ] && [ -s "$dir/$n.key" ] || return 1
  done
  for n in ca server client; do
    openssl x509 -in "$dir/$n.crt" -noout -checkend 86400 >/dev/null 2>&1 || return 1
  done
  openssl verify -CAfile "$dir/ca.crt" "$dir/server.crt" "$dir/client.crt" >/dev/null 2>&1
}

if [ "$force" != "--force" ] && complete; then
  echo "certificates in $dir are complete and valid"
  exit 0
fi

umask 077
mkdir -p "$dir"
work=$(mktemp -d "$dir/.new.XXXXXX")
trap 'rm -rf "$work"' EXIT INT TERM

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$work/$1.key"; }

authority() { # name, common name
  key "$1"
  openssl req -x509 -new -key "$work/$1.key" -sha256 -days 825 -subj "/O=Synthetic test authority/CN=$2" \
    -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign" -out "$work/$1.crt" 2>/dev/null
  mkdir "$work/$1.db"
  : > "$work/$1.db/index.txt"
  echo "$(openssl rand -hex 15)" > "$work/$1.db/serial"
}

# name, common name, signing CA, usage (serverAuth|clientAuth), alternative names, start, end (YYYYMMDDHHMMSSZ)
issue() {
  key "$1"
  openssl req -new -key "$work/$1.key" -subj "/O=Synthetic test/CN=$2" -out "$work/$1.csr"
  cat > "$work/$1.cnf" <<CONF
[ca]
default_ca = d
[d]
new_certs_dir = $work/$3.db
database = $work/$3.db/index.txt
serial = $work/$3.db/serial
default_md = sha256
policy = p
unique_subject = no
x509_extensions = e
[p]
organizationName = optional
commonName = supplied
[e]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = $4
subjectAltName = $5
CONF
  openssl ca -batch -config "$work/$1.cnf" -cert "$work/$3.crt" -keyfile "$work/$3.key" -in "$work/$1.csr" -notext \
    -startdate "$6" -enddate "$7" -out "$work/$1.crt" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
}

# An hour of slack for clocks that run late; GNU and BusyBox date both know -d @seconds.
now=$(date -u +%s)
start=$(date -u -d "@$((now - 3600))" +%Y%m%d%H%M%SZ)
end=$(date -u -d "@$((now + 800 * 86400))" +%Y%m%d%H%M%SZ)
past_start=20200101000000Z
past_end=20210101000000Z
local_names="DNS:localhost,IP:127.0.0.1,IP:::1"

authority ca "Synthetic test CA"
authority other-ca "Synthetic other CA"
issue server "localhost" ca serverAuth "$local_names" "$start" "$end"
issue server-other "localhost" ca serverAuth "$local_names" "$start" "$end"
issue server-untrusted "localhost" other-ca serverAuth "$local_names" "$start" "$end"
issue server-wrong-name "elsewhere.invalid" ca serverAuth "DNS:elsewhere.invalid" "$start" "$end"
issue server-expired "localhost" ca serverAuth "$local_names" "$past_start" "$past_end"
issue server-wrong-usage "localhost" ca clientAuth "$local_names" "$start" "$end"
issue client "anspruch" ca clientAuth "DNS:anspruch.invalid" "$start" "$end"
issue client-other "other client" ca clientAuth "DNS:other.invalid" "$start" "$end"
issue client-untrusted "anspruch" other-ca clientAuth "DNS:anspruch.invalid" "$start" "$end"
issue client-expired "anspruch" ca clientAuth "DNS:anspruch.invalid" "$past_start" "$past_end"
issue client-wrong-usage "anspruch" ca serverAuth "DNS:anspruch.invalid" "$start" "$end"

for n in $names; do
  mv -f "$work/$n.key" "$work/$n.crt" "$dir/"
done
complete || { echo "make-certs.sh: the certificates do not verify" >&2; exit 1; }
echo "certificates written to $dir"
