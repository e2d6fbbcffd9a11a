"""What the platform owes to the public portal: files sent in numbered flows, answers to the end.

A file that is owed is a row (:class:`.models.PortalFile`), put there by :func:`.outbox.owe` in the
transaction of its cause. :mod:`.allotment` gathers what waits into flows, :mod:`.sending` hands
them over, :mod:`.answers` takes in what the portal says. The portal itself is behind the protocol
:mod:`facturier.network.portal`. Source: DGFiP external specifications v3.2, dossier général §3.4.5.
"""
