#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every tests/golden/*.in is played and its screen compared with the .out beside it. GOLDEN_UPDATE=1 writes the .out
# files anew: read the difference before it is committed.
src=${top_srcdir:-.}/tests/golden
out=tests/golden/screens
mkdir -p "$out" || exit 1
failed=0 total=0
for in in "$src"/*.in; do
	name=$(basename "$in" .in)
	total=$((total + 1))
	if ! ./tests/golden/golden "$in" >"$out/$name.out" 2>"$out/$name.err" || [ -s "$out/$name.err" ]; then
		echo "FAIL $name: the player said:"
		cat "$out/$name.err"
		failed=$((failed + 1))
	elif [ -n "$GOLDEN_UPDATE" ]; then
		cmp -s "$out/$name.out" "$src/$name.out" || cp "$out/$name.out" "$src/$name.out"
	elif ! diff -u "$src/$name.out" "$out/$name.out"; then
		echo "FAIL $name"
		failed=$((failed + 1))
	fi
done
# A screen: what follows one prompt.
shown=$(cat "$src"/*.out | grep -cE "^[[:alnum:]-]+(\\([a-z-]+\\))?[>#]")
echo "golden: $shown screens in $total plays, $failed failed"
[ "$failed" = 0 ]
