#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# boot.sh TEST-SCRIPT: runs TEST-SCRIPT as root on Debian's stock kernel under QEMU (software emulation), with this machine's
# own file tree as root over 9p: a kernel that has ESP where the host's has none. The script's output is printed; it
# ends the guest itself (lib.sh: guest_end). GUEST_TIME bounds the run (seconds, 280). GUEST_COUNT=1: the guest's clock counts
# its instructions, two nanoseconds each, so that what it measures does not depend on what else the host does. Without a script: what
# the guest needs is made ready, and no more.
# GDOIX_KEYLOG_BUILD: a build with --enable-keylog, for what tshark reads.
# Needs: qemu-system-x86 busybox-static cpio kmod, and apt for the kernel image.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=${GUEST_DIR:-/var/tmp/gdoix-guest}
test=${1:+$(readlink -f "$1")}
builddir=$(cd "${top_builddir:-.}" && pwd)
mkdir -p "$work"
cd "$work"

if [ ! -d lib/modules ]; then
	pkg=$(apt-cache depends linux-image-amd64 | awk '/Depends: linux-image/ { print $2; exit }')
	apt-get download -qq "$pkg" >/dev/null
	dpkg -x "$pkg"_*.deb .
	rm -f "$pkg"_*.deb
fi
kernel=$(ls lib/modules | head -1)
[ -f "lib/modules/$kernel/modules.dep" ] || depmod -b . "$kernel"
mkdir -p /lib/modules
[ -e "/lib/modules/$kernel" ] || ln -s "$work/lib/modules/$kernel" "/lib/modules/$kernel"

if [ ! -f "initrd.$kernel" ]; then
	rm -rf ir
	mkdir -p ir/bin ir/mnt ir/m
	cp /bin/busybox ir/bin/
	for m in virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci netfs fscache 9pnet 9pnet_virtio 9p; do
		f=$(find lib/modules -name "$m.ko" | head -1)
		[ -n "$f" ] || continue
		cp "$f" ir/m/
		echo "$m" >>ir/m/order
	done
	cp "$here/init" ir/init
	chmod +x ir/init
	(cd ir && find . | cpio -o -H newc 2>/dev/null | gzip -1) >"initrd.$kernel"
fi
[ -n "$test" ] || exit 0
printf 'builddir=%s\nkeylog=%s\ncount=%s\n' "$builddir" "${GDOIX_KEYLOG_BUILD:-}" "${GUEST_COUNT:-}" >env.$$
mv env.$$ env
set -- -accel tcg,thread=multi -smp 2
[ -z "${GUEST_COUNT:-}" ] || set -- -accel tcg -icount shift=1,sleep=off -smp 1
exec timeout "${GUEST_TIME:-280}" qemu-system-x86_64 "$@" -cpu max -m 1536 -nographic -no-reboot \
	-nic none -kernel "boot/vmlinuz-$kernel" -initrd "initrd.$kernel" \
	-append "console=ttyS0 quiet panic=-1 gdoix_test=$test" \
	-fsdev local,id=host,path=/,security_model=none,multidevs=remap -device virtio-9p-pci,fsdev=host,mount_tag=host </dev/null
