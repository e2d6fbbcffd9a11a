"""What the rules of flux 1 need to know about one file, computed once.

The portal's file looks at elements as they are written: an empty one is there, ``+12.00`` is no
amount. Rules therefore ask for the text of a term, and in a few places for elements that no term of
flux 1 stands for (the name of a tax).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from facturier.formats import cii, ubl
from facturier.formats.codecs import DATE, DATE_102
from facturier.rules.as_written import AsWritten
from facturier.rules.facts import Facts

if TYPE_CHECKING:
    from lxml import etree

    from facturier.invoice.model import Invoice

Texts = Callable[[Any, "Flux1Facts"], str | None]
"""The way to the text of a term, from the record that holds it."""
_NAMESPACES = ubl.NAMESPACES | cii.NAMESPACES


class Flux1Facts(AsWritten, Facts):
    """The regulatory data under check, and the file they stand in."""

    def __init__(self, invoice: Invoice, syntax: str, root: etree._Element) -> None:
        super().__init__(invoice, syntax, "")
        self._root_element = root
        self.dates = DATE_102 if syntax == "CII" else DATE

    def raw(self, ubl_path: str, cii_path: str) -> list[str]:
        """Return what stands at a path of the file; prefixes are those of the tables."""
        path = ubl_path if self.syntax == "UBL" else cii_path
        if not path:
            return []
        found: Any = self._root_element.xpath(path, namespaces=_NAMESPACES)
        return [one if isinstance(one, str) else one.text or "" for one in found]

    def count(self, ubl_path: str, cii_path: str) -> int:
        """Return how many elements stand at a path of the file."""
        path = ubl_path if self.syntax == "UBL" else cii_path
        found: Any = self._root_element.xpath(path, namespaces=_NAMESPACES) if path else []
        return len(found)
