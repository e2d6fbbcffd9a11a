"""The VAT return of a dossier, drafted from its books, and what the tax office holds beside it.

:mod:`.terms`: which days a return covers; :mod:`.entries`: the entries of those days and what each
is about; :mod:`.credit`: the credit that the return before leaves; :mod:`.facts`: the VAT breakdown
of each document, read once; :mod:`.telling`: what the tax office was told; :mod:`.returns`: draft,
controls and comparison. What decides is :mod:`facturier.vat`.
"""
