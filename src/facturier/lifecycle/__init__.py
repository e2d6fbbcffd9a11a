"""What happens to a document between the parties: statuses, transitions, status messages.

Implements the life cycle of XP Z12-012 as far as its public parts tell (Schematron BR-FR-CDV 1.4.0,
DGFiP external specifications v3.2, annex 7 rules G7.*). The matrix of allowed predecessors of
XP Z12-012 annex A is not public: the machine here is permissive on purpose and says where.

* :mod:`~facturier.lifecycle.statuses`: one table of all status codes.
* :mod:`~facturier.lifecycle.reasons`: one table of all reason codes, with what to do about each.
* :mod:`~facturier.lifecycle.transitions`: (state, event) to state, as a table.
* :mod:`~facturier.lifecycle.messages`: events, and the object that a CDAR file carries.

To update: a new status is a row in ``statuses.py`` and, if it may be said about an invoice, a row
in ``transitions.py``; the diagram and the reference page redraw themselves.
"""
