"""Where a received invoice goes inside the firm: to a dossier, a person, a queue, an application.

The rules of a dossier are rows in an order; the first whose conditions all hold decides, else the
invoice stays in the dossier (*sinon*, always there). :mod:`.deciding` decides and knows neither
database nor framework, :mod:`.placing` does it, :mod:`.trying` says what would happen. No rule
loses an invoice: where its target cannot be reached the invoice stays, and somebody is told.
"""
