"""What the fuzzer once found stays mended, and a short blind search finds nothing."""

import random
from pathlib import Path

import pytest
from tools import fuzz

FOUND = sorted(one for one in Path(__file__).parent.iterdir() if one.suffix != ".py")


@pytest.mark.parametrize(
    "file", [one for one in FOUND if one.is_file()], ids=lambda file: file.stem
)
def test_what_was_found_is_mended(file):
    assert fuzz.trial(file.name.partition("-")[0], file.read_bytes()) == ""


@pytest.mark.parametrize("target", sorted(fuzz.TARGETS))
def test_a_short_search_finds_nothing(target):
    chance = random.Random(20261122)
    seeds = list(fuzz.SEEDS[target]())[:8]
    for number in range(25):
        data = seeds[number % len(seeds)]
        tree = fuzz.altered(data, chance) if target in fuzz.TREES and number % 2 else None
        assert fuzz.trial(target, tree or fuzz.blindly(data, chance)) == ""


def test_a_crash_would_be_a_find():
    def crash(_):
        raise ZeroDivisionError

    fuzz.TARGETS["xml"], kept = crash, fuzz.TARGETS["xml"]
    try:
        assert fuzz.trial("xml", b"").startswith("ZeroDivisionError at test_fuzz.py:crash")
    finally:
        fuzz.TARGETS["xml"] = kept
