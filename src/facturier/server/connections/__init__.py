"""Dossiers that live on another platform, reached by XP Z12-013 (:mod:`facturier.network.afnor`).

Here the connector gets its rows: where each dossier lives, what was handed over and what the
platform answered, what it listed and what of that is safe here. A worker of its own makes the
calls, outside of any transaction; what comes in is put into the dossier's mailbox, and from there
on goes the way of all post.
"""
