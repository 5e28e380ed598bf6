# Makes .venv from requirements.lock and changes to the project's directory. Sourced by the commands beside it.
# Uses uv where it is installed, else Python's own venv and pip. Does nothing while the lock is unchanged.

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

find_python() {
    local name
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            if [[ $1 == uv ]] || "$name" -c 'import ensurepip, venv' 2>/dev/null; then
                "$name" -c 'import sys; print(sys.executable)'
                return
            fi
        fi
    done
    fail "The hub needs Python 3.11 or newer with venv. Install it and run this again:" \
        "    apt install python3 python3-venv      (Debian 12 or newer, Ubuntu 24.04 or newer)" \
        "    dnf install python3.11                (Red Hat and its kin)"
}

# The project itself goes in by a path file, not by a build: nothing is fetched beyond what the lock has hashes for.
link_project() {
    local site
    site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    rm -f "$site"/_editable_impl_assistance_hub.pth
    printf '%s\n' "$PWD/src" >"$site/assistance_hub.pth"
    # Shell and Python at once: a #! line would break on spaces and on long paths.
    cat >.venv/bin/hub <<EOF
#!/bin/sh
'''exec' "$PWD/.venv/bin/python" "\$0" "\$@"
' '''
import sys

from hub.cli import main

sys.exit(main())
EOF
    chmod +x .venv/bin/hub
}

make_venv() {
    local stamp tool=pip python
    uv --version >/dev/null 2>&1 && tool=uv
    stamp="$PWD $(sha256sum <requirements.lock) $(sha256sum <scripts/lib/venv.sh)"
    if [[ -x .venv/bin/python && $(cat .venv/stamp 2>/dev/null) == "$stamp" ]] && .venv/bin/python -c ''; then
        return
    fi
    python=$(find_python "$tool")
    printf 'Making .venv from requirements.lock with %s (the first time takes a minute)\n' "$tool" >&2
    rm -f .venv/stamp
    if ! { [[ -x .venv/bin/python ]] && .venv/bin/python -c ''; } 2>/dev/null; then
        rm -rf .venv
        if [[ $tool == uv ]]; then
            uv venv --quiet --python "$python" .venv
        else
            "$python" -m venv .venv
        fi
    fi
    # Where only pip knows the way to the packages (a mirror, a certificate), pip has the last word.
    if [[ $tool == pip ]] || ! uv pip sync --quiet --require-hashes --python .venv/bin/python requirements.lock; then
        .venv/bin/python -m ensurepip --default-pip >/dev/null
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
    fi
    link_project
    printf '%s\n' "$stamp" >.venv/stamp
}

# Two commands started at once: the second waits for the first one's .venv.
exec 9<requirements.lock
flock 9
make_venv
exec 9<&-
