"""Tickets of which a company asks an invoice: the link, the demand, the draft, the proof.

Sources: XP Z12-014, cases 28 (restaurants) and 30 (VAT collected already); DGFiP external
specifications v3.2 (10.3, 10.4, flux 1).
"""
