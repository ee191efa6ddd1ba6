#!/bin/sh
# Brings the lines of acls.tsv to a broker, with Kafka's own tool; run it again as often as you like.
#   KAFKA_ACLS=/opt/kafka/bin/kafka-acls.sh ADMIN=admin.properties sh acls.sh kafka.example:9093
# ADMIN names a file with what an administrator needs to log in (security.protocol, sasl.mechanism, sasl.jaas.config,
# ssl.truststore.location). A user and its password are made before, each with:
#   kafka-configs.sh --bootstrap-server ... --command-config admin.properties --alter \
#     --entity-type users --entity-name kpi-worker --add-config 'SCRAM-SHA-512=[password=...]'
set -eu
server=${1:?give the address of the broker, as kafka.example:9093}
tool=${KAFKA_ACLS:-kafka-acls.sh}
admin=${ADMIN:?give the file with the login of an administrator}
prefix=${KPI_TOPIC_PREFIX:-}
tab=$(printf '\t')

grep -v '^#' "$(dirname "$0")/acls.tsv" | while IFS=$tab read -r user kind name operations; do
	pattern=literal
	case $prefix$name in
	'*') ;;
	*'*') pattern=prefixed name=${name%'*'} ;;
	esac
	set -- --add --allow-principal "User:$user" "--$kind" "$prefix$name" --resource-pattern-type $pattern
	for operation in $(printf %s "$operations" | tr ',' ' '); do
		set -- "$@" --operation "$operation"
	done
	"$tool" --bootstrap-server "$server" --command-config "$admin" "$@" </dev/null
done
