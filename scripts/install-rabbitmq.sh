#!/bin/sh
# Installs RabbitMQ from Debian without starting it: tests run brokers of their own (tests/services.py).
# Needs root or sudo. Does nothing where it is installed already.
set -eu

[ -x /usr/sbin/rabbitmq-server ] && exit 0

exec "$(dirname "$0")/install-debian.sh" rabbitmq-server
