"""What makes a document valid: rules written once, in rulebooks with versions and dates."""

from facturier.rules.check import all_books, check, check_invoice
from facturier.rules.explain import explain

__all__ = ["all_books", "check", "check_invoice", "explain"]
