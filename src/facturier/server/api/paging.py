"""Lists by pages, the latest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import Field

from facturier.server.api.contract import LARGEST_PAGE, Camel, Text

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

    Row = TypeVar("Row", bound=Model)

LARGEST_KEY = 2**63 - 1
Key = Annotated[int, Field(ge=1, le=LARGEST_KEY)]


class Paged(Camel):
    """Which dossier (its SIREN or its electronic address), and which page of its list."""

    dossier: Text = ""
    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = 25
    cursor: Key | None = None
    """The `next_cursor` of the page before."""


class Page(Camel):
    """A page of a list, the latest first; without `next_cursor` it is the last."""

    next_cursor: str | None = None


def matching(rows: QuerySet[Row], **exact: Any) -> QuerySet[Row]:
    """Keep the rows that have these values; None is none that was asked for."""
    return rows.filter(**{name: value for name, value in exact.items() if value is not None})


def page(rows: QuerySet[Row], wanted: Paged) -> tuple[list[Row], str | None]:
    """Return a page of `rows`, and the cursor of the next one if there is one."""
    if wanted.cursor is not None:
        rows = rows.filter(pk__lt=wanted.cursor)
    found = list(rows.order_by("-pk")[: wanted.limit + 1])
    kept = found[: wanted.limit]
    return kept, str(kept[-1].pk) if len(found) > len(kept) else None
