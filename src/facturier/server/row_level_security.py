"""The statements that hide a table's rows; used by migrations."""

from __future__ import annotations

from django.db.migrations import RunSQL


def hide(*tables: str) -> list[RunSQL]:
    """Return operations that force row-level security on `tables` by their ``dossier_id``.

    The settings are read once a query (a sub-select is evaluated once), not once a row.
    """
    return [RunSQL(_hide(table), _show(table)) for table in tables]


def show_to_portal(*tables: str) -> list[RunSQL]:
    """Return operations that show all of `tables` to the work of the public portal.

    See :func:`facturier.server.sight.of_portal`. A table that belongs to no dossier is hidden from
    everybody else.
    """
    return [RunSQL(_open_to_portal(table), _close_to_portal(table)) for table in tables]


def _open_to_portal(table: str) -> str:
    return f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY of_portal ON {table}
            USING ((SELECT current_setting('facturier.portal', true)) = 'on');
    """


def _close_to_portal(table: str) -> str:
    return f"DROP POLICY of_portal ON {table};"


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
