"""Words as they are compared, whoever typed them: case, accents and blanks aside."""

from __future__ import annotations

import unicodedata


def folded(text: str) -> str:
    """Return `text` in small letters without accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def plain(text: str) -> str:
    """Return `text` in small letters without accents, one space between words."""
    return " ".join(folded(text).split())
