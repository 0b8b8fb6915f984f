# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# For ./demo, ./check and tests/netns: packages, builds, namespaces, daemons. $top is the source tree.

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

# need_packages LIST...: installs what is missing of lab/packages' lists, quietly.
need_packages() {
	command -v dpkg-query >/dev/null || return 0
	missing=
	for list in "$@"; do
		for p in $(sed -n "s/^$list: //p" "$top/lab/packages"); do
			dpkg-query -W -f '${db:Status-Status}\n' "$p" 2>/dev/null | grep -qx installed ||
				missing="$missing $p"
		done
	done
	[ -n "$missing" ] || return 0
	echo "Installing$missing ..." >&2
	# shellcheck disable=SC2086
	apt_install $missing || { apt-get update -qq >/dev/null && apt_install $missing; } ||
		die "apt-get could not install:$missing"
}

apt_install() {
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "$@" \
		>/dev/null 2>&1 </dev/null
}

# bootstrap: ./configure, made when it is not there or older than what it is made from. One at a time.
bootstrap() {
	(
		cd "$top" || exit 1
		mkdir -p build-aux m4
		[ configure -nt configure.ac ] && [ Makefile.in -nt Makefile.am ] &&
			[ -z "$(find . -name '*.am' -newer Makefile.in -print -quit)" ] && exit 0
		autoreconf -fi >build-aux/bootstrap.log 2>&1 || { cat build-aux/bootstrap.log >&2; exit 1; }
	) || die "autoreconf failed"
}

# build DIR TARGETS CONFIGURE-ARGUMENTS...: configures DIR (again when the arguments changed) and makes TARGETS.
build() {
	dir=$1 targets=$2
	shift 2
	mkdir -p "$dir"
	if [ ! -e "$dir/Makefile" ] || [ "$(cat "$dir/.configured" 2>/dev/null)" != "$*" ] ||
		[ "$top/configure" -nt "$dir/config.status" ]; then
		(cd "$dir" && "$top/configure" -q --disable-maintainer-mode "$@" >configure.log 2>&1) ||
			{ tail -n 20 "$dir/configure.log" >&2; die "configure failed in $dir"; }
		[ ! -e "$dir/.configured" ] || make -s -C "$dir" clean >/dev/null 2>&1
		echo "$*" >"$dir/.configured"
	fi
	# shellcheck disable=SC2086
	make -s -C "$dir" -j2 $targets >"$dir/make.log" 2>&1 || {
		grep -v '^  ' "$dir/make.log" | tail -n 40 >&2
		die "make failed in $dir"
	}
}

# ---- namespaces: $prefix before every name ----

# net_node NAME: a namespace with its loopback up.
net_node() {
	ip netns add "$prefix$1" || die "namespaces cannot be made here (root and CONFIG_NET_NS are needed)"
	ip -n "$prefix$1" link set lo up
}

# net_link NAME1 IF1 NAME2 IF2: a cable between two namespaces.
net_link() {
	ip link add "$2" netns "$prefix$1" type veth peer name "$4" netns "$prefix$3"
	ip -n "$prefix$1" link set "$2" up
	ip -n "$prefix$3" link set "$4" up
}

# net_addr NAME IF ADDRESS/LENGTH
net_addr() {
	ip -n "$prefix$1" addr add "$3" dev "$2"
}

# lab_member_lan N: the way out of member N, and a network 10.1.N.0/24 behind it.
lab_member_lan() {
	ip -n "${prefix}gm$1" route add default via 10.0.0.254
	ip -n "${prefix}gm$1" link add lan0 type bridge
	ip -n "${prefix}gm$1" link set lan0 up
	net_addr "gm$1" lan0 "10.1.$1.1/24"
	ip -n "${prefix}core" route add "10.1.$1.0/24" via "10.0.0.$(($1 + 1))"
}

# lab_net: the network of the demo. Key server 10.0.8.1, members 10.0.0.2 and 10.0.0.3, the core router between them.
lab_net() {
	for n in core ks gm1 gm2; do
		net_node $n
	done
	net_link ks eth0 core ks0
	net_link gm1 eth0 core gm1p
	net_link gm2 eth0 core gm2p
	ip -n "${prefix}core" link add wan type bridge
	ip -n "${prefix}core" link set wan up
	ip -n "${prefix}core" link set gm1p master wan
	ip -n "${prefix}core" link set gm2p master wan
	net_addr core ks0 10.0.8.254/24
	net_addr core wan 10.0.0.254/24
	ip netns exec "${prefix}core" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
	net_addr ks eth0 10.0.8.1/24
	net_addr gm1 eth0 10.0.0.2/24
	net_addr gm2 eth0 10.0.0.3/24
	ip -n "${prefix}ks" route add default via 10.0.8.254
	for i in 1 2; do
		lab_member_lan $i
	done
}

