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
	# one process for all, processes cost much here; those that are built in or have another name elsewhere are passed over
	modprobe -qa veth esp4 xfrm_user authenc cbc sha256_generic sha1_generic sha512_generic hmac des_generic gcm seqiv echainiv \
		aesni_intel nf_tables nft_xfrm nft_tproxy nft_objref nft_chain_nat nft_log nft_limit nfnetlink_log cryptd crypto_null ecb
	# namespaces begin with this one's settings
	echo 1 >/proc/sys/net/ipv4/ip_forward
	echo 1 >/proc/sys/net/ipv4/conf/default/forwarding
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

# has FILE TEXT
has() {
	while IFS= read -r has_line || [ -n "$has_line" ]; do
		case $has_line in
		*"$2"*) return 0 ;;
		esac
	done <"$1"
	return 1
}

# link IF-A NS-A IF-B NS-B
link() {
	ip link add "$1" netns "$2" type veth peer name "$3" netns "$4"
	ip -n "$2" link set "$1" up
	ip -n "$4" link set "$3" up
}

# site N: host hN (10.1.N.10) -- member gN (lan, wan 172.16.N.2) -- core (172.16.N.1)
site() {
	ip -batch - <<EOF
netns add h$1
netns add g$1
link add eth0 netns h$1 type veth peer name lan netns g$1
link add wan netns g$1 type veth peer name c$1 netns core
EOF
	ip -n h$1 -batch - <<EOF
link set lo up
link set eth0 up
addr add 10.1.$1.10/24 dev eth0
route add default via 10.1.$1.1
EOF
	ip -n g$1 -batch - <<EOF
link set lo up
link set lan up
link set wan up
addr add 10.1.$1.1/24 dev lan
addr add 172.16.$1.2/24 dev wan
route add default via 172.16.$1.1
EOF
	ip -n core -batch - <<EOF
link set c$1 up
addr add 172.16.$1.1/24 dev c$1
route add 10.1.$1.0/24 via 172.16.$1.2
EOF
}

# Three sites, and a key server ks (10.0.8.1) at the core.
sites() {
	ip -batch - <<EOF
netns add core
netns add ks
link add wan netns ks type veth peer name k0 netns core
EOF
	ip -n ks -batch - <<EOF
link set lo up
link set wan up
addr add 10.0.8.1/24 dev wan
route add default via 10.0.8.254
EOF
	ip -n core -batch - <<EOF
link set lo up
link set k0 up
addr add 10.0.8.254/24 dev k0
EOF
	for i in 1 2 3; do site $i; done
}

# capture FILE COUNT NS FILTER...: in the background, listening when it returns; captured FILE waits for its end
capture() {
	file=$1 count=$2 ns=$3
	shift 3
	: >"$file.err"
	ip netns exec "$ns" timeout 60 tcpdump -lvni any -c "$count" "$@" >"$file" 2>"$file.err" &
	until_ok 20 has "$file.err" listening
}
captured() {
	until_ok 10 has "$1.err" ' captured'
	cat "$1"
}

# Three members as lines (dp.c): say MEMBER LINE tells one and waits for its answer.
say() {
	read -r say_pid </run/pid.$1
	kill -0 "$say_pid" || return 1
	echo "$2" >/run/in.$1
	read -r answer </run/ack.$1
	echo "$answer"
}
everyone() {
	for m in 1 2 3; do echo "$1" >/run/in.$m; done
	for m in 1 2 3; do
		read -r answer </run/ack.$m
		[ "$answer" = ok ] || echo "member $m: $1: $answer"
	done
}
start() {
	[ -p /run/in.$1 ] || mkfifo /run/in.$1 /run/ack.$1
	: >/run/out.$1
	ip netns exec g$1 "$dp" 3<>/run/ack.$1 </run/in.$1 >/run/out.$1 2>&1 &
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
daemon() { # NAME [BUILD]
	ip netns exec $1 "${2:-$builddir}/gdoixd" --nvram /run/d/$1/nvram --run /run/d/$1/run
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
# uptime in seconds, by no process of its own
now() {
	read -r now_s now_rest </proc/uptime
	now_s=${now_s%.*}
}
until_try() {
	shift 2
	"$@"
}
until_ok() { # SECONDS COMMAND...
	now
	set -- $((now_s + $1)) "$@"	# one may wait within another
	until until_try "$@"; do
		now
		[ "$now_s" -lt "$1" ] || return 1
		sleep 0.2
	done
}
shows() { # NAME COMMAND PATTERN
	on "$1" "$2" | grep -Eq -- "$3"
}
registered() { shows "$1" 'show crypto gdoi' 'Registration status +: Registered'; }
