# Two commands: `make demo` and `make test`. Each sets up what it needs.
.PHONY: demo test gate lasting screens slow bench docs lock vendor clean help
PYTEST = .venv/bin/python -m pytest -q

help:
	@echo "make demo     open the demo city (DEMO=\"--port 8800 --speed 4\" for options)"
	@echo "make test     everything that must pass: checks, tests, docs, browser tests"
	@echo "make gate     the same without the browser and what lasts (Spark, a year's attack)"
	@echo "make slow     long fuzzing, fault runs, whole-city builds"
	@echo "make bench    every benchmark, side by side with its peers"
	@echo "make docs     build the documentation into site/"

demo:
	@tools/bootstrap.sh
	.venv/bin/gengfu demo $(DEMO)

test: gate lasting screens

gate:
	@tools/bootstrap.sh system
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports
	.venv/bin/basedpyright
	$(PYTEST) -n 2 --dist loadgroup -m "not slow and not screens and not lasting"
	.venv/bin/mkdocs build --strict --quiet

lasting:
	@tools/bootstrap.sh system
	$(PYTEST) -n 2 --dist loadgroup -m "lasting and not slow"

screens:
	@tools/bootstrap.sh system
	$(PYTEST) -m "screens and not slow"

slow:
	@tools/bootstrap.sh system
	HYPOTHESIS_PROFILE=night $(PYTEST) -m slow

bench:
	@tools/bootstrap.sh system
	.venv/bin/python -m bench

docs:
	@tools/bootstrap.sh
	.venv/bin/mkdocs build --strict

lock:
	@tools/bootstrap.sh
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-header -q -o requirements.lock
	uv pip compile pyproject.toml --group dev --extra spark --universal --generate-hashes --no-header -q -o requirements-spark.lock

clean:
	rm -rf .venv .uv site .pytest_cache .ruff_cache .hypothesis
