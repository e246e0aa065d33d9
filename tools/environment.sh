#!/bin/sh
# Make the virtual environment named in $1 with a suitable Python, pip inside, nothing else.
# Leaves an environment alone that already runs a Python new enough.
set -eu
venv=$1
enough='import sys; sys.exit(sys.version_info < (3, 11))'
proven='import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))'

if [ -x "$venv/bin/python" ] && "$venv/bin/python" -c "$enough" && "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    exit 0
fi

# The versions the book is tested on come first, then anything newer.
python=
for check in "$proven" "$enough"; do
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do
        if command -v "$candidate" >/dev/null 2>&1 && "$candidate" -c "$check" 2>/dev/null; then
            python=$candidate
            break 2
        fi
    done
done
if [ -z "$python" ]; then
    echo "No Python 3.11 or newer found (looked for ${PYTHON:-python3, python3.13, python3.12, python3.11, python})." >&2
    echo "Install one, or name it: make PYTHON=/path/to/python3.12 book" >&2
    exit 1
fi
"$python" -c "$proven" || echo "Note: $("$python" --version) is newer than the versions the book is tested on (3.11 to 3.13)." >&2

rm -rf "$venv"
if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    "$python" -m venv "$venv"
elif "$python" -m venv --without-pip "$venv" 2>/dev/null && "$python" -m pip --version >/dev/null 2>&1; then
    # Debian and Ubuntu ship venv without ensurepip: let the outer pip fill the environment.
    "$python" -m pip --python "$venv/bin/python" install --quiet pip
else
    rm -rf "$venv"
    echo "$("$python" --version) cannot make virtual environments: it lacks venv or pip." >&2
    echo "On Debian or Ubuntu: apt-get install python3-venv python3-pip" >&2
    echo "On Fedora: dnf install python3-pip. Then run make again." >&2
    exit 1
fi
