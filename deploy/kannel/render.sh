#!/bin/sh
# Writes kannel.conf with the values of the environment, for the two boxes to read: render.sh TARGET
set -eu
folder=$(dirname "$0")
sed -e "s|@ADMIN_PORT@|${KANNEL_ADMIN_PORT:-13000}|" -e "s|@ADMIN_PASSWORD@|${KANNEL_ADMIN_PASSWORD}|" \
    -e "s|@SMSBOX_PORT@|${KANNEL_SMSBOX_PORT:-13001}|" -e "s|@SENDSMS_PORT@|${KANNEL_SENDSMS_PORT:-13013}|" \
    -e "s|@SPOOL@|${KANNEL_SPOOL:-/var/spool/kannel}|" -e "s|@FOLDER@|${KANNEL_FOLDER:-$folder}|" \
    -e "s|@USER@|${SMS_KANNEL_USER}|" -e "s|@PASSWORD@|${SMS_KANNEL_PASSWORD}|" \
    -e "s|@PORTAL@|${SMS_KANNEL_CALLBACK_URL}|" -e "s|@SECRET@|${SMS_KANNEL_SECRET}|" \
    "$folder/kannel.conf" > "$1"
