"""An account is found by its number, or by words as a person writes them."""

from facturier.ledger.searching import MOST, find


def numbers(words):
    return [one.number for one in find(words)]


def test_a_number_finds_itself_first_then_what_is_below():
    found = numbers("625")
    assert found[0] == "625"
    assert {"6251", "6257"} <= set(found)
    assert all(one.startswith("625") for one in found)


def test_zeros_at_the_end_are_of_the_dossier():
    assert numbers("625700") == numbers("6257") == ["6257"]


def test_words_find_whatever_accents_and_case():
    assert "6257" in numbers("recep")
    assert numbers("RÉCEPTIONS") == numbers("receptions")
    assert all("assurance" in one.label.casefold() for one in find("assurance"))


def test_a_number_and_a_word_are_both_asked():
    assert set(numbers("62 recep")) <= {one for one in numbers("recep") if one.startswith("62")}


def test_nothing_finds_nothing_and_a_letter_not_everything():
    assert numbers("  ") == numbers("zzz") == []
    assert len(numbers("a")) <= MOST
