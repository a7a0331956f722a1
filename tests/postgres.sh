#!/usr/bin/env bash
# Runs a command beside a PostgreSQL of its own: tests/postgres.sh COMMAND…
#
# The cluster is made in a temporary folder, listens to a free port of this machine alone, and goes with the command, on
# Ctrl+C too. The command finds its address in DATABASE_URL; what PORTAL_TEST_PG_STOP and PORTAL_TEST_PG_START hold, run
# by a shell, stops the cluster as a crash would and starts it again.
set -euo pipefail

binaries="$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1 || true)"
if [ ! -x "$binaries/initdb" ]; then
  echo "PostgreSQL n’est pas installé (rien dans /usr/lib/postgresql) : apt-get install postgresql" >&2
  exit 1
fi

# PostgreSQL refuses to run as root; the package made this account.
as_owner=()
[ "$(id -u)" -ne 0 ] || as_owner=(runuser -u postgres --)

folder="$(mktemp -d /tmp/placette-postgres-XXXXXX)"
control="${as_owner[*]} $binaries/pg_ctl -D $folder/data -l $folder/log -w -s"

# shellcheck disable=SC2329
remove() {
  trap '' INT TERM HUP
  $control -m immediate stop 2>/dev/null || true
  rm -rf "$folder"
}
trap remove EXIT
# The command has had the signal too, and ends first.
trap 'exit 130' INT
trap 'exit 143' TERM HUP

password="$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"

echo "$password" >"$folder/password"
[ "$(id -u)" -ne 0 ] || chown -R postgres "$folder"
cd "$folder" # the owner may not be allowed where we were
"${as_owner[@]}" "$binaries/initdb" -D "$folder/data" --username placette --pwfile "$folder/password" \
  --auth scram-sha-256 --encoding UTF8 --locale C.UTF-8 --no-sync >"$folder/initdb.log" 2>&1 ||
  { cat "$folder/initdb.log" >&2; exit 1; }
cat >>"$folder/data/postgresql.conf" <<SETTINGS
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = ''
fsync = off
full_page_writes = off
SETTINGS
$control start || { cat "$folder/log" >&2; exit 1; }
cd "$OLDPWD"

export DATABASE_URL="postgres://placette:$password@127.0.0.1:$port/postgres"
export PORTAL_TEST_PG_STOP="$control -m immediate stop" PORTAL_TEST_PG_START="$control start"
"$@"
