# make world   from nothing to a signed, booted distribution in distro/out     make test    every test
# make images  every image, those that the world leaves out too, their checks, and all built again to compare
# make check   lint, format, types                                             make docs    pages made from the program
# make bench   ratios, not times                                               make proof   world in empty Debian 12 and 13
# make fuzz SECONDS=600   every reader with new odd inputs, for so long
# make corpus CORPUS=DIR AZLDEV=FILE   tests against the public tree of Azure Linux, and against azldev itself

SECONDS = 600
# these share the toolbox, the store and two cores with a virtual machine: one after the other
HEAVY = root or mirror or toolbox or world or guest

# tests need some 15 GB beside the store, more than a /tmp in memory has
test: export PYTEST_DEBUG_TEMPROOT := /var/tmp

.PHONY: world images test check bench docs lock proof corpus fuzz product dev

world: product
	.venv/bin/hw -C distro world

images: product
	.venv/bin/hw -C distro image check
	.venv/bin/hw -C distro image build --check-reproducible

test: dev
	.venv/bin/python -m pytest -n 2 --timeout 600 -m "not ($(HEAVY))" $(PYTEST)
	.venv/bin/hw $(if $(HEADWATER_TEST_STORE),--store $(HEADWATER_TEST_STORE)) -q store gc --free 20
	.venv/bin/python -m pytest --timeout 2400 -m "$(HEAVY)" $(PYTEST)

check: dev
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/mypy --python-version 3.14 $$(find src -name 'inside_*.py' | sort)

bench: product
	.venv/bin/python bench

corpus: export CORPUS := $(CORPUS)
corpus: export AZLDEV := $(AZLDEV)
corpus: dev
	@[ -n "$$CORPUS$$AZLDEV" ] || { echo "corpus: skipped; CORPUS=DIR names no checkout of Azure Linux, AZLDEV=FILE no binary"; exit 1; }
	.venv/bin/python -m pytest tests/corpus $(PYTEST)

fuzz: export FUZZ_EXAMPLES := 2000
fuzz: dev
	@end=$$(($$(date +%s) + $(SECONDS))); while [ $$(date +%s) -lt $$end ]; do \
	.venv/bin/python -m pytest -q -n 2 tests/fuzz $(PYTEST) || exit 1; done

docs: dev
	.venv/bin/python tools/words.py

lock:
	tools/lock

proof:
	tools/proof 12 make world
	tools/proof 13 make world

product dev:
	@tools/prepare $@
