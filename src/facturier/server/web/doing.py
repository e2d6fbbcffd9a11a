"""What a person does on a page: it is said that it is done, or why it is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages

from facturier.errors import RefusedByUs

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest


def do(request: HttpRequest, act: Callable[[], object], said: str) -> None:
    """Do it and say so on the next page, or say there why it was refused."""
    try:
        act()
    except RefusedByUs as refused:
        messages.error(request, refused.in_full)
    else:
        messages.success(request, said)
