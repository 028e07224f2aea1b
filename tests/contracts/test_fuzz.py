"""Schemathesis over the whole API: what fits and what does not, never a fault of ours.

Each operation is asked for as somebody who may use it: a few times after the gate, where
test_hostile.py has asked each route already; `make slow` goes on for longer.
"""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.contracts.whole import Whole, declared

from gengfu.app.installed import PUBLIC
from gengfu.web.openapi import document

pytestmark = pytest.mark.lasting  # the gate does not even load this file
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
FEW, MANY = 8, 400
HEALTH = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
BY_ID = {f"{t.tag}_{t.route.name}": t.route for t in declared()}


def configured(mode: GenerationMode) -> Any:
    described = document(
        declared(), prefix="/api/v1", version="0", public=[role for role, _ in PUBLIC]
    )
    del described["paths"]["/api/v1/feed"]  # it never ends; tests/web has its own
    for item in described["paths"].values():
        for operation in item.values():  # who asks, and what for, is not fuzzed here
            operation.pop("security")
            operation["parameters"] = [
                p for p in operation["parameters"] if p["in"] != "header"
            ]
    schema = schemathesis.openapi.from_dict(described)
    schema.config.generation.update(modes=[mode])
    rejection = schema.config.checks.negative_data_rejection
    rejection.expected_statuses = [*rejection.expected_statuses, "413"]  # too large
    schema.config.phases.coverage.enabled = False
    return schema


def call(case: Any, whole: Whole, *more: Any) -> None:
    route = BY_ID.get(case.operation.definition.raw["operationId"])
    headers = {}
    if route is not None:
        headers = whole.headers(whole.holder(route), str(route.purpose))
    base = str(whole.client.base_url).rstrip("/")
    answer = case.call(base_url=base, headers=headers, timeout=20)
    case.validate_response(answer, checks=[*CHECKS, *more])


few = settings(max_examples=FEW, deadline=None, suppress_health_check=HEALTH)
many = settings(max_examples=MANY, deadline=None, suppress_health_check=HEALTH)
good = configured(GenerationMode.POSITIVE)
bad = configured(GenerationMode.NEGATIVE)


@good.parametrize()
@few
def test_what_fits(case: Any, whole: Whole) -> None:
    call(case, whole)


@bad.parametrize()
@few
def test_what_does_not_fit(case: Any, whole: Whole) -> None:
    call(case, whole, negative_data_rejection)


@pytest.mark.slow
@good.parametrize()
@many
def test_what_fits_for_long(case: Any, whole: Whole) -> None:
    call(case, whole)


@pytest.mark.slow
@bad.parametrize()
@many
def test_what_does_not_fit_for_long(case: Any, whole: Whole) -> None:
    call(case, whole, negative_data_rejection)
