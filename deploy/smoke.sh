#!/bin/sh
# Starts docker-compose.yml and says of each part whether it works: pass or FAIL, and how to see why.
#   cp .env.example .env, change the passwords, then: deploy/smoke.sh
# Exit code 0: all parts work. What it started keeps running; --down stops it (the data stays).
set -u
cd "$(dirname "$0")/.." || exit 2

compose() { docker compose --profile simulate --profile ingest "$@"; }

if [ "${1:-}" = --down ]; then
    compose down
    exit
fi

if ! docker compose version >/dev/null 2>&1; then
    echo "smoke.sh: docker with its compose plugin is needed" >&2
    exit 2
fi
if ! docker info >/dev/null 2>&1; then
    echo "smoke.sh: docker does not answer: start its daemon, or may this user use it? See: docker info" >&2
    exit 2
fi
if [ ! -f .env ]; then
    echo "smoke.sh: no .env: cp .env.example .env, and change the passwords in it" >&2
    exit 2
fi

failed=0

# check NAME SECONDS COMMAND...: tries the command until it works or the time is over.
check() {
    name=$1 deadline=$(($(date +%s) + $2))
    shift 2
    until "$@" >/dev/null 2>&1; do
        if [ "$(date +%s)" -ge "$deadline" ]; then
            echo "FAIL $name"
            failed=$((failed + 1))
            return
        fi
        sleep "${SMOKE_PAUSE:-2}"
    done
    echo "pass $name"
}

# once NAME COMMAND...: runs it one time, in sight; without it nothing else can work.
once() {
    name=$1
    shift
    if ! "$@"; then
        echo "FAIL $name: why stands above"
        exit 1
    fi
    echo "pass $name"
}

kpi() { compose exec -T worker kpi "$@"; }
fetch() { compose exec -T worker python -c "from urllib.request import urlopen; urlopen('$1', timeout=5)"; }
done_once() { [ "$(compose ps --all --format '{{.State}} {{.ExitCode}}' "$1")" = "exited 0" ]; }
some_events() { kpi query --format csv "SELECT throwIf(count() = 0) FROM events"; }
# Without a sender the ingest does not start. Nobody is told this one's token: it lets nobody in.
a_sender() {
    compose run --rm --no-deps -T --entrypoint test ingest -s /var/lib/kpi/http-tokens.toml ||
        compose run --rm --no-deps -T ingest produce token smoke --source '/vn/laocai/smoke/*'
}
stranger_refused() {
    compose exec -T worker python -c "from urllib.request import urlopen; urlopen('http://ingest:8090/v1/events', b'{}', 5)" 2>&1 |
        grep -q 'Error 401'
}
refused() { kpi query "CREATE DATABASE smoke" 2>&1 | grep -Eqi 'privilege|read.?only'; }
# shellcheck disable=SC2016 # the password is the container's own
grafana() {
    compose exec -T -e "ASKED=$1" grafana sh -c 'wget -q -O - --header \
        "Authorization: Basic $(printf "admin:%s" "$GF_SECURITY_ADMIN_PASSWORD" | base64 | tr -d "\n")" \
        "http://127.0.0.1:3000/api/$ASKED"'
}

once "compose file" compose config --quiet
once "images" compose build
check "ingest: has a sender" 60 a_sender
once "start" compose up --detach
check "kafka: broker answers" 120 compose exec -T kafka /opt/kafka/bin/kafka-topics.sh --bootstrap-server 127.0.0.1:29092 --list
check "clickhouse: server answers" 60 compose exec -T clickhouse wget --spider --quiet http://127.0.0.1:8123/ping
check "topics: created" 60 done_once topics
check "migrate: database is at this version" 120 done_once migrate
check "targets: loaded" 60 done_once targets
check "worker: ready" 120 fetch http://127.0.0.1:9464/ready
check "simulate: events arrive" 180 some_events
check "worker: all that was sent is stored" 240 kpi check --drained --timeout 60
check "numbers: equal to those of the events" 300 kpi verify
check "clickhouse: the reader cannot write" 10 refused
check "alerts: evaluates" 60 compose exec -T alerts python -c \
    "from urllib.request import urlopen; urlopen('http://127.0.0.1:9470/ready', timeout=5)"
check "wall: shows the boards" 60 fetch http://wall:8080/healthz
check "ingest: answers" 60 fetch http://ingest:8090/healthz
check "ingest: refuses strangers" 10 stranger_refused
check "grafana: answers" 180 fetch http://grafana:3000/api/health
check "grafana: reaches ClickHouse" 60 grafana datasources/uid/kpi-clickhouse/health
check "grafana: has the boards" 60 grafana dashboards/uid/tong-quan

if [ "$failed" -gt 0 ]; then
    echo "$failed of the parts do not work; look at: docker compose ps; docker compose logs NAME"
    exit 1
fi
port=$(sed -n 's/^GATEKPI_WALL_PORT=//p' .env | tail -1)
echo "all parts work; the wall: http://127.0.0.1:${GATEKPI_WALL_PORT:-${port:-8080}}/, Grafana: http://127.0.0.1:3000/"
