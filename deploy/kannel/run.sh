#!/bin/sh
# bearerbox and smsbox side by side; the container ends when one of them does.
# Only what ends a box goes into the log: the rest holds texts, numbers, and addresses with our secret.
set -eu
sh "$(dirname "$0")/render.sh" /tmp/kannel.conf
bearerbox -v 4 /tmp/kannel.conf & bearer=$!
until nc -z 127.0.0.1 "${KANNEL_SMSBOX_PORT:-13001}"; do kill -0 $bearer || exit 1; sleep 0.2; done
smsbox -v 4 /tmp/kannel.conf & sms=$!
trap 'kill $sms $bearer' TERM INT
while kill -0 $bearer && kill -0 $sms; do sleep 2; done
