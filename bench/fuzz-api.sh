#!/bin/sh
# Fuzzes a server of this machine by its own description, with schemathesis (pip install schemathesis):
#   SCHEMATHESIS=/path/to/schemathesis bench/fuzz-api.sh [seconds] [seed]
# Fails if an answer is a 5xx, late, or other than the description says. What is refused although the schema allows it is shown
# by --checks all; most of it is a page that goes on after a row that there is none of.
# Wrong tokens are left out, because five of them lock an address out; so are the sessions, which need none.
set -eu
repo=$(cd "$(dirname "$0")/.." && pwd)
seconds=${1:-180}
seed=${2:-$(date +%s)}
port=${PORT:-8765}
folder=$(mktemp -d)
cd "$folder"
export ADMIN_TOKEN=the-token-of-the-fuzzer READ_TOKEN=the-token-of-a-reader SYN_FRAMES=3 SYN_DELAY_MS=1
export GENAI_PRICES_URL=off MODELS_DEV_URL=off OFFICIAL_STATUS=off LOG_LEVEL=error BENCHMARK_RATE_LIMIT=100000
# A job may name a hosted provider without a key, which is then called once: here, nobody answers.
for provider in ANTHROPIC DEEPSEEK GEMINI GLM GROQ KIMI MINIMAX OPENAI OPENROUTER TOGETHER; do
  export "${provider}_BASE_URL=http://127.0.0.1:9/v1"
done
# The binary itself: what .bin holds would start another process.
node="$repo/node_modules/node/bin/node --import $repo/node_modules/tsx/dist/loader.mjs"
$node "$repo/scripts/run.ts" --runs 5 --quiet
$node "$repo/scripts/serve.ts" --synthetic --no-schedule --port "$port" &
server=$!
trap 'kill $server 2>/dev/null; wait $server || true; rm -rf "$folder"' EXIT
until curl -sf -o /dev/null -H "Authorization: Bearer $READ_TOKEN" "http://127.0.0.1:$port/api/v1/health"; do
  kill -0 $server
  sleep 0.2
done
echo "seed $seed"
# A bad request that is too large as well may be refused for its size.
cat > schemathesis.toml <<'CONFIG'
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429, "5xx"]
CONFIG
fuzz() {
  "${SCHEMATHESIS:-schemathesis}" --config-file schemathesis.toml run "http://127.0.0.1:$port/api/v1/openapi.json" \
    -H "Authorization: Bearer $ADMIN_TOKEN" --seed "$seed" --continue-on-failure --no-color \
    --generation-with-security-parameters false --request-timeout 10 --exclude-path /api/v1/session "$@"
}
status=0
fuzz --phases examples,coverage,fuzzing --max-time $((seconds * 3 / 4)) \
  --exclude-checks ignored_auth,positive_data_acceptance || status=1
# A step that follows a link takes what the answer before said, but is still held for the bad request that it was to be.
fuzz --phases stateful --max-time $((seconds / 4)) \
  --exclude-checks ignored_auth,positive_data_acceptance,negative_data_rejection || status=1
exit $status
