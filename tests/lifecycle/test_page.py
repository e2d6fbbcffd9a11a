"""The reference page is what the tables say today."""

from tools.pages_lifecycle import TARGET, page

from facturier.lifecycle.reasons import REASONS
from facturier.lifecycle.statuses import STATUSES


def test_the_page_in_the_repository_is_up_to_date():
    assert TARGET.read_text(encoding="utf-8") == page()


def test_the_page_has_a_row_for_each_status_and_each_reason():
    text = page()
    for code, one in STATUSES.items():
        assert f"| {code} | {one.label} |" in text
    for code in REASONS:
        assert text.count(f"| `{code}` |") >= 1
    assert all(len(row.split("|")) > 2 for row in text.splitlines() if row.startswith("|"))
