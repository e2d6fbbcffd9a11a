"""The kept books: journals, entries and their lines.

What an entry should be is decided by :mod:`facturier.ledger`; here it is kept, under constraints
that the database itself holds: lines that are debit or credit, entries that balance, validated
entries that nobody changes.
"""
