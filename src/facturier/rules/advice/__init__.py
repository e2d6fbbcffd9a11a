"""Our own checks, which advise and never block: no finding from here makes a document invalid.

- :mod:`~facturier.rules.advice.mentions`: what the official rules let pass and an accountant would
  point out (``CONSEIL-…``);
- :mod:`~facturier.rules.advice.defects`: where the official files do not do what the texts say
  (``OFFICIEL-…``): the verdict follows the file, the finding says so;
- :mod:`~facturier.rules.advice.hybrid`: the pages of a Factur-X against its XML (``PDF-…``);
- :mod:`~facturier.rules.advice.words`: every other word that a finding of ours may bear.
"""

from datetime import date

from facturier.findings import Layer
from facturier.rules.advice.mentions import ADVICE
from facturier.rules.book import Rulebook
from facturier.rules.rule import all_rules

BOOK = Rulebook(
    id="conseils",
    version="1",
    layer=Layer.ADVICE,
    rules=all_rules((ADVICE,)),
    valid_from=date(2000, 1, 1),
)
"""Advice on invoices. The day does not choose it: nothing official is in it."""
