#!/bin/sh
# Installs the npm client library that tests/interop runs, as package-lock.json pins it.
# Does nothing, and needs no network, when that is installed already.
set -eu
cd "$(dirname "$0")"
done=node_modules/.installed-package-lock.json
if cmp -s package-lock.json "$done"; then
  exit 0
fi
npm ci --no-audit --no-fund --ignore-scripts
cp package-lock.json "$done"
