#!/bin/sh
# Installs into a folder of its own and uses what was installed as a neighbour would: command, library through pkg-config, man page, completions, rules.
# Usage: install.sh BUILD_DIR SOURCE_DIR
set -eu
build=$1
source=$2
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
cmake --install "$build" --prefix "$root/prefix" >/dev/null
pc=$(find "$root" -name anspruch.pc)
[ -n "$pc" ] || { echo "anspruch.pc is not installed"; exit 1; }
flags=$(PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --cflags --libs anspruch)
lib=$(dirname "$(find "$root" -name libanspruch.so)")
# shellcheck disable=SC2086
"${CC:-cc}" -std=c11 -Wall -Wextra -Werror "$source/tests/e2e/consumer.c" $flags $ANS_LINK_FLAGS -o "$root/consumer"
"$root/prefix/bin/anspruch" build "$root/prefix/share/anspruch/rules/bund/estg/kindergeld" -o "$root/kindergeld.anp" >/dev/null
LD_LIBRARY_PATH=$lib "$root/consumer" "$root/kindergeld.anp" "$source/fixtures/cases/entitled.json" 2026-06 >"$root/out"
grep -q '"merits":"entitled"' "$root/out"
grep -q '^bund/estg/kindergeld [0-9a-f]\{64\}$' "$root/out"
private=$(nm -D --defined-only "$lib/libanspruch.so" | awk '$2 == "T" && $3 !~ /^ans_(package|case|explanation|string|library|error_render|status_name)/ { print $3 }')
[ -z "$private" ] || { echo "private symbols leave the library: $private"; exit 1; }
[ -s "$root/prefix/share/man/man1/anspruch.1" ] && bash -n "$root/prefix/share/bash-completion/completions/anspruch"
echo "1 passed, 0 failed"
