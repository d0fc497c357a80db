#!/bin/sh
# start.sh <server.properties> [--override name=value …]: one Kafka node, whose data is in /var/lib/kafka/data.
set -eu
java="/opt/java/bin/java -Xmx${KAFKA_HEAP:-512m} -XX:-UsePerfData --sun-misc-unsafe-memory-access=allow ${KAFKA_JAVA:-}
  -Dlog4j2.configurationFile=/opt/log4j2.properties -cp /opt/kafka/*"
set -f # the class path's star is Java's
if [ ! -e /var/lib/kafka/data/meta.properties ]; then
  # An empty folder gets the identity of a new cluster.
  id=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=')
  $java kafka.tools.StorageTool format "--cluster-id=$id" --config "$1"
fi
exec $java kafka.Kafka "$@"
