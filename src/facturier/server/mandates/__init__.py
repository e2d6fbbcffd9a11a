"""Mandates to invoice: who may write whose invoices, the series they take, what they covered.

Sources: CGI art. 289, I-2; CGI annexe II, art. 242 nonies; BOI-TVA-DECLA-30-20-10; XP Z12-014,
cases 19a and 19b. A written mandate is given beforehand and says how long its giver may contest an
invoice; under a tacit one each invoice waits for its acceptance.
"""
