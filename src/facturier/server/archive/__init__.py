"""The archive: one append-only chain of envelopes a dossier, and what proves it unaltered.

An envelope says what happened (a file taken in with its verdict, a delivery, a status, an entry),
names by SHA-256 the bytes it happened to (kept by :mod:`facturier.server.documents.store`), and
carries the SHA-256 of the envelope before it: to change one is to change all that follow. It is
written in the transaction of its cause; the database refuses any change, and any envelope that
does not follow the last one.

* :mod:`.models`: envelopes, monthly seals, timestamps.
* :mod:`.chain`: appends an envelope.
* :mod:`.keeping`: which events get one, and what it says of them.
* :mod:`.sealing`: seals the months that are over and has them timestamped (RFC 3161).
* :mod:`.export`: a folder or a zip that explains and verifies itself.
* :mod:`.verify`: the stand-alone program that goes with every export; it needs only Python.
"""
