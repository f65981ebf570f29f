#!/bin/sh
# Makes this machine able to run real guests: QEMU, libvirt, its Python binding in the venv, and a libvirtd that
# answers. Needs root or sudo. Quick where all is there already.
# Usage: install-libvirt.sh [--development]    PYTHON=.venv/bin/python by default
# For a development or CI machine, which is one without systemd or the one that --development names, qemu.conf is set
# for guests that run as root without confinement. Elsewhere the distribution's settings stay as they are.
set -eu

if [ "$(id -u)" != 0 ]; then
    exec sudo --preserve-env=PYTHON "$0" "$@"
fi
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
PATH=$PATH:/usr/sbin:/sbin

for tool in qemu-system-x86_64 qemu-img libvirtd virsh gcc pkg-config; do
    command -v "$tool" > /dev/null && continue
    scripts/install-debian.sh qemu-system-x86 qemu-utils libvirt-daemon libvirt-daemon-system libvirt-clients \
        libvirt-dev pkg-config gcc
    break
done

systemd=/run/systemd/system
mark='# ec2api: a development machine'
if { [ ! -d $systemd ] || [ "${1:-}" = --development ]; } && ! grep -qF "$mark" /etc/libvirt/qemu.conf; then
    # Guests run as root without labels, cgroups or namespaces: a container has few of them. With another user, a
    # /dev/kvm which only root can open makes libvirt probe QEMU again at every definition. Logs need no virtlogd.
    cat >> /etc/libvirt/qemu.conf <<CONF

$mark
user = "root"
group = "root"
security_driver = "none"
cgroup_controllers = []
namespaces = []
dynamic_ownership = 0
remember_owner = 0
stdio_handler = "file"
CONF
    if [ -d $systemd ]; then
        systemctl restart libvirtd
    elif [ -s /run/libvirtd.pid ] && kill -0 "$(cat /run/libvirtd.pid)" 2> /dev/null; then
        kill "$(cat /run/libvirtd.pid)" # started again below, with these settings
        while [ -e /run/libvirtd.pid ]; do sleep 0.1; done
    fi
fi

answers() { timeout 10 virsh --connect qemu:///system --quiet version > /dev/null 2>&1; }

if ! answers; then
    if [ -d $systemd ]; then
        systemctl start libvirtd
    else
        mkdir -p /run/libvirt /var/log/libvirt
        setsid --fork libvirtd --pid-file /run/libvirtd.pid > /var/log/libvirt/libvirtd.out 2>&1 < /dev/null
    fi
    tries=0
    until answers; do # the first start probes QEMU for about ten seconds
        tries=$((tries + 1))
        if [ "$tries" -gt 120 ]; then
            echo "libvirtd does not answer" >&2
            cat /var/log/libvirt/libvirtd.out >&2 2> /dev/null || true
            exit 1
        fi
        sleep 0.5
    done
fi

# Built against the libvirt of this machine, as the extra `libvirt` of pyproject.toml says.
"$python" -c 'import libvirt' 2> /dev/null || "$python" -m pip install --quiet 'libvirt-python>=9.0'
