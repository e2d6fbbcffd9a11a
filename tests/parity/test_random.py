"""Documents that nobody thought of get the official verdict: a fair sample of `tools.parity`.

What once differed stands in ``regressions/`` (documents of our own making, as small as they go; the
name says the layer). Where odd files still differ there is a row with its proof in
``divergences_odd.toml``, and a file in ``differing/``.
"""

from pathlib import Path

import pytest
from tools import parity

REGRESSIONS = sorted((Path(__file__).parent / "regressions").glob("*.xml"))
SAMPLE = {"broken": 8, "altered": 10, "random": 15}
LARGE = {"broken": 300, "altered": 300, "random": 300}
FLOOR = 0.995
"""The share of oddly altered files that must agree, the ledger aside; of the others, all."""


@pytest.mark.parametrize("file", REGRESSIONS, ids=lambda file: file.stem)
def test_what_once_differed_agrees(file):
    layer = file.stem.partition("--")[0]
    xml = file.read_bytes()
    assert parity.is_by_schema(xml)
    assert parity.ours(layer, xml) == parity.official(layer, xml)


@pytest.mark.parametrize("row", parity.known(), ids=lambda row: f"{row.layer}-{row.example}")
def test_what_the_ledger_explains_differs_still(row):
    xml = (Path(__file__).parent / "differing" / row.example).read_bytes()
    case = parity.Case(row.layer, row.example, (), xml, xml)
    found = parity.difference(case, parity.official(row.layer, xml))
    assert found is not None
    assert row.covers(found)


def compared(layer, kind, wanted, start):
    found = list(parity.compare(parity.cases(layer, kind, wanted, start)))
    differences = [difference for _, difference in found if difference is not None]
    unknown = [one for one in differences if not parity.is_known(one)]
    return len(found), unknown


@pytest.mark.parametrize("layer", parity.LAYERS)
@pytest.mark.parametrize("kind", parity.KINDS)
def test_a_fair_sample_agrees(layer, kind):
    tried, unknown = compared(layer, kind, SAMPLE[kind], 1)
    assert tried or layer == "cdar"
    assert not unknown, told(unknown)


@pytest.mark.slow
@pytest.mark.parametrize("layer", parity.LAYERS)
@pytest.mark.parametrize("kind", parity.KINDS)
def test_a_large_sample_agrees(layer, kind):
    tried, unknown = compared(layer, kind, LARGE[kind], 10_000)
    admitted = (1 - FLOOR) * tried if kind == "altered" else 0
    assert len(unknown) <= admitted, told(unknown)


def told(differences):
    return "\n".join(map(parity.tell, differences))


def test_a_seed_names_a_document():
    first, second = (list(parity.cases("br-fr-ubl", "altered", 3, 5)) for _ in range(2))
    assert first == second
