"""What the docstrings show is what a reader gets who types it in."""

import doctest
import importlib

import pytest

EXAMPLES = {
    "gengfu.science.detection.farrington": 5,
    "gengfu.science.detection.ears": 3,
    "gengfu.science.rates.limits": 2,
    "gengfu.science.rates.smooth": 1,
    "gengfu.science.scan.spatial": 4,
    "gengfu.science.evaluation.displacement": 2,
    "gengfu.science.evaluation.att": 4,
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(name):
    # A function of a package may carry its module's name: take the module itself.
    module = importlib.import_module(name)
    runner = doctest.DocTestRunner()
    for test in doctest.DocTestFinder().find(module, module.__name__):
        runner.run(test)
    assert runner.summarize() == (0, EXAMPLES[name])
