"""What happens to an invoice in the books: chart of accounts, entries, posting, FEC.

Pure decisions on values: no storage, no clock, no framework. A proposal says, for each line, which
rule put it there and which business terms of the invoice its amount comes from; a person
validates it; a validated entry is never changed, only reversed.

* :mod:`~facturier.ledger.accounts`: the plan comptable général (PCG) as data (``pcg.csv``).
* :mod:`~facturier.ledger.entries`: lines and entries, balanced by construction; their life.
* :mod:`~facturier.ledger.books`: the settings of a dossier that posting depends on.
* :mod:`~facturier.ledger.charges`: from the words of a line to a charge account, with the reason.
* :mod:`~facturier.ledger.figures`: the amounts of an invoice, in euros, checked to add up.
* :mod:`~facturier.ledger.pieces`: the invoice taken apart into amounts to post.
* :mod:`~facturier.ledger.posting`: the table of posting rules and :func:`~.posting.propose`.
* :mod:`~facturier.ledger.fec`: the fichier des écritures comptables and its checks.

Sources: règlement ANC 2014-03 modified by 2022-06 (PCG in force from 2025), CGI articles 256 bis,
269, 271, 283, 289; LPF article A47 A-1. How an accountant books a case of XP Z12-014 is our own
reading of them, not part of the standard. To update the chart: edit ``pcg.csv``. To update a rule:
edit its row in ``posting.py`` or ``charges.py``; ``docs/reference/posting.md`` is generated.
"""
