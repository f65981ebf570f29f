#!/bin/sh
# Installs what `make tools` drives: Packer from Debian, Ansible with amazon.aws into .venv-tools, and the AWS SDK for
# JavaScript into conformance/tools/javascript/node_modules. Needs root or sudo where packer, node or npm is missing.
# Does nothing where all is there already.
set -eu
cd "$(dirname "$0")/.."

missing=
[ -x /usr/bin/packer ] || missing=packer # this version has the amazon-ebs builder within; HashiCorp's own has not
command -v node > /dev/null || missing="$missing nodejs"
command -v npm > /dev/null || missing="$missing npm"
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
