#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# suite.sh [LANE...]: all scripts of the guest, in two guests side by side (most of each is waiting). A lane is names in a row,
# one boot each. Prints each script's output at its end; fails when a script has a 'not ok' or does not come to its end.
here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || set -- 'gdoi transforms' 'dataplane ways'
logs=$(mktemp -d) || exit 1
trap 'rm -rf "$logs"' EXIT
sh "$here/boot.sh" || exit 1
# A build that shows its keys, beside this one, for what tshark reads
if [ -z "${GDOIX_KEYLOG_BUILD:-}" ] && command -v tshark >/dev/null; then
	GDOIX_KEYLOG_BUILD=$(cd "${top_builddir:-.}" && pwd)/keylog
	mkdir -p "$GDOIX_KEYLOG_BUILD"
	(
		cd "$GDOIX_KEYLOG_BUILD" || exit 1
		[ -f config.status ] || "$here/../../configure" -q --enable-keylog
		make -s -j2 gdoixd
	) || exit 1
	export GDOIX_KEYLOG_BUILD
fi
begin=$(date +%s)
lanes=
for lane; do
	for t in $lane; do
		GUEST_TIME=${GUEST_TIME:-600} sh "$here/boot.sh" "$here/$t.test" 2>&1 | tr -d '\r' >"$logs/$t"
		{
			echo "== $t, after $(($(date +%s) - begin)) s"
			cat "$logs/$t"
		} >"$logs/$t.out"
		cat "$logs/$t.out"
	done &
	lanes="$lanes $!"
done
wait $lanes
bad=0
for lane; do
	for t in $lane; do
		if ! grep -q '^GUEST-OK' "$logs/$t"; then
			bad=1
			echo "$t: failed"
			grep '^not ok' "$logs/$t"
		fi
	done
done
echo "guest suite: $(cat "$logs"/*.out | grep -c '^ok - ') ok, $(cat "$logs"/*.out | grep -c '^not ok') not, $(($(date +%s) - begin)) s"
exit $bad
