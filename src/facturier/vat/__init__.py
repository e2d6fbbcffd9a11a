"""The VAT return that follows from the books: boxes of form 3310-CA3, each with its lines.

* :mod:`~facturier.vat.form`: the lines of the form as its 2026 edition prints them.
* :mod:`~facturier.vat.draft`: entry lines → boxes (:func:`~.draft.draft`).
* :mod:`~facturier.vat.controls`: what is looked at before the form (cadrage).
* :mod:`~facturier.vat.told`: what the tax office was told, in rows of the form.
* :mod:`~facturier.vat.gaps`: the same beside the books (:func:`~.gaps.compare`), each difference
  with its reason (:mod:`~facturier.vat.reasons`) from a table (:mod:`~facturier.vat.kinds`).

A draft, never a return: what the books do not say (imports told by customs, fuel, the coefficient
of deduction, taxes assimilated to VAT) is not in it. Source: form 3310-CA3-SD and its notice
3310-NOT-CA3, edition of 2026; CGI 256, 269, 271, 283, 287. To update: compare ``form.py`` with the
new edition, then the place of each account in ``draft.py``.
"""
