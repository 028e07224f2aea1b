#!/bin/sh
# Makes .venv with the locked dependencies; with "system", also the programs that tests
# drive (PostgreSQL, Chromium, Java); with "spark", those and PySpark, which only tests
# that last need. Says what it does, and does nothing twice.
set -eu
cd "$(dirname "$0")/.."

fits() { "$1" -c 'import sys; sys.exit(not (3, 12) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; }

find_python() {
    for candidate in ${PYTHON:-} python3.12 python3.13 python3 python; do
        path=$(command -v "$candidate" 2>/dev/null) || continue
        if fits "$path"; then "$path" -c 'import sys; print(sys.executable)'; return; fi
    done
    if command -v pyenv >/dev/null 2>&1; then
        for version in $(pyenv versions --bare 2>/dev/null | grep -E '^3\.1[23]\.' | sort -V); do
            path="$(pyenv root)/versions/$version/bin/python"
            if [ -x "$path" ] && fits "$path"; then echo "$path"; return; fi
        done
    fi
    echo 3.12 # uv fetches one
}

find_uv() {
    if uv --version >/dev/null 2>&1; then echo uv; return; fi
    if [ ! -x .uv/bin/uv ]; then
        echo "Installing uv beside the project" >&2
        if python3 -m venv .uv >/dev/null 2>&1 && .uv/bin/pip install -q uv >&2; then :
        else
            rm -rf .uv
            python3 -m pip install -q --target .uv/lib uv >&2
            mkdir -p .uv/bin && ln -sf ../lib/bin/uv .uv/bin/uv
        fi
    fi
    echo .uv/bin/uv
}

want=$(cat requirements.lock pyproject.toml | cksum)
if [ "$(cat .venv/locked 2>/dev/null || true)" != "$want" ]; then
    UV=$(find_uv)
    python=$(find_python)
    echo "Setting up .venv with Python $python"
    if ! { [ -x .venv/bin/python ] && fits .venv/bin/python; }; then
        "$UV" venv -q --clear --python "$python" .venv
    fi
    VIRTUAL_ENV="$PWD/.venv"
    export VIRTUAL_ENV
    "$UV" pip sync -q requirements.lock
    "$UV" pip install -q --no-deps -e .
    echo "$want" > .venv/locked
fi

[ "${1:-}" = "" ] && exit 0

if [ "$1" = spark ]; then
    want=$(cksum < requirements-spark.lock)
    if [ "$(cat .venv/locked-spark 2>/dev/null || true)" != "$want" ] ||
        ! .venv/bin/python -c 'import pyspark' 2>/dev/null; then
        echo "Setting up PySpark (it is built once, a minute or two)"
        VIRTUAL_ENV="$PWD/.venv" "$(find_uv)" pip install -q -r requirements-spark.lock
        echo "$want" > .venv/locked-spark
    fi
fi

missing=""
has_postgres() {
    command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1
}
has_browser() {
    command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 ||
        command -v google-chrome >/dev/null 2>&1
}
has_postgres || missing="$missing postgresql"
has_browser || missing="$missing chromium"
command -v java >/dev/null 2>&1 || missing="$missing default-jre-headless"
command -v cc >/dev/null 2>&1 || missing="$missing gcc"
if command -v fc-list >/dev/null 2>&1 && ! fc-list :lang=zh 2>/dev/null | grep -q .; then
    missing="$missing fonts-noto-cjk"
fi
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing$missing"
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "Some tests are skipped until these programs are installed:$missing"
fi
