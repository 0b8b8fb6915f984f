#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# docs/cli-reference.md is what the rows say, and the rows keep their rules.
new=tests/unit/cli-reference.md
./tests/unit/cli_reference >"$new" || exit 1
if ! diff -u "${top_srcdir:-.}/docs/cli-reference.md" "$new"; then
	echo "docs/cli-reference.md is out of date: copy $new over it"
	exit 1
fi
