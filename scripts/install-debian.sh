#!/bin/sh
# Installs Debian packages and keeps their services from starting. Usage: install-debian.sh PACKAGE...
set -eu

if [ "$(id -u)" != 0 ]; then
    exec sudo "$0" "$@"
fi

# A package's postinst starts its service unless policy-rc.d forbids it (101); without systemd that start would fail.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
