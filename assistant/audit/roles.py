"""The database role for Brevity's processes: it can read and write rows, but not change the audit log or the schema."""

from __future__ import annotations

from django.db import connection
from psycopg import sql

FUNCTIONS = ("audit_purge(integer, integer)", "audit_cut_addresses(integer, integer)")


def statements(name: str, password: str) -> list[str]:
    """Return the statements that create the role or update its privileges. The database's owner has to run them."""
    role = sql.Identifier(name)
    database = sql.Identifier(str(connection.settings_dict["NAME"]))
    create = sql.SQL(
        "DO $do$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {text}) "
        "THEN CREATE ROLE {role}; END IF; END $do$"
    ).format(text=sql.Literal(name), role=role)
    lines = [
        "ALTER ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {password}",
        "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {role}",
        "GRANT USAGE ON SCHEMA public TO {role}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}",
        "REVOKE ALL ON audit_event, audit_seal FROM {role}",
        "GRANT SELECT, INSERT ON audit_event TO {role}",
        "GRANT SELECT ON audit_seal TO {role}",
        *(f"REVOKE EXECUTE ON FUNCTION {each} FROM PUBLIC" for each in FUNCTIONS),
        *(f"GRANT EXECUTE ON FUNCTION {each} TO {{role}}" for each in FUNCTIONS),
    ]
    values = {"role": role, "password": sql.Literal(password), "database": database}
    connection.ensure_connection()
    filled = [create, *(sql.SQL(line).format(**values) for line in lines)]
    return [each.as_string(connection.connection) for each in filled]
