"""What each dossier declares to the tax office by e-reporting (flux 10), period by period.

:mod:`.qualifying` says of each document, when it is taken in, in which flow it is declared and
why, and keeps the figures it adds; :mod:`.takings` is where sales without invoice come in.
:mod:`.periods` opens the declarations of a dossier and keeps their states true,
:mod:`.transmitting` makes the file of one and owes it to the portal, :mod:`.nightly` does all of it
for every dossier and warns. :mod:`.agenda` is the calendar of what is owed and when. What decides
is :mod:`facturier.reporting`.
"""
