#!/bin/sh
# Makes a tiny guest disk image (qcow2) from Debian packages: kernel, busybox, a boot counter on its second partition.
# It boots in about 5 s without KVM, needs no network, and says TINY-GUEST-READY boot=N on its serial console.
# Usage: make-tiny-image.sh OUT    Does nothing where OUT is newer than its recipe. Mounts nothing; needs root or
# sudo only where build tools are not installed yet.
set -eu

out=${1:?usage: make-tiny-image.sh OUT}
here=$(cd "$(dirname "$0")" && pwd)

if [ -s "$out" ] && [ -z "$(find "$here/make-tiny-image.sh" "$here/tiny-image" -newer "$out")" ]; then
    exit 0
fi

PATH=$PATH:/usr/sbin:/sbin
for tool in syslinux mcopy mkfs.fat mke2fs sfdisk cpio modprobe depmod xz qemu-img; do
    command -v "$tool" > /dev/null && continue
    "$here/install-debian.sh" syslinux syslinux-common mtools dosfstools e2fsprogs fdisk cpio kmod xz-utils qemu-utils
    break
done

mkdir -p "$(dirname "$out")"
out=$(cd "$(dirname "$out")" && pwd)/$(basename "$out")
work=$(mktemp -d "$out.XXXXXX")
trap 'rm -rf "$work"' EXIT
chmod 755 "$work" # apt's own user writes its downloads here
cd "$work"

# The packages are unpacked here, never installed: no kernel reaches the machine itself.
candidate() { apt-cache policy "$1" | awk '/Candidate:/ && $2 != "(none)" {print $2}'; }
[ -n "$(candidate busybox-static)" ] && [ -n "$(candidate linux-image-cloud-amd64)" ] || "$here/install-debian.sh"
kernel_package=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends: linux-image-/ {print $2; exit}')
apt-get download -q "$kernel_package" busybox-static 2> apt.log || { cat apt.log >&2; exit 1; }
for package in ./*.deb; do dpkg-deb -x "$package" unpacked; done
kernel=$(cd unpacked/lib/modules && echo *)
depmod -b unpacked "$kernel"

mkdir -p root/bin root/etc/acpi/PWRF root/lib/modules root/proc root/sys root/dev root/run root/data
cp unpacked/bin/busybox root/bin/busybox
cp "$here/tiny-image/init" root/init
printf '#!/bin/busybox sh\nkill -USR2 1\n' > root/etc/acpi/PWRF/00000080
printf 'export PATH=/bin\nPS1="tiny# "\n' > root/etc/profile
for module in virtio_pci virtio_blk virtio_rng virtio_balloon button evdev crc32c_generic ext4; do
    modprobe -d unpacked -S "$kernel" --show-depends "$module" | awk '$1 == "insmod" {print $2}'
done | awk '!seen[$0]++' | while read -r file; do
    name=$(basename "$file" .xz)
    case "$file" in *.xz) xz -dc "$file" > "root/lib/modules/$name" ;; *) cp "$file" root/lib/modules/ ;; esac
    echo "$name"
done > root/etc/modules
chmod -R u=rwX,go=rX root
chmod 755 root/init root/bin/busybox root/etc/acpi/PWRF/00000080
(cd root && find . | cpio -o -H newc -R 0:0 --quiet | gzip -9) > initrd.gz

cat > syslinux.cfg <<'CONFIG'
SERIAL 0 115200
DEFAULT tiny
PROMPT 0
TIMEOUT 1
LABEL tiny
 KERNEL /vmlinuz
 INITRD /initrd.gz
 APPEND console=ttyS0 quiet mitigations=off nokaslr tsc=reliable no_timer_check 8250.nr_uarts=1
CONFIG

# Two partitions, each made as a file of its own: FAT to boot from, ext4 for what the guest keeps.
truncate -s 28M boot.img
mkfs.fat -F 16 -n TINYBOOT -h 2048 -g 255/63 boot.img > /dev/null
mcopy -i boot.img "unpacked/boot/vmlinuz-$kernel" ::/vmlinuz
mcopy -i boot.img initrd.gz syslinux.cfg ::/
syslinux --install boot.img
truncate -s 8M data.img
mke2fs -q -F -t ext4 -L tinydata -O ^has_journal,^64bit,^metadata_csum data.img
truncate -s 40M disk.img
printf 'label: dos\nstart=2048, size=57344, type=e, bootable\nstart=59392, size=16384, type=83\n' |
    sfdisk -q disk.img
dd if=/usr/lib/syslinux/mbr/mbr.bin of=disk.img conv=notrunc bs=440 count=1 status=none
dd if=boot.img of=disk.img conv=notrunc bs=1M seek=1 status=none
dd if=data.img of=disk.img conv=notrunc bs=1M seek=29 status=none
qemu-img convert -f raw -O qcow2 -c disk.img disk.qcow2
mv disk.qcow2 "$out"
