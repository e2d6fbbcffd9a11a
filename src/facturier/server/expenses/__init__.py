"""What employees of a dossier pay for it: claims line by line, and invoices that they paid.

:mod:`.models` keeps employees, claims, lines and who paid which invoice; :mod:`.claiming` takes a
claim from draft to reimbursed; :mod:`.paying` clears the supplier of an invoice by the employee's
account; :mod:`.linking` finds a line and an invoice that are one purchase, and makes them one
charge; :mod:`.advising` says what comes back too often. What decides is
:mod:`facturier.ledger.expenses` and its neighbours.
"""
