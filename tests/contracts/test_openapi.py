"""The OpenAPI document is whole, says what is enforced, and validates."""

import re
from typing import Any

import jsonschema_rs
import pytest
from tests.contracts.whole import Whole, declared, own

METHODS = {"get", "post"}


@pytest.fixture(scope="module")
def document(whole: Whole) -> dict[str, Any]:
    answer = whole.client.get("/api/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]


def test_every_declared_route_is_documented(
    whole: Whole, document: dict[str, Any]
) -> None:
    routes = [t.route for t in (*declared(), *own(whole))]
    wanted = {(f"/api/v1{r.path}", r.method.lower()) for r in routes}
    found = {(path, method) for path, method, _ in operations(document)}
    assert wanted <= found
    assert {method for _, method in found} <= METHODS


def test_operations_name_roles_purpose_and_refusals(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        where = f"{method} {path}"
        assert operation["summary"], where
        assert "x-purpose" in operation, where
        assert isinstance(operation["x-roles"], list), where
        answers = operation["responses"]
        assert {"400", "500", "503"} <= set(answers), where
        if operation["x-roles"]:
            assert {"401", "403"} <= set(answers), where
        for status, answer in answers.items():
            if status >= "400":
                assert set(answer["content"]) == {"application/problem+json"}, where


def test_operation_ids_are_unique(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))


def test_path_parameters_match_their_paths(document: dict[str, Any]) -> None:
    for path, _, operation in operations(document):
        named = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
        assert named == set(re.findall(r"\{(\w+)\}", path))


def test_references_resolve(document: dict[str, Any]) -> None:
    known = document["components"]["schemas"]
    found = re.findall(r"#/components/schemas/(\w+)", str(document))
    assert found
    assert set(found) <= set(known)


def test_schemas_are_json_schema(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        whole_schema = schema | {"components": document["components"]}
        assert jsonschema_rs.meta.is_valid(whole_schema), name
        jsonschema_rs.Draft202012Validator(whole_schema)


def test_a_taken_call_fits_its_schema(whole: Whole, document: dict[str, Any]) -> None:
    headers = whole.headers("dispatcher", "emergency-response")
    body = {"channel": "phone", "text": "a man fell", "type": "fall"}
    answer = whole.client.post("/api/v1/calls", headers=headers, json=body)
    operation = document["paths"]["/api/v1/calls"]["post"]
    content = operation["responses"][str(answer.status_code)]["content"]
    (schema,) = [c["schema"] for c in content.values()]
    jsonschema_rs.Draft202012Validator(
        schema | {"components": document["components"]}
    ).validate(answer.json())
