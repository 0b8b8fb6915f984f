#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A real key server in one network namespace, thousands of members in another; each figure stands beside the bare OpenSSL or
# socket operations measured in the same run, because machines are noisy and ratios travel better than seconds.
# Usage: run.sh [MEMBERS]      (needs root; programs are taken from $top_builddir)
set -eu
members=${1:-${BENCH_MEMBERS:-8000}}
bin=${top_builddir:-.}
tmp=$(mktemp -d /tmp/gdoix-bench.XXXXXX)
ks=gxbks$$ gm=gxbgm$$ k2=gxbk2$$
coop=
pids=

cleanup() {
	for p in $pids; do kill "$p" 2>/dev/null || :; done
	wait 2>/dev/null || :
	ip netns del $ks 2>/dev/null || :
	ip netns del $gm 2>/dev/null || :
	ip netns del $k2 2>/dev/null || :
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

ip netns add $ks
ip netns add $gm
ip -n $ks link add wan type veth peer name wan netns $gm
ip -n $ks addr add 10.63.0.1/24 dev wan
ip -n $gm addr add 10.63.0.2/24 dev wan
for n in $ks $gm; do ip -n $n link set lo up; ip -n $n link set wan up; done
ip -n $ks route add 10.64.0.0/16 via 10.63.0.2
ip -n $gm route add local 10.64.0.0/16 dev lo

# cpu PID: nanoseconds of CPU of all its threads so far
cpu() { cat /proc/"$1"/task/*/schedstat | awk '{ s += $1 } END { printf "%.0f", s }'; }
# of its first thread alone: the engine's
engine() { awk '{ print $1 }' /proc/"$1"/task/"$1"/schedstat; }
rss() { awk '/^VmRSS/ { print $2 * 1024 }' /proc/"$1"/status; }
value() { awk -v n="$1" '$1 == n { print $2; exit }' "$2"; }
calc() { awk "BEGIN { $1 }"; }
vty() { "$bin"/gdoixsh --run "$tmp/run" "$@"; }

start_ks() { # DH-GROUP
	rm -rf "$tmp/nv" "$tmp/run"
	mkdir -p "$tmp/nv" "$tmp/run"
	cat >"$tmp/nv/startup-config" <<EOF
hostname KS
no logging console
logging buffered 4096 warnings
crypto isakmp policy 10
 encr aes 256
 hash sha256
 authentication pre-share
 group $1
crypto isakmp key bench address 0.0.0.0
crypto isakmp limit half-open total 10000
crypto ipsec transform-set T esp-aes 256 esp-sha256-hmac
crypto ipsec profile P
 set security-association lifetime seconds 7200
 set transform-set T
crypto gdoi group GET
 identity number 1234
 server local
  rekey algorithm aes 256
  rekey sig-hash algorithm sha256
  rekey lifetime seconds 86400
  rekey retransmit 60 number 1
  rekey authentication mypubkey rsa R
  rekey transport unicast
  sa ipsec 1
   profile P
   match address ipv4 A
  address ipv4 10.63.0.1
$coop
ip access-list extended A
 deny udp any eq 848 any
 permit ip 10.0.0.0 0.255.255.255 10.0.0.0 0.255.255.255
line vty 0 4
end
EOF
	ip netns exec $ks "$bin"/gdoixd --nvram "$tmp/nv" --run "$tmp/run" --foreground >"$tmp/ks.log" 2>&1 &
	ksd=$!
	pids="$pids $ksd"
	for i in $(seq 50); do [ -S "$tmp/run/vty.sock" ] && break; sleep 0.1; done
	vty -c enable -c 'configure terminal' -c 'crypto key generate rsa label R modulus 2048 exportable' -c end >/dev/null
	sleep 0.5
}

stop_ks() {
	kill $ksd
	wait $ksd 2>/dev/null || :
}

"$bin"/tests/bench/bench_crypto >"$tmp/crypto"
echo "== ceilings of this run"
cat "$tmp/crypto"

for dh in 14 19; do
	start_ks $dh
	before=$(cpu $ksd) mem=$(rss $ksd)
	ip netns exec $gm "$bin"/tests/bench/load -k 10.63.0.1 -b 10.64.0.1 -n "$members" -d $dh >"$tmp/load" &
	load=$!
	pids="$pids $load"
	wait $load || { echo "load failed"; tail -3 "$tmp/ks.log"; exit 1; }
	used=$(($(cpu $ksd) - before)) mem=$(($(rss $ksd) - mem))
	gen=$(value dh${dh}_keygen_ns "$tmp/crypto") der=$(value dh${dh}_derive_ns "$tmp/crypto")
	echo "== registration, PSK, DH group $dh, $members members"
	calc "u = $used / $members / 1000; c = ($gen + $der) / 1000;
	     printf \"CPU per registration %.0f us; DH alone %.0f us; %.0f registrations per CPU-second; ratio to ceiling %.2f\n\", u, c, 1e6 / u, c / u"
	calc "printf \"memory per registered member %.0f octets\n\", $mem / $members"
	[ $dh = 14 ] && { stop_ks; continue; }

	echo "== show crypto gdoi ks members, $members members"
	for how in "" " | include Version" " | json"; do
		before=$(cpu $ksd) stood=$(engine $ksd)
		vty -c enable -c "show crypto gdoi ks members$how" >"$tmp/members"
		used=$(($(cpu $ksd) - before)) stood=$(($(engine $ksd) - stood)) lines=$(wc -l <"$tmp/members")
		calc "printf \"%-46s %8d lines, %.2f ms CPU of the key server (%.2f ms of them the engine's: it stands still for less), %.0f lines per CPU-second\n\",
			\"show crypto gdoi ks members$how\", $lines, $used / 1e6, $stood / 1e6, $lines / ($used / 1e9)"
	done
	stop_ks
done

echo "== unicast rekey to $members members"
start_ks 19
ip netns exec $gm "$bin"/tests/bench/load -k 10.63.0.1 -b 10.64.0.1 -n "$members" -d 19 -r 100 >"$tmp/load" &
load=$!
pids="$pids $load"
for i in $(seq 300); do grep -q '^registered' "$tmp/load" && break; sleep 1; done
sleep 1
# The members stand still while the rekey goes out, so that what it costs to send is seen alone; then they answer. The same number of
# bare sends follows, each time to a sink that has room, as the members' socket had. Of five of each the median counts.
for i in 1 2 3 4 5; do
	kill -STOP $load
	before=$(cpu $ksd)
	vty -c enable -c 'crypto gdoi ks rekey' >/dev/null
	sleep 2
	echo "$(($(cpu $ksd) - before))" >>"$tmp/rekeys"
	kill -CONT $load
	sleep 3
	size=$(value rekey_octets "$tmp/load")
	ip netns exec $gm "$bin"/tests/bench/send &
	sink=$!
	sleep 0.3
	ip netns exec $ks "$bin"/tests/bench/send 10.64.0.1 "$members" "${size%.*}" | awk '{ printf "%.0f\n", $2 * 1e9 }' >>"$tmp/sends"
	kill $sink
	wait $sink 2>/dev/null || :
done
before=$(cpu $ksd)
vty -c enable -c 'crypto gdoi ks rekey' >/dev/null
sleep 5
all=$(($(cpu $ksd) - before))
kill $load
median() { sort -n "$1" | sed -n 3p; }
sent=$(median "$tmp/rekeys") bare=$(median "$tmp/sends") sign=$(value rsa2048_sign_ns "$tmp/crypto")
calc "b = $bare; s = $sign;
     printf \"%d octets; CPU to send %.1f ms; %d bare sends %.1f ms; one signature %.1f ms; (CPU - signature) / bare sends %.2f\\n\",
	$size, $sent / 1e6, $members, b / 1e6, s / 1e6, ($sent - s) / b;
     printf \"acknowledgements: %.1f us CPU for each\\n\", ($all - $sent) / 1e3 / $members"
stop_ks

# ---- cooperation: the primary KS1 with all members, a secondary KS2 that takes its policy from it; announcements twice a second ----
ip netns add $k2
ip -n $k2 link set lo up
ip -n $ks link add coop type veth peer name coop netns $k2
ip -n $ks addr add 10.63.1.1/24 dev coop
ip -n $k2 addr add 10.63.1.2/24 dev coop
ip -n $ks link set coop up
ip -n $k2 link set coop up
ip -n $k2 route add 10.63.0.0/24 via 10.63.1.1
redundancy() { # PRIORITY PEER VERSION
	printf '  redundancy\n   local priority %s\n   peer address ipv4 %s\n   sync configuration\n   protocol version %s\n   protocol timeout fast' "$@"
}
start_k2() { # VERSION
	rm -rf "$tmp/nv2" "$tmp/run2"
	mkdir -p "$tmp/nv2" "$tmp/run2"
	cat >"$tmp/nv2/startup-config" <<EOF
hostname KS2
no logging console
crypto isakmp policy 10
 encr aes 256
 hash sha256
 authentication pre-share
 group 19
crypto isakmp key bench address 0.0.0.0
crypto gdoi group GET
 identity number 1234
 server local
  address ipv4 10.63.1.2
$(redundancy 1 10.63.0.1 "$1")
end
EOF
	ip netns exec $k2 "$bin"/gdoixd --nvram "$tmp/nv2" --run "$tmp/run2" --foreground >"$tmp/ks2.log" 2>&1 &
	k2d=$!
	pids="$pids $k2d"
}
members_of() { "$bin"/gdoixsh --run "$tmp/$1" -c enable -c 'show crypto gdoi ks members' 2>/dev/null | grep -c 'Group Member ID' || :; }
counter() { vty -c enable -c 'show crypto gdoi ks coop' | sed -n "s/^ *$1: *\([0-9]*\).*/\1/p" | head -n 1; }
# mark; then announced WHAT: what the primary sent and used since
mark() { a0=$(counter 'Ann msgs sent') b0=$(counter 'Total bytes sent') c0=$(cpu $ksd); }
announced() {
	c1=$(cpu $ksd) a1=$(counter 'Ann msgs sent') b1=$(counter 'Total bytes sent')
	calc "n = $a1 - $a0; printf \"$1: %d announcements of %.0f octets, %.0f us CPU of the primary for each\n\", n, ($b1 - $b0) / n, ($c1 - $c0) / 1e3 / n"
}
wait_members() { # TENTHS: until KS2 knows all
	for i in $(seq "$1"); do
		[ "$(members_of run2)" = "$members" ] && break
		sleep 0.1
	done
}
for version in optimize base; do
	coop=$(redundancy 100 10.63.1.2 $version)
	start_ks 19
	start_k2 $version
	for i in $(seq 100); do grep -q COOP_SYNC_TAKEN "$tmp/ks2.log" && break; sleep 0.2; done
	ip netns exec $gm "$bin"/tests/bench/load -k 10.63.0.1 -b 10.64.0.1 -n "$members" -d 19 >"$tmp/load" || { echo "load failed"; exit 1; }
	wait_members 300
	echo "== cooperation, $members members, protocol version $version"
	mark
	sleep 15
	announced "steady state"
	kill -9 $k2d
	wait $k2d 2>/dev/null || :
	start_k2 $version
	mark
	wait_members 300
	announced "a new secondary gets the whole database"
	calc "printf \"the new secondary has %d members after %.1f ms CPU for all\n\", $(members_of run2), $(cpu $k2d) / 1e6"
	kill $k2d
	stop_ks
done
