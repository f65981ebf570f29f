#!/bin/sh
# Makes a virtual environment with a Python that is new enough. Usage: make-venv.sh FOLDER    PYTHON=... to choose one.
# Installs Debian's python3-venv where that is missing, which needs root or sudo. Keeps an environment that works.
set -eu

folder=${1:?usage: make-venv.sh FOLDER}
enough='import sys; sys.exit(sys.version_info < (3, 11))'

if "$folder/bin/python" -c "$enough" 2> /dev/null && "$folder/bin/python" -m pip --version > /dev/null 2>&1; then
    exit 0
fi

python=
for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    if "$candidate" -c "$enough" 2> /dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "ec2api needs Python 3.11 or newer, and ${PYTHON:-python3} is not: $("${PYTHON:-python3}" --version 2>&1)." >&2
    echo "Install one (Debian 12 and newer: apt-get install python3 python3-venv), or name it: make PYTHON=..." >&2
    exit 1
fi

if ! "$python" -c 'import ensurepip' 2> /dev/null; then
    if ! command -v apt-get > /dev/null; then
        echo "$python cannot make virtual environments: install its venv and ensurepip modules." >&2
        exit 1
    fi
    "$(dirname "$0")/install-debian.sh" python3-venv
fi

echo "Making $folder with $("$python" --version)"
"$python" -m venv --clear "$folder"
