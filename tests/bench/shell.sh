#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The shell on long texts: lines per CPU-second of the daemon, beside grep on the same text; and how long a startup-config of
# twice the length takes. Usage: shell.sh [LINES]      (needs root for a namespace of its own)
set -eu
lines=${1:-${BENCH_LINES:-100000}}
bin=${top_builddir:-.}
tmp=$(mktemp -d /tmp/gdoix-shell.XXXXXX)
daemon=

cleanup() {
	[ -z "$daemon" ] || kill "$daemon" 2>/dev/null || :
	wait 2>/dev/null || :
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# cpu PID: nanoseconds of CPU of all its threads so far
cpu() { cat /proc/"$1"/task/*/schedstat | awk '{ s += $1 } END { printf "%.0f", s }'; }
vty() { "$bin"/gdoixsh --run "$tmp/run" "$@"; }

config() { # LINES
	awk -v n="$1" 'BEGIN {
		print "hostname KS"; print "no logging console"; print "ip access-list extended BIG"
		for (i = 0; i < n; i++)
			printf " permit ip host 10.%d.%d.%d any\n", i / 65536, i / 256 % 256, i % 256
		print "end" }'
}

# used COMMAND...: nanoseconds of CPU of a program (user and system); its output is in $tmp/out
used() {
	LC_ALL=C bash -c 'TIMEFORMAT="%U %S"; out=$1; shift; time "$@" >"$out" 2>/dev/null' used "$tmp/out" "$@" 2>&1 |
		awk '{ printf "%.0f", ($1 + $2) * 1e9 }'
}

say() { # WHAT LINES NANOSECONDS
	awk -v w="$1" -v l="$2" -v n="$3" 'BEGIN { printf "%-52s %9.1f ms  %10.0f lines per CPU-second\n", w, n / 1e6, l / (n > 0 ? n / 1e9 : 1e-3) }'
}

echo "== startup-config"
for n in "$lines" $((2 * lines)); do
	rm -rf "$tmp/nv"
	mkdir -p "$tmp/nv"
	config "$n" >"$tmp/nv/startup-config"
	say "$n lines loaded (gdoixd --check)" "$n" "$(used "$bin/gdoixd" --nvram "$tmp/nv" --check)"
done

config "$lines" >"$tmp/nv/startup-config"
unshare -n "$bin"/gdoixd --nvram "$tmp/nv" --run "$tmp/run" --foreground >"$tmp/log" 2>&1 &
daemon=$!
for i in $(seq 100); do [ -S "$tmp/run/vty.sock" ] && break; sleep 0.1; done
vty -c enable >/dev/null

# show WHAT [LINES]: the daemon's CPU for one command
show() {
	before=$(cpu $daemon)
	vty -c enable -c "$1" >"$tmp/text"
	say "$1" "${2:-$lines}" $(($(cpu $daemon) - before))
}

echo "== output, $lines lines"
show 'show access-lists'
cp "$tmp/text" "$tmp/list"
say "cat" "$lines" "$(used cat "$tmp/list")"
for re in '10.0.1[0-9].2' '^ +[0-9]+ permit'; do
	show "show access-lists | include $re"
	cp "$tmp/text" "$tmp/ours"
	say "grep -E '$re'" "$lines" "$(used grep -E "$re" "$tmp/list")"
	cmp "$tmp/ours" "$tmp/out" || { echo "grep says otherwise"; exit 1; }
done
show 'show access-lists | exclude .7 any'
show 'show access-lists | section Extended | count permit'
show 'show access-lists | redirect flash:list'
show 'show running-config'
show 'show running-config section ip access-list'
show 'show archive config differences'
show 'show access-lists | json'
