"""The outside: platforms, directories and the simulated network.

Everything that brings a document to the other side speaks the protocol of :mod:`.platform`. One
folder per outside party; :mod:`.simulated` is complete and lets two companies of one installation
exchange invoices on one machine, by messages only.
"""
