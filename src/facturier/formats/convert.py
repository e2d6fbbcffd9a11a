"""One invoice from one syntax into another."""

from __future__ import annotations

from typing import Literal

from facturier import formats
from facturier.formats.detect import Detected


def convert(data: bytes | Detected, to: Literal["ubl", "cii"]) -> formats.Written:
    """Write the invoice of `data` in the syntax `to`, naming the terms that it cannot carry.

    What the reader could not place is not carried either; its findings say so. Raises
    UnreadableDocument when `data` cannot be understood.
    """
    return formats.write(formats.read(data).invoice, to)
