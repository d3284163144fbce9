#!/bin/sh
# Installs what tests/interop runs: npm's libraries as package-lock.json pins them, and Debian's
# Ruby, PHP, Java and Go where they are missing and this is root (`npm` as argument: only npm's).
# Does nothing, and needs no network, when that is installed already.
set -eu
cd "$(dirname "$0")"
if [ "${1:-}" != npm ]; then
  missing=
  command -v ruby > /dev/null || missing="$missing ruby"
  php -m 2> /dev/null | grep -qx curl || missing="$missing php-cli php-curl"
  command -v javac > /dev/null || missing="$missing default-jdk-headless"
  command -v go > /dev/null || missing="$missing golang-go"
  if [ -n "$missing" ]; then
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get > /dev/null; then
      echo "$0: please install Debian's packages$missing" >&2
      exit 1
    fi
    apt-get update -qq
    # shellcheck disable=SC2086 # several words on purpose
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing
  fi
fi
done=node_modules/.installed-package-lock.json
if cmp -s package-lock.json "$done"; then
  exit 0
fi
npm ci --no-audit --no-fund --ignore-scripts
cp package-lock.json "$done"
