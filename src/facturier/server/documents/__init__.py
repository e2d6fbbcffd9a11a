"""What was received, what it is, what happened to it.

Bytes are kept under their SHA-256 before anything reads them (:mod:`.store`). A *flow* is one
received file and the truth of what remains to be done with it. A *document* is one side's record
of an invoice; its history is a list of *events* that the database lets nobody change. Two sides
share the stored bytes and nothing else; they learn of each other through messages.
"""
