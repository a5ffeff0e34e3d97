#!/usr/bin/env python3
"""Checks who may include whom (docs/architecture.md): every #include of a module folder must be in its row. Also: only store names SQLite,
only exchange names curl, no floating point in the exact folders."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
ALLOWED = {
    "engine/base": {"anspruch"},
    "engine/num": {"anspruch", "base"},
    "engine/code": {"anspruch", "base", "num"},
    "engine/range": {"anspruch", "base", "num", "code"},
    "engine/text": {"anspruch", "base"},
    "engine/columns": {"anspruch", "base", "num", "code", "text"},
    "engine/chunks": {"anspruch", "base"},
    "engine/exec": {"anspruch", "base", "num", "code", "range", "columns"},
    "engine/replay": {"anspruch", "base", "num", "code", "columns"},
    "engine/emit": {"anspruch", "base", "num", "code"},
    "engine/store": {"anspruch", "base", "num", "chunks"},
    "engine/facts": {"anspruch", "base", "num", "code", "text", "columns", "chunks", "store"},
    "engine/sql": {"anspruch", "base", "num", "code", "columns", "chunks", "facts"},
    "engine/exchange": {"anspruch", "base", "num", "code", "columns", "store", "facts", "decide"},
    "engine/serve": {"anspruch", "base", "num", "code", "store", "facts", "exchange"},
    "engine/decide": {"anspruch", "base", "num", "code", "text", "columns", "replay"},
    "engine/batch": {"anspruch", "base", "num", "code", "columns", "chunks", "exec", "replay", "store", "facts", "decide"},
    "engine/api": {"anspruch", "base", "num", "code", "columns", "replay", "decide"},
    "dsl/syntax": {"anspruch", "base"},
    "dsl/fmt": {"anspruch", "base", "syntax"},
    "dsl/sema": {"anspruch", "base", "num", "code", "text", "syntax"},
    "dsl/law": {"anspruch", "base", "num", "code", "syntax"},
    "dsl/lower": {"anspruch", "base", "num", "code", "columns", "syntax", "sema"},
    "dsl/doc": {"anspruch", "base", "num", "code", "syntax", "sema", "law"},
    "dsl/mutate": {"anspruch", "base", "num", "code", "syntax", "sema", "lower"},
}
MODULES = {k.split("/")[1] for k in ALLOWED} | {"anspruch"}
EXACT = {"engine/num", "engine/code", "engine/range", "engine/text", "engine/columns", "engine/chunks", "engine/exec", "engine/replay", "engine/emit", "engine/decide", "dsl/sema", "dsl/lower", "dsl/mutate"}
OWNED = {"sqlite3.h": ("engine/store", "engine/sql"), "sqlite3ext.h": "engine/sql", "curl/curl.h": "engine/exchange", "microhttpd.h": "engine/serve", "gnutls/": "engine/serve", "openssl/": "engine/base", "libxml/": ("engine/exchange", "dsl/law"), "pcre2.h": "engine/text", "zstd.h": "engine/chunks", "utf8proc.h": ("engine/text", "dsl/law")}
INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]')
FLOAT = re.compile(r"\b(float|double)\b")


def strip_comments(text):
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group(0).count("\n"), text, flags=re.S)
    text = re.sub(r'"(\\.|[^"\\\n])*"', '""', text)
    return re.sub(r"//[^\n]*", "", text)


def check_file(folder, path, errors):
    own = folder.split("/")[1]
    raw = path.read_text(encoding="utf-8")
    for number, line in enumerate(raw.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        target = match.group(1)
        module = target.split("/")[0]
        if "/" in target and module in MODULES and module != own and module not in ALLOWED[folder]:
            errors.append(f"{path.relative_to(ROOT)}:{number}: {folder} must not include {target}")
        for header, owner in OWNED.items():
            owners = owner if isinstance(owner, tuple) else (owner,)
            if target.startswith(header) and folder not in owners:
                errors.append(f"{path.relative_to(ROOT)}:{number}: only {', '.join(owners)} may include {header}")
    if folder in EXACT:
        for number, line in enumerate(strip_comments(raw).splitlines(), 1):
            if FLOAT.search(line):
                errors.append(f"{path.relative_to(ROOT)}:{number}: floating point in {folder}")


def main():
    errors, files = [], 0
    for folder in ALLOWED:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".c", ".h", ".l", ".y", ".def"}:
                files += 1
                check_file(folder, path, errors)
    known = {str(p.relative_to(ROOT)) for base in ("engine", "dsl") for p in (ROOT / base).iterdir() if p.is_dir()} - {"engine/include"}
    errors += [f"{folder}: folder has no row in the layering table" for folder in sorted(known - set(ALLOWED))]
    if files < 40:
        errors.append(f"only {files} files were checked; the table does not fit the tree")
    print("\n".join(errors) or f"layering: {files} files, no violation")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
