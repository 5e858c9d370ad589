#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What some tests need beside Python: on loopback an S3 store (SeaweedFS, from infra/locks/services.txt), strace, jq and
# Chromium.
#
#   infra/ci-services.sh start     install and start; when it already answers, do nothing
#   . .services/env                the settings the tests read: S3_TEST_ENDPOINT, S3_TEST_BUCKET, AWS_*
#   infra/ci-services.sh stop      stop by pid file and remove its data
#
# Guarantees: start returns only when the store takes writes, and leaves nothing running when it fails. Credentials
# are drawn anew at each start and grant access to throw-away data only. The store is detached from the terminal.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly run=.services
readonly bucket=archive-tests
readonly python=.venv-services/bin/python
readonly patience=60

# The first port of a free row: weed takes P..P+4 and, for gRPC, the same plus 10000. Both stay below the ports
# that Linux hands out by itself (32768 and up), so no outgoing connection can sit on one.
free_row() {
  "$python" - <<'PY'
import random
import socket


def free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


rows = list(range(20000, 22000, 10))
random.shuffle(rows)
print(next(p for p in rows if all(free(p + n) and free(p + n + 10000) for n in range(5))))
PY
}

# Ready is two things: the gateway refuses an anonymous reader, and the master can name a volume to write to.
ready() {
  "$python" - "$1" <<'PY'
import json
import sys
import urllib.error
import urllib.request

port = int(sys.argv[1])
try:
    urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2)
    sys.exit("an anonymous reader was let in")
except urllib.error.HTTPError as refused:
    if refused.code != 403:
        sys.exit(f"the gateway answers {refused.code}")
except OSError as error:
    sys.exit(f"no gateway yet: {error}")
try:
    with urllib.request.urlopen(f"http://127.0.0.1:{port + 1}/dir/assign", timeout=2) as answer:
        sys.exit(None if "fid" in json.load(answer) else "no volume yet")
except (OSError, ValueError) as error:
    sys.exit(f"no master yet: {error}")
PY
}

# A pid file may outlive its process, and the number may be another's by now: ask what runs under it.
running() {
  [[ -f $run/pid ]] && tr '\0' ' ' 2>/dev/null <"/proc/$(<"$run/pid")/cmdline" | grep -q 'weed mini'
}

stop() {
  if running; then
    local pid
    pid=$(<"$run/pid")
    kill -TERM "$pid"
    for _ in {1..100}; do
      running || break
      sleep 0.1
    done
    if running; then kill -KILL "$pid"; fi
  fi
  if [[ -f $run/data ]]; then
    local data
    data=$(<"$run/data")
    # Only ever a folder that start made.
    if [[ $data == */archiver-services.* ]]; then rm -rf -- "$data"; fi
  fi
  rm -f "$run/pid" "$run/data" "$run/env" "$run/port"
}

# The fault tests break system calls with strace, the page on the format checks an archive with jq, and evidence cards
# are drawn by Chromium; where one is missing and we may, Debian's is installed.
tools() {
  local missing=()
  for name in strace jq chromium; do command -v "$name" >/dev/null || missing+=("$name"); done
  if [[ ${#missing[@]} == 0 ]]; then return; fi
  if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  else
    echo "services: install ${missing[*]} for the tests" >&2
  fi
}

start() {
  tools
  make --silent .venv-services/.locked
  if running && ready "$(<"$run/port")" 2>/dev/null; then
    echo "services: already up; settings in $run/env"
    return
  fi
  stop
  mkdir -p "$run"
  local port data access secret sse
  port=$(free_row)
  data=$(mktemp -d -t archiver-services.XXXXXXXX)
  access=test$("$python" -c 'import secrets; print(secrets.token_hex(8))')
  secret=$("$python" -c 'import secrets; print(secrets.token_hex(20))')
  sse=$("$python" -c 'import secrets; print(secrets.token_hex(32))')
  echo "$data" >"$run/data"
  echo "$port" >"$run/port"
  # The keys in its own environment become the store's administrator; without an SSE key, an AES256 PUT answers 500.
  AWS_ACCESS_KEY_ID=$access AWS_SECRET_ACCESS_KEY=$secret WEED_S3_SSE_KEY=$sse \
    setsid .venv-services/bin/weed mini -dir="$data" -ip=127.0.0.1 -ip.bind=127.0.0.1 \
    -s3.port="$port" -master.port=$((port + 1)) -volume.port=$((port + 2)) -filer.port=$((port + 3)) \
    -admin.port=$((port + 4)) -webdav=false -admin.ui=false -s3.port.iceberg=0 -s3.port.lance=0 \
    -bucket="$bucket" >"$run/weed.log" 2>&1 </dev/null &
  echo $! >"$run/pid"
  disown
  trap stop EXIT
  local why="" deadline=$((SECONDS + patience))
  until why=$(ready "$port" 2>&1); do
    if ! running || ((SECONDS >= deadline)); then
      echo "services: the S3 store did not come up ($why); the end of $run/weed.log:" >&2
      tail -n 20 "$run/weed.log" >&2
      exit 1
    fi
    sleep 0.25
  done
  (
    umask 077
    cat >"$run/env" <<ENV
export S3_TEST_ENDPOINT=http://127.0.0.1:$port
export S3_TEST_BUCKET=$bucket
export AWS_ACCESS_KEY_ID=$access
export AWS_SECRET_ACCESS_KEY=$secret
export AWS_DEFAULT_REGION=us-east-1
export AWS_EC2_METADATA_DISABLED=true
ENV
  )
  trap - EXIT
  echo "services: S3 store at http://127.0.0.1:$port; settings in $run/env"
}

case "${1:-}" in
  start) start ;;
  stop) stop ;;
  *)
    echo "usage: infra/ci-services.sh start|stop" >&2
    exit 2
    ;;
esac
