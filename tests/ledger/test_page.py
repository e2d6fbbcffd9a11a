from __future__ import annotations

from tools.pages_ledger import TARGET, page

from facturier.ledger.charges import CHARGES
from facturier.ledger.posting import POSTING


def test_the_page_holds_every_rule_and_every_word():
    text = page()

    for rule in POSTING:
        assert f"| {rule.id} | {rule.name} |" in text
    for row in CHARGES:
        assert row.words[0].replace("*", "…") in text


def test_the_examples_are_those_of_the_posting_function():
    assert "| 445667 | TVA déductible autoliquidée (article 283 du CGI) | 2\u202f000,00 |" in page()


def test_the_committed_page_is_up_to_date():
    assert TARGET.read_text(encoding="utf-8") == page()
