#!/bin/sh
# Les deux rôles et la base, au premier démarrage de PostgreSQL. Le propriétaire des tables contourne
# la sécurité par ligne (il migre, sauvegarde et rétablit) ; le rôle qui sert y est soumis.
set -eu
owner_password=$(cat "$FACTURIER_OWNER_PASSWORD_FILE")
app_password=$(cat "$FACTURIER_APP_PASSWORD_FILE")
psql --username postgres --set ON_ERROR_STOP=1 \
    --set owner_password="$owner_password" --set app_password="$app_password" <<'SQL'
CREATE ROLE facturier_owner LOGIN BYPASSRLS PASSWORD :'owner_password';
CREATE ROLE facturier_app LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD :'app_password';
CREATE DATABASE facturier OWNER facturier_owner;
REVOKE ALL ON DATABASE facturier FROM PUBLIC;
GRANT CONNECT ON DATABASE facturier TO facturier_app;
\connect facturier
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO facturier_owner;
SQL
