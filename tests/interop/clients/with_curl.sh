#!/bin/sh
# curl; python3 puts its answers together.
set -eu
post() { curl --silent --show-error --fail-with-body "https://api.branch.io$1" -d "$2"; }
field() { python3 -c "import json,sys; print(json.load(sys.stdin)$1)"; }
desktop='{"$desktop_url": "https://example.com/"}'
made=$(post /v1/url "{\"branch_key\": \"$BRANCH_KEY\", \"channel\": \"email\", \"data\": $desktop}" |
  field '["url"]')
channel=$(curl --silent --show-error --fail --get https://api.branch.io/v1/url \
  --data-urlencode "url=$made" --data-urlencode "branch_key=$BRANCH_KEY" | field '["channel"]')
location=$(curl --silent --show-error --output /dev/null --write-out '%{redirect_url}' "$made")
app="\"branch_key\": \"$BRANCH_KEY\", \"branch_secret\": \"$BRANCH_SECRET\""
file=$(post /v2/export "{$app, \"export_date\": \"$EXPORT_DATE\"}" | field '["links_export_url"][0]')
columns=$(curl --silent --show-error --fail "$file" | gunzip | head -n 1 | tr -d '\r')
printf '{"made": "%s", "channel": "%s", "location": "%s", "file": "%s", "columns": "%s"}\n' \
  "$made" "$channel" "$location" "$file" "$columns"
