# Sourced by the benchmarks of the line with `bin` and `folder` set: starts servers and the stand, and sets what a
# call-intake and a callback-dialer need. What was started is in `pids` and stops with the script.
mkdir -p "$folder/recordings"
pids=()
stop() { for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done; wait; }
trap stop EXIT
"$bin/line122" servers --home "$folder/servers" --environment-file "$folder/environment" >"$folder/servers.log" 2>&1 &
pids+=($!)
until [ -e "$folder/environment" ]; do
    kill -0 "${pids[0]}" || { cat "$folder/servers.log"; exit 1; }
    sleep 0.1
done
set -a
# shellcheck disable=SC1091
. "$folder/environment"
set +a
psql -qX "$LINE122_TEST_POSTGRES_URL" -c 'CREATE DATABASE call_intake' -c 'CREATE DATABASE callback_dialer'
key() { head -c 32 /dev/urandom | base64 -w0; }
echo "bench $(key)" >"$folder/recordings-key"
printf '{"afterCall": 0, "menu": null}' >"$folder/plan.json"
"$bin/training-stand" serve --ari-port 21880 --mis-port 21881 --control-port 21882 --traces "$folder" \
    >"$folder/stand.log" 2>&1 &
pids+=($!)
export POSTGRES_URL="${LINE122_TEST_POSTGRES_URL%/*}/call_intake" AMQP_URL=$LINE122_TEST_AMQP_URL
export ARI_URL=http://127.0.0.1:21880/ari ARI_USERNAME=line122 ARI_PASSWORD=training LINE_HOURS=always
export LINE_FILE=$folder/plan.json RECORDINGS_DIRECTORY=$folder/recordings RECORDINGS_KEY_FILE=$folder/recordings-key
export STATEMENT_PUBLIC_KEYS="bench $(key)" HTTP_HOST=127.0.0.1 LOG_LEVEL=notice
