"""The programming interface: XP Z12-013 1.3.0, and what it does not say.

``/flow-service/v1`` (also ``/v1``) follows the contract of AFNOR XP Z12-013 annex A, version 1.3.0,
for flows, webhooks and the health check; ``/directory-service/v1`` follows annex B, of the same
version, to read the directory. ``/api/v1`` is our own: dossiers, documents with their
verdict, history, files and proof, saying a status as JSON, entries, declarations, files owed to the
portal, calls that no webhook took; a change there may name itself and what it saw
(:mod:`.changing`). They describe themselves in OpenAPI 3.1 at ``openapi.json``.

A program is an OAuth2 client (:mod:`.clients`) that speaks for dossiers of one cabinet; its token
(client credentials, allauth's identity provider) opens exactly those, in the application
(:mod:`.caller`) and in the database (row-level security). To follow a new version of the contract,
compare its schemas with :mod:`.contract`; the tests read the official file.
"""
