"""No invoice lost: what each connector lists, what is archived and what is booked, compared.

Each night, for each dossier and month, every invoice that a connector lists is followed to its
bytes, to its envelope in the chain of proof and to its entry. What is missing is named with its
remedy; a month that is over gets a signed certificate, complete or not.

* :mod:`.models`: comparisons (the latest one a month) and certificates (which only grow).
* :mod:`.listing`: what the connectors list, asked anew.
* :mod:`.gaps`: what may be missing, in words, with the remedy: a table.
* :mod:`.comparing`: follows each invoice and names the gaps.
* :mod:`.certificate`: the statement, its signature, its page as PDF.
* :mod:`.verify_certificate`: the stand-alone program that verifies it; it needs only Python.
"""
