#!/bin/sh
# The browser tests drive Debian's chromium. Installs it where it is missing and this user may; says so where not.
set -eu

found() { command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1; }

if found; then
    exit 0
fi

# The second font is for Chinese text and the third for emoji: without them screenshots show empty boxes.
packages="chromium fonts-liberation fonts-wqy-zenhei fonts-noto-color-emoji"
if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then
        as_root=""
    elif sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    else
        as_root="no"
    fi
    if [ "$as_root" != "no" ]; then
        log=$(mktemp)
        echo "Installing chromium for the browser tests ..."
        if { $as_root apt-get update && $as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y --no-install-recommends $packages; } >"$log" 2>&1 && found; then
            rm -f "$log"
            exit 0
        fi
        tail -n 20 "$log" >&2
        rm -f "$log"
    fi
fi

echo "The browser tests need chromium, and it could not be installed from here." >&2
echo "As an administrator: apt-get install --no-install-recommends $packages" >&2
exit 1
