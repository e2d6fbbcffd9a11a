"""Who comes in, how they prove it, and what is remembered of what they looked at.

Sessions (:mod:`.sessions`), attempts at signing in (:mod:`.attempts`), the second factor
(:mod:`.second_factor`) and the journal of accesses (:mod:`.journal`). What a person may see once
signed in is said by :mod:`facturier.server.firm` and :mod:`facturier.server.sight`.
"""
