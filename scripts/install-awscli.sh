#!/bin/sh
# Installs version 2 of the AWS CLI from Debian as /usr/bin/aws (version 1 comes from PyPI into the venv).
# Needs root or sudo. Does nothing where it is installed already.
set -eu

[ -x /usr/bin/aws ] && exit 0

exec "$(dirname "$0")/install-debian.sh" awscli
