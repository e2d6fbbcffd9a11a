"""Facturier: French electronic invoices, read, checked, written and explained.

The public names are those of :mod:`facturier.engine`; they are loaded when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from facturier.engine import check, compute, convert, explain, read, render, write

__all__ = ["check", "compute", "convert", "explain", "read", "render", "write"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'facturier' has no attribute '{name}'")
    from facturier import engine  # noqa: PLC0415  # `import facturier` costs nothing

    return getattr(engine, name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
