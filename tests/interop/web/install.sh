#!/bin/sh
# Installs the web SDKs that tests/interop/web runs, as package-lock.json pins them, and Debian's
# Chromium where it is missing and this is root. Does nothing when all of it is installed already.
set -eu
cd "$(dirname "$0")"
if ! command -v chromium > /dev/null || ! command -v chromedriver > /dev/null; then
  if [ "$(id -u)" -eq 0 ] && command -v apt-get > /dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
      chromium chromium-driver
  else
    echo "$0: please install Debian's packages chromium and chromium-driver" >&2
    exit 1
  fi
fi
done=node_modules/.installed-package-lock.json
if cmp -s package-lock.json "$done"; then
  exit 0
fi
npm ci --no-audit --no-fund --ignore-scripts
cp package-lock.json "$done"
