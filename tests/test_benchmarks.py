"""The benchmarks still run: what they make is what they say, and each tool is asked rightly."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from facturier.cli.check import check_file
from facturier.formats import write

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def loaded(name):
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", BENCHMARKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def peers():
    return loaded("peers")


def test_a_portfolio_has_each_kind_in_its_part(tmp_path):
    portfolio = loaded("portfolio")
    portfolio.PARTS = {kind: n for kind, n in portfolio.PARTS.items() if kind != "facturx"}
    portfolio.make(tmp_path, 90)
    verdicts = [check_file(path).verdict for path in tmp_path.rglob("*.*")]
    counts = {one.value: verdicts.count(one) for one in set(verdicts)}
    assert counts == {"valid": 85, "invalid": 2, "unreadable": 3}


def test_the_lines_measured_differ_and_the_invoice_is_valid(peers, tmp_path):
    invoice = peers.invoice_of(100)
    assert len({line.net_amount for line in invoice.lines}) > 90
    for syntax in ("ubl", "cii"):
        path = tmp_path / f"{syntax}.xml"
        path.write_bytes(write(invoice, syntax).xml)
        assert check_file(path).verdict == "valid"


@pytest.mark.parametrize("task", ["check", "read", "write", "rules"])
def test_a_tool_on_trial_answers(peers, tmp_path, task):
    path = tmp_path / "cii.xml"
    path.write_bytes(write(peers.invoice_of(2), "cii").xml)
    question = json.dumps({"task": task, "file": str(path), "times": 1})
    done = subprocess.run(
        [sys.executable, BENCHMARKS / "trial.py", "facturier"],
        input=question,
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(done.stdout)
    assert answer["cpu"] > 0
    assert answer["accepts"] is (True if task == "check" else None)


def test_a_ratio_is_that_of_the_rounds_disturbed_least(peers):
    result = peers.Result("cii", "check", 10, {"facturier": [1.0, 2.0, 9.0], "x": [4.0, 3.0, 90.0]})
    assert result.ratio("x") == 3.0
    assert result.ratio("facturier", "x") == 1 / 3
