#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# fuzz.sh TARGET...: runs each libFuzzer target for FUZZ_SECONDS, starting from its corpus. What it finds on the way is
# kept in the build tree (tests/fuzz/found/X), an input that crashes it beside it.
seconds=${FUZZ_SECONDS:-60}
status=0
for target in "$@"; do
	name=$(basename "$target")
	name=${name#fuzz_}
	found=${top_builddir:-.}/tests/fuzz/found/$name
	dict=
	mkdir -p "$found" || exit 1
	# A target with a dictionary (dict.h) writes it and ends.
	GX_FUZZ_DICT=$found.dict "./$target" -runs=0 >/dev/null 2>&1
	[ -s "$found.dict" ] && dict=-dict=$found.dict
	echo "== $name: $seconds s"
	"./$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix="$found-" $dict "$found" "${top_srcdir:-.}/tests/fuzz/corpus/$name" || status=1
done
exit $status
