#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs every fuzz target over its corpus. Every fuzz_X.c must have been built: one without a block in room.am fails.
src=${top_srcdir:-.}/tests/fuzz
bin=${top_builddir:-.}/tests/fuzz
status=0
for c in "$src"/fuzz_*.c; do
	name=$(basename "$c" .c)
	corpus=$src/corpus/${name#fuzz_}
	if [ ! -d "$corpus" ]; then
		echo "FAIL $name: no seeds in $corpus"
		status=1
	elif out=$(timeout 300 "$bin/$name" -runs=0 "$corpus" 2>&1); then
		echo "ok $name: $(echo "$out" | tail -n 1)"
	else
		echo "$out"
		echo "FAIL $name"
		status=1
	fi
done
exit $status
