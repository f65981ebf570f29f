#!/bin/sh
# Installs what `make tools` drives: Packer, rclone, s3cmd, restic and the AWS CLI from Debian, Ansible with amazon.aws
# into .venv-tools, and the AWS SDK for JavaScript into conformance/tools/javascript/node_modules. Needs root or sudo
# where a program of Debian's is missing. Does nothing where all is there already.
set -eu
cd "$(dirname "$0")/.."

missing=
[ -x /usr/bin/packer ] || missing=packer # this version has the amazon-ebs builder within; HashiCorp's own has not
command -v node > /dev/null || missing="$missing nodejs"
for program in npm rclone s3cmd restic; do
    command -v "$program" > /dev/null || missing="$missing $program"
done
[ -x /usr/bin/aws ] || missing="$missing awscli" # version 2; another one in PATH may be version 1
# shellcheck disable=SC2086 # words on purpose
[ -z "$missing" ] || scripts/install-debian.sh $missing

ansible=conformance/tools/ansible/requirements.txt
if ! cmp -s "$ansible" .venv-tools/installed.txt; then
    scripts/make-venv.sh .venv-tools
    PIP_CONSTRAINT=constraints.txt .venv-tools/bin/python -m pip install --quiet --disable-pip-version-check \
        --requirement "$ansible"
    cp "$ansible" .venv-tools/installed.txt
fi

javascript=conformance/tools/javascript
if ! cmp -s "$javascript/package.json" "$javascript/node_modules/installed.json"; then
    npm install --prefix "$javascript" --silent --no-audit --no-fund --no-package-lock
    cp "$javascript/package.json" "$javascript/node_modules/installed.json"
fi
