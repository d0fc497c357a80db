#!/usr/bin/env bash
# A container engine that answers: nothing is done where one does; else Debian's is installed, if need be, and started.
# Needs root there. Its files are in ${ENGINE:-/var/lib/onecard-engine}: the log, and the pid, to end it by.
set -euo pipefail

if docker info >/dev/null 2>&1; then exit 0; fi

if ((EUID)); then
  echo "no container engine answers, and only root may start one: start yours, then try again" >&2
  exit 1
fi

missing=()
command -v dockerd >/dev/null || missing+=(docker.io iptables)
docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null || missing+=(docker-compose)
if ((${#missing[@]})); then
  apt-get update -qq
  # A package's own start of the engine would need an init system, which a build machine seldom has.
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# Where an init system just started the installed engine there is nothing left to do.
for _ in 1 2 3 4; do
  if docker info >/dev/null 2>&1; then exit 0; fi
  [[ -d /run/systemd/system ]] || break
  sleep 1
done

folder=${ENGINE:-/var/lib/onecard-engine}
mkdir -p "$folder"
setsid nohup dockerd >"$folder/log" 2>&1 </dev/null &
echo $! >"$folder/pid"
for _ in $(seq 120); do
  if docker info >/dev/null 2>&1; then exit 0; fi
  kill -0 "$(<"$folder/pid")" 2>/dev/null || break
  sleep 0.5
done
echo "the container engine did not start; the end of $folder/log:" >&2
tail -20 "$folder/log" >&2
exit 1