# lab_coop_net: key servers 10.0.8.1, 10.0.9.1 and 10.0.10.1, members 10.0.0.2 to 10.0.0.4, the core router between them.
lab_coop_net() {
	for n in core ks1 ks2 ks3 gm1 gm2 gm3; do
		net_node $n
	done
	ip -n "${prefix}core" link add wan type bridge
	ip -n "${prefix}core" link set wan up
	net_addr core wan 10.0.0.254/24
	ip netns exec "${prefix}core" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
	for i in 1 2 3; do
		net_link ks$i eth0 core ks${i}p
		net_addr core ks${i}p "10.0.$((i + 7)).254/24"
		net_addr ks$i eth0 "10.0.$((i + 7)).1/24"
		ip -n "${prefix}ks$i" route add default via "10.0.$((i + 7)).254"
		net_link gm$i eth0 core gm${i}p
		ip -n "${prefix}core" link set gm${i}p master wan
		net_addr gm$i eth0 "10.0.0.$((i + 1))/24"
		lab_member_lan $i
	done
}

# lab_coop_cut N: key server N and the others do not hear each other any more; the members hear all. lab_coop_heal: all do again.
lab_coop_cut() {
	for i in 1 2 3; do
		[ "$i" = "$1" ] && continue
		ip -n "${prefix}core" rule add from "10.0.$(($1 + 7)).1" to "10.0.$((i + 7)).1" pref 100 blackhole
		ip -n "${prefix}core" rule add from "10.0.$((i + 7)).1" to "10.0.$(($1 + 7)).1" pref 100 blackhole
	done
}

lab_coop_heal() {
	while ip -n "${prefix}core" rule del pref 100 2>/dev/null; do :; done
}

lab_net_down() {
	for n in ks ks1 ks2 ks3 gm1 gm2 gm3 core; do
		[ ! -e "/run/netns/$prefix$n" ] || ip netns del "$prefix$n"
	done
}

# ---- daemons: $state/NAME holds each one's run and nvram directories, $bin the programs ----

# lab_start NAME [OPTIONS...]: starts a daemon in its namespace; ready when this returns.
lab_start() {
	name=$1
	shift
	mkdir -p "$state/$name/nvram"
	ip netns exec "$prefix$name" "$bin/gdoixd" --nvram "$state/$name/nvram" --run "$state/$name/run" "$@"
}

# lab_pid NAME: the process number of a running daemon.
lab_pid() {
	pid=$(cat "$state/$1/run/gdoixd.pid" 2>/dev/null) && [ -n "$pid" ] &&
		[ "$({ tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null | grep -c -- "--run $state/$1/run")" = 1 ] && echo "$pid"
}

# lab_stop NAME: ends a daemon in order; by force after 10 seconds.
lab_stop() {
	pid=$(lab_pid "$1") || return 0
	kill "$pid" 2>/dev/null || return 0
	for _ in $(seq 100); do
		lab_pid "$1" >/dev/null || return 0
		sleep 0.1
	done
	kill -9 "$pid" 2>/dev/null
	return 1
}

# lab_do NAME COMMAND...: runs commands in privileged EXEC of one session; the status of gdoixsh.
lab_do() {
	name=$1
	shift
	set -- enable "$@"
	args=
	while [ $# -gt 0 ]; do
		args="$args -c $(quote "$1")"
		shift
	done
	eval "\"\$bin/gdoixsh\" --run \"\$state/\$name/run\" $args" </dev/null
}

quote() {
	printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"
}

# wait_until SECONDS COMMAND...: tries the command every half second; false when the time is over.
wait_until() {
	end=$(($(date +%s) + $1))
	shift
	until "$@"; do
		[ "$(date +%s)" -lt "$end" ] || return 1
		sleep 0.5
	done
}

lab_registered() {
	lab_do "$1" 'show crypto gdoi' 2>/dev/null | grep -Eq 'Registration status +: Registered'
}

lab_logged() {
	lab_do "$1" 'show logging' 2>/dev/null | grep -Eq -- "$2"
}
