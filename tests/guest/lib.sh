# SPDX-License-Identifier: GPL-3.0-or-later
# For tests that run in the guest: basics, the network of three sites around a core, and counting what passed.
# It mounts, and it switches the machine off at its end: only as first process of the guest that boot.sh makes.
[ $$ = 1 ] || {
	echo "$0: runs in the guest: boot.sh $0" >&2
	exit 2
}
export PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin TMPDIR=/run
passed=0
failed=0

guest_begin() {
	mount -t proc proc /proc
	mount -t sysfs sys /sys
	mount -t tmpfs tmp /run
	mount -t devpts devpts /dev/pts 2>/dev/null || { mkdir -p /dev/pts && mount -t devpts devpts /dev/pts; }
	mkdir -p /run/netns
	ip link set lo up
	for m in veth esp4 xfrm_user authenc cbc sha256_generic sha1_generic sha512_generic hmac des_generic gcm seqiv echainiv \
		aesni_intel nf_tables nft_xfrm nft_tproxy nft_objref nft_counter nft_chain_nat nft_log nft_limit nfnetlink_log cryptd null_crypto crypto_null ecb; do
		modprobe -q $m
	done
}

guest_end() {
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ] && echo GUEST-OK
	sync
	echo o >/proc/sysrq-trigger
	while :; do sleep 1; done
}

ok() { # NAME CONDITION...
	name=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
		echo "ok - $name"
	else
		failed=$((failed + 1))
		echo "not ok - $name"
	fi
}

# link IF-A NS-A IF-B NS-B
link() {
	ip link add "$1" netns "$2" type veth peer name "$3" netns "$4"
	ip -n "$2" link set "$1" up
	ip -n "$4" link set "$3" up
}

# Three sites: host hN (10.1.N.10) -- member gN (lan, wan 172.16.N.2) -- core (172.16.N.1); key server ks (10.0.8.1) at the core.
sites() {
	for n in h1 g1 h2 g2 h3 g3 core ks; do
		ip netns add $n
		ip -n $n link set lo up
		ip netns exec $n sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 net.ipv4.ip_forward=1
	done
	for i in 1 2 3; do
		link eth0 h$i lan g$i
		link wan g$i c$i core
		ip -n h$i addr add 10.1.$i.10/24 dev eth0
		ip -n g$i addr add 10.1.$i.1/24 dev lan
		ip -n g$i addr add 172.16.$i.2/24 dev wan
		ip -n core addr add 172.16.$i.1/24 dev c$i
		ip -n h$i route add default via 10.1.$i.1
		ip -n g$i route add default via 172.16.$i.1
		ip -n core route add 10.1.$i.0/24 via 172.16.$i.2
	done
	link wan ks k0 core
	ip -n ks addr add 10.0.8.1/24 dev wan
	ip -n core addr add 10.0.8.254/24 dev k0
	ip -n ks route add default via 10.0.8.254
}

# capture FILE COUNT NS FILTER...: in the background, listening when it returns; captured FILE waits for its end
capture() {
	file=$1 count=$2 ns=$3
	shift 3
	: >"$file.err"
	ip netns exec "$ns" timeout 20 tcpdump -lvni any -c "$count" "$@" >"$file" 2>"$file.err" &
	for k in $(seq 100); do
		grep -q listening "$file.err" && break
		sleep 0.1
	done
}
captured() {
	for k in $(seq 40); do
		grep -q 'packets captured' "$1.err" && break
		sleep 0.1
	done
	cat "$1"
}

# Three members as lines (dp.c): say MEMBER LINE tells one and waits for its answer.
say() {
	echo "$2" >/run/in.$1
	for k in $(seq 200); do
		have=$(grep -c '^ok\|^error' /run/out.$1)
		[ "$have" -gt "$(cat /run/n.$1)" ] && break
		sleep 0.05
	done
	echo "$have" >/run/n.$1
	grep '^ok\|^error' /run/out.$1 | tail -1
}
everyone() { for m in 1 2 3; do say $m "$1" >/dev/null; done; }
start() {
	mkfifo /run/in.$1 2>/dev/null
	echo 0 >/run/n.$1
	: >/run/out.$1
	ip netns exec g$1 "$dp" </run/in.$1 >/run/out.$1 2>&1 &
	echo $! >/run/pid.$1
	eval "exec $((4 + $1))>/run/in.$1"
}

# lost FROM TO COUNT [ping options]: packets lost
lost() {
	from=$1 to=$2 count=$3
	shift 3
	ip netns exec "$from" ping -n -q -c "$count" -i 0.05 -W 2 "$@" "$to" 2>/dev/null |
		awk '/transmitted/ { print $1 - $4; done = 1 } END { if (!done) print 999 }'
}
all() { [ "$(lost "$@")" = 0 ]; }
none() { [ "$(lost "$@")" -ge "$3" ]; }

# ---- real daemons: dev NAME (ks g1 g2 g3) with its configuration on standard input ----
config() {
	mkdir -p /run/d/$1/nvram
	chmod 700 /run/d/$1/nvram
	cat >/run/d/$1/nvram/startup-config
}
daemon() {
	ip netns exec $1 "$builddir/gdoixd" --nvram /run/d/$1/nvram --run /run/d/$1/run
}
pid_of() { cat /run/d/$1/run/gdoixd.pid; }
# on NAME COMMAND...: in one session, from privileged EXEC
on() {
	name=$1
	shift
	{
		echo enable
		for line in "$@"; do echo "$line"; done
	} | "$builddir/gdoixsh" --run /run/d/$name/run 2>&1
}
until_ok() { # SECONDS COMMAND...
	end=$(($(date +%s) + $1))
	shift
	until "$@"; do
		[ "$(date +%s)" -lt "$end" ] || return 1
		sleep 0.3
	done
}
shows() { # NAME COMMAND PATTERN
	on "$1" "$2" | grep -Eq -- "$3"
}
registered() { shows "$1" 'show crypto gdoi' 'Registration status +: Registered'; }
