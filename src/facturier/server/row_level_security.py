"""The statements that hide a table's rows; used by migrations."""

from __future__ import annotations

from django.db.migrations import RunSQL


def hide(*tables: str) -> list[RunSQL]:
    """Return operations that force row-level security on `tables` by their ``dossier_id``.

    The settings are read once a query (a sub-select is evaluated once), not once a row.
    """
    return [RunSQL(_hide(table), _show(table)) for table in tables]


def _hide(table: str) -> str:
    return f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY in_sight ON {table}
            USING (dossier_id = ANY ((SELECT dossiers_in_sight())::bigint[]));
    """


def _show(table: str) -> str:
    return f"""
        DROP POLICY in_sight ON {table};
        ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
    """
