"""The anomalies of each document of a dossier, kept so that lists can filter.

:mod:`.models` keeps what was found and what a person said of it; :mod:`.knowing` gathers what the
dossier knows beside a document; :mod:`.keeping` examines a document when somebody looks at it, at
most once a day; :mod:`.nightly` examines the new ones by night. What decides is
:mod:`facturier.anomalies`: nothing is asked while an invoice is received or booked.
"""
