"""What ``facturier serve``, ``work``, ``deposit`` and the demo run; called lazily by the CLI."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def database() -> Iterator[None]:
    """Hold a migrated database for the time of the block: the private one, or ``DATABASE_URL``."""
    prepare()
    from django.conf import settings  # noqa: PLC0415

    from facturier.server.postgres import PrivatePostgres  # noqa: PLC0415

    if settings.DATABASE_URL:
        yield
        return
    private = PrivatePostgres(settings.POSTGRES_DATA)
    private.start()
    try:
        private.provision()
        migrate()
        yield
    finally:
        private.stop()


def prepare() -> None:
    """Load Django."""
    import django  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "facturier.server.settings")
    django.setup()


def migrate() -> None:
    """Bring the tables up to date as their owner, and let the serving role use them."""
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connections  # noqa: PLC0415

    owner = connections["owner"]
    with owner.cursor() as cursor:
        # Two processes that start together must not migrate together.
        cursor.execute("SELECT pg_advisory_lock(hashtext('facturier.migrate'))")
        call_command("migrate", database="owner", interactive=False, verbosity=0)
        cursor.execute(GRANTS.format(app=connections["default"].settings_dict["USER"]))
        cursor.execute("SELECT pg_advisory_unlock(hashtext('facturier.migrate'))")
    owner.close()


GRANTS = """
GRANT USAGE ON SCHEMA public TO "{app}";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "{app}";
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO "{app}";
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO "{app}";
REVOKE UPDATE, DELETE ON documents_event FROM "{app}";
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM "{app}";
"""
"""What the serving role may do: no table of its own, no change of history."""
