#!/usr/bin/env bash
# The base of all images: the public one, where a registry of images is reached; else one of the same name, made here out
# of Debian's packages (root, about a minute), which trusts what this machine trusts. The Dockerfiles know nothing of it.
set -euo pipefail
base=${1:-debian:bookworm-slim}

if docker image inspect "$base" >/dev/null 2>&1; then exit 0; fi
if timeout 120 docker pull --quiet "$base" 2>/dev/null; then exit 0; fi

echo "no registry of images is reached: $base is made from Debian's packages" >&2
if ((EUID)); then
  echo "that needs root" >&2
  exit 1
fi
if ! command -v mmdebstrap >/dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mmdebstrap >/dev/null
fi

options=()
for left_out in man doc locale info; do options+=("--dpkgopt=path-exclude=/usr/share/$left_out/*"); done
told=('CMD ["bash"]')
extra=/usr/local/share/ca-certificates
if compgen -G "$extra/*.crt" >/dev/null; then
  # Whoever signs for the package registries on this machine is unknown to programs that bring their own list of signers.
  options+=(
    "--customize-hook=mkdir -p \"\$1$extra\""
    "--customize-hook=copy-in $(echo $extra/*.crt) $extra"
    '--customize-hook=chroot "$1" update-ca-certificates'
  )
  for name in PIP_CERT SSL_CERT_FILE REQUESTS_CA_BUNDLE; do told+=("ENV $name=/etc/ssl/certs/ca-certificates.crt"); done
fi
changes=()
for line in "${told[@]}"; do changes+=(--change "$line"); done

mmdebstrap --quiet --mode=root --variant=apt --include=ca-certificates "${options[@]}" bookworm - \
  | docker import "${changes[@]}" - "$base" >/dev/null
