# make world   from nothing to a signed, booted distribution in distro/out     make test    every test
# make check   lint, format, types                                             make docs    pages made from the program
# make bench   ratios, not times                                               make proof   world in empty Debian 12 and 13

.PHONY: world test check bench docs lock proof product dev

world: product
	.venv/bin/hw -C distro world

test: dev
	.venv/bin/python -m pytest -n 2 --dist loadgroup --timeout 2400 $(PYTEST)

check: dev
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/mypy --python-version 3.14 $$(find src -name 'inside_*.py' | sort)

bench: product
	.venv/bin/python bench

docs: dev
	.venv/bin/python tools/words.py

lock:
	tools/lock

proof:
	tools/proof 12 make world
	tools/proof 13 make world

product dev:
	@tools/prepare $@
