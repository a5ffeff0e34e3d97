#!/bin/sh
# Writes fixtures/population/sample anew: a small synthetic population whose case file and register answers are kept as text, for
# tests of adapters without a server. Run it after a wanted change of the generator, and review the difference.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=$here/../../fixtures/population/sample
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
"$here/generate.py" --quiet --families 30 --seed 7 --answers 1000 --out "$work"
mkdir -p "$target"
for name in casefile.jsonl answers.jsonl manifest.json; do
  cp "$work/$name" "$target/$name"
done
echo "sample written to $target"
