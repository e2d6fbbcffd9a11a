# Facturier. Two commands do all the set-up: `make demo` and `make test`.
# They need Python 3.11 to 3.13, make, git and the package registries.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8000
DOCUMENTS ?= 300
MINUTES ?= 10
INVOICES ?= 2000
UV := .uv/bin/uv
RUN := .venv/bin
export UV_PYTHON_DOWNLOADS := never
export UV_PYTHON := $(PYTHON)

.PHONY: demo install test slow acceptance check bom fix docs golden parity fuzz conformance bench load chaos chaos-minute clean

demo: .venv/ready  ## install, start a private PostgreSQL, the server and a worker, print the address
	@$(RUN)/facturier demo --port $(PORT)

install: .venv/ready  ## the environment alone, in .venv

test: .venv/ready browser verapdf jars  ## all tests but the slow ones
	$(RUN)/python -m pytest -n 2 --dist loadfile --durations 10 -m "not slow"

slow: .venv/ready browser verapdf jars  ## the tests that take minutes: two hundred deposits under thirty kills…
	$(RUN)/python -m pytest -n 2 --dist loadfile --durations 10 -m slow

acceptance: .venv/ready  ## programs that others wrote, against our server; they get an environment of their own
	UV_PROJECT_ENVIRONMENT=.venv-acceptance $(UV) sync --quiet --frozen --all-extras --group acceptance
	.venv-acceptance/bin/python -m pytest tests/acceptance/test_clients.py --durations 5

check: .venv/ready  ## format, lint, types, imports, regenerated docs with an empty diff
	$(RUN)/ruff format --check .
	$(RUN)/ruff check .
	$(RUN)/mypy
	$(RUN)/lint-imports
	$(RUN)/python tools/generate_docs.py --check
	$(RUN)/python tools/licences.py

bom: .venv/ready  ## bill of materials of what the server installs (CycloneDX), into var/bom.json
	@mkdir -p var
	$(UV) export --quiet --frozen --no-dev --extra server --no-emit-project --format cyclonedx1.5 -o var/bom.json

fix: .venv/ready  ## let the tools mend what they can
	$(RUN)/ruff check --fix .
	$(RUN)/ruff format .

docs: .venv/ready  ## write the generated pages again
	$(RUN)/python tools/generate_docs.py

golden: .venv/ready  ## write the files of the use cases again; read the difference
	$(RUN)/python tools/golden.py

parity: .venv/ready jars  ## every rule's mutation and thousands of random documents, against the official stylesheets
	$(RUN)/python -m pytest -n 2 tests/parity tests/rules -m "slow or not slow"
	$(RUN)/python -m tools.parity --documents $(DOCUMENTS)

fuzz: .venv/ready  ## damaged files thrown at every reader, for MINUTES; finds stand in var/fuzz
	$(RUN)/python -m tools.fuzz --minutes $(MINUTES)

conformance: .venv/ready  ## the corpus in ../shared, against the verdicts of the official files
	$(RUN)/python tools/conformance.py

bench: .venv/ready  ## beside the official files and every peer, in one run; a portfolio; deliveries
	$(RUN)/python benchmarks/peers.py
	$(RUN)/python benchmarks/portfolio.py
	$(RUN)/python benchmarks/delivery.py

load: .venv/ready  ## deposits a second, waiting times, cost of an invoice as the store grows to a million
	$(RUN)/python benchmarks/load.py

chaos: .venv/ready  ## two installations and the concentrator, everything going wrong for MINUTES; 0 lost, 0 double
	$(RUN)/python -m tests.acceptance.chaos --minutes $(MINUTES) --invoices $(INVOICES)

chaos-minute: .venv/ready  ## the same in about a minute, for CI: alone, since it takes the whole machine
	$(RUN)/python -m tests.acceptance.chaos --minutes 0.5 --invoices 30 --pairs 1 --seed 1

clean:
	rm -rf .venv .venv-acceptance .uv var .pytest_cache .mypy_cache .ruff_cache

.uv/bin/uv:
	@$(PYTHON) -m venv .uv
	@.uv/bin/pip install --quiet --disable-pip-version-check uv==0.13.9

.venv/ready: .uv/bin/uv pyproject.toml uv.lock
	@$(UV) sync --quiet --frozen --all-extras
	@touch $@

# The browser tests drive Debian's chromium; without it they are skipped and counted.
.PHONY: browser verapdf jars
browser:
	@command -v chromium >/dev/null || tools/install_chromium.sh

# PDF/A is checked by veraPDF where Maven Central answers; without it those tests are skipped and counted.
verapdf: .venv/ready
	@$(RUN)/python tools/verapdf.py || true

# The same for rule files that only Maven Central has.
jars: .venv/ready
	@$(RUN)/python tools/rule_jars.py
