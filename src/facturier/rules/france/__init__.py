"""The French rules of XP Z12-012, as FNFE-MPE publishes them to be tested.

One book a kind of document: :mod:`~facturier.rules.france.invoice` (BR-FR-Flux2). To follow a new
version: ``tools/import_rulebook.py``, read the diff of the manifests in ``rules/official/``, write
what is new, run ``tests/rules`` and ``make parity``.
"""
