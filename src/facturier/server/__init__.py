"""The outside world's door: Django, PostgreSQL and nothing that decides.

What an invoice is, what is wrong with it, what may happen to it and how it is booked is decided by
the packages below this one. Here are people and their rights (:mod:`.firm`), stored bytes and the
history of documents (:mod:`.documents`), the kept entries (:mod:`.books`), the work that remains
(:mod:`.jobs`), the programming interface (:mod:`.api`) and the pages (:mod:`.web`).
"""
