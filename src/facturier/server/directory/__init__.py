"""The directory (annuaire) of this installation: who receives invoices where, with its history.

Rows come from two sources. The *own* ones are the addresses of the dossiers served here: the
database writes them when a dossier is opened or its address changes (migration 0002). The others
come from the public portal's exports (flux 14, :mod:`.imports`); of an address that the portal
knows, its word is the only one. The directory is public: it belongs to no dossier and is hidden
from nobody who has a token. A row that is replaced stays, with the moment of its replacement.

:mod:`.lookup` says which line an invoice follows, and why; routing asks the same function.
"""
