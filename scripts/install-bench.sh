#!/bin/sh
# Installs nginx from Debian, which the bench compares the reading of large objects with; it starts one of its own.
# Needs root or sudo. Does nothing where it is installed already.
set -eu

[ -x /usr/sbin/nginx ] && exit 0

exec "$(dirname "$0")/install-debian.sh" nginx-light
