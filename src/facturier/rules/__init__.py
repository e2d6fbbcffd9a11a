"""What makes a document valid: rules written once, in rulebooks with versions and dates.

:mod:`facturier.rules.explain` is not imported here: a check does not need its examples.
"""

from facturier.rules.check import check, check_invoice
from facturier.rules.shelves import all_books

__all__ = ["all_books", "check", "check_invoice"]
