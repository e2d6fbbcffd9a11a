"""The concentrator of the public portal (PPF), simulated: a process of its own, with its own store.

It is a simulation: it takes the flows of platforms and answers them as the external specifications
of the tax office (v3.2) say, and nothing reaches the tax office. See ``README.md`` here for what it
does not do.

- :mod:`.client` is our way to it, a :class:`facturier.network.portal.Portal`;
- :mod:`.answers` decides what it answers, file by file with :mod:`.regulatory` (flux 1),
  :mod:`.transmissions` (flux 10), :mod:`.statuses` (flux 6) and :mod:`.updates` (flux 13), and
  :mod:`.letters` writes it;
- :mod:`.store` keeps what it holds, :mod:`.application` serves it over HTTP.
"""

FLOWS = "/flux"
"""``PUT /flux/{name}``: hand a flow over."""
ANSWERS = "/reponses"
"""``GET``: the answers that wait; ``GET /reponses/{name}``: one archive; ``DELETE``: it is safe."""
