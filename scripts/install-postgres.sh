#!/bin/sh
# Installs PostgreSQL from Debian without starting it: tests run servers of their own (tests/services.py).
# Needs root or sudo. Does nothing where it is installed already.
set -eu

for initdb in /usr/lib/postgresql/*/bin/initdb; do
    [ -x "$initdb" ] && exit 0
done

exec "$(dirname "$0")/install-debian.sh" postgresql
