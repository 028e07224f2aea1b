"""OpenAPI 3.1 from declared routes: what is documented is what is enforced."""

from collections.abc import Iterable, Sequence
from dataclasses import MISSING, dataclass, fields
from typing import Annotated, Any, cast, get_args, get_origin, get_type_hints

from gengfu.kernel import Role
from gengfu.surface import REFUSALS, Route, Schemas

from .paths import CASE_PATTERN, LONGEST_ID, parameters_of
from .problems import PROBLEM

type Json = dict[str, Any]

MORE_REFUSALS = {
    "415": "The body is declared as something other than what is taken",
    "429": "Too many requests from this address",
    "500": "Our fault; the incident id is in our log",
}
PROBLEM_SCHEMA: Json = {
    "type": "object",
    "description": "Problem details (RFC 9457)",
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "place": {"type": "string", "description": "The field that was refused"},
        "incident": {"type": "string", "description": "What our log calls it"},
    },
    "required": ["type", "title", "status"],
}
SCHEMES: Json = {
    "session": {"type": "apiKey", "in": "cookie", "name": "gengfu_session"},
    "token": {"type": "http", "scheme": "bearer"},
}


FILE: Json = {"type": "string", "format": "binary"}
_PROBLEM_CONTENT: Json = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
FEED: Json = {
    "operationId": "platform_feed",
    "tags": ["platform"],
    "summary": "Follow the ledger live",
    "description": (
        "Server-sent events: `entry` for each ledger entry (its id is the seq),"
        " `positions` and `tick` each second, `reset` when the client must take a fresh"
        " picture. Crews and agencies hear what concerns them."
    ),
    "parameters": [
        {
            "name": "from",
            "in": "query",
            "required": False,
            "description": "Go on after this seq, as of the picture last taken",
            "schema": {"type": "integer", "minimum": -1},
        },
        {
            "name": "Last-Event-ID",
            "in": "header",
            "required": False,
            "description": "The same; an EventSource sends it when it comes back",
            "schema": {"type": "integer", "minimum": -1},
        },
    ],
    "security": [{"session": []}, {"token": []}],
    "responses": {
        "200": {
            "description": "Events until either side goes",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        }
    }
    | {
        status: {
            "description": (REFUSALS | MORE_REFUSALS)[status],
            "content": _PROBLEM_CONTENT,
        }
        for status in ("400", "401", "403", "500", "503")
    },
    "x-roles": [],
    "x-purpose": "that of the capabilities followed",
}


@dataclass(frozen=True, slots=True)
class Tagged:
    """A route and the heading it stands under."""

    tag: str
    route: Route
    throttled: bool = False


def document(
    routes: Iterable[Tagged],
    *,
    prefix: str,
    version: str,
    public: Sequence[Role] = (),
) -> Json:
    """Return the OpenAPI document of these routes."""
    schemas = Schemas()
    schemas.components["Problem"] = PROBLEM_SCHEMA
    paths: Json = {}
    tags: dict[str, Json] = {}
    for tagged in routes:
        route = tagged.route
        operation = _operation(tagged, schemas, public)
        item = paths.setdefault(prefix + route.path, {})
        item[route.method.lower()] = operation
        tags[tagged.tag] = {"name": tagged.tag}
    paths[f"{prefix}/feed"] = {"get": FEED}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Gengfu",
            "version": version,
            "summary": "The operations system of a city's public safety service",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "tags": sorted(tags.values(), key=lambda tag: tag["name"]),
        "paths": paths,
        "components": {"schemas": schemas.components, "securitySchemes": SCHEMES},
    }


def _operation(tagged: Tagged, schemas: Schemas, public: Sequence[Role]) -> Json:
    route = tagged.route
    summary, _, rest = route.words.strip().partition("\n")
    operation: Json = {
        "operationId": f"{tagged.tag}_{route.name}",
        "tags": [tagged.tag],
        "summary": summary.rstrip("."),
        "parameters": [
            *_path_parameters(route),
            *_query_parameters(route, schemas),
            *_purpose_parameter(route),
        ],
        "responses": {str(route.status): _answer(route, schemas)} | _refusals(tagged),
        "x-roles": list(route.roles),
        "x-purpose": route.purpose,
    }
    if rest.strip():
        operation["description"] = "\n".join(
            s.strip() for s in rest.strip().split("\n")
        )
    open_to_all = not route.roles or set(route.roles) & set(public)
    operation["security"] = [
        {"session": []},
        {"token": []},
        *([{}] if open_to_all else []),
    ]
    if route.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schemas.of(route.body)}},
        }
    if route.upload is not None:
        limit = f"At most {route.upload.most_bytes} bytes"
        operation["requestBody"] = {
            "required": True,
            "description": limit,
            "content": {kind: {"schema": FILE} for kind in route.upload.media},
        }
    return operation


def _answer(route: Route, schemas: Schemas) -> Json:
    words = "Done" if route.method == "POST" else "Found"
    if route.answers is None or route.answers is type(None):
        return {"description": words}
    schema = schemas.of(route.answers)
    return {"description": words, "content": {"application/json": {"schema": schema}}}


def _refusals(tagged: Tagged) -> Json:
    wanted = {"400", "500", "503"}
    if tagged.route.roles:
        wanted |= {"401", "403"}
    named = "{" in tagged.route.path or tagged.route.query is not None
    if named or tagged.route.method == "POST":
        wanted.add("404")
    if tagged.route.method == "POST":
        wanted |= {"403", "409", "413"}
    if tagged.route.body is not None or tagged.route.upload is not None:
        wanted.add("415")
    if tagged.throttled:
        wanted.add("429")
    known = REFUSALS | MORE_REFUSALS
    return {
        status: {"description": known[status], "content": _PROBLEM_CONTENT}
        for status in sorted(wanted)
    }


def _path_parameters(route: Route) -> list[Json]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {
                "type": "string",
                "minLength": 1,
                "maxLength": LONGEST_ID,
                "pattern": f"^{CASE_PATTERN}$",
            },
        }
        for name in parameters_of(route.path)
    ]


def _purpose_parameter(route: Route) -> list[Json]:
    if not route.roles:
        return []
    return [
        {
            "name": "X-Purpose",
            "in": "header",
            "required": True,
            "description": "Why this is asked for; another purpose is refused",
            "schema": {"type": "string", "enum": [str(route.purpose)]},
        }
    ]


def _query_parameters(route: Route, schemas: Schemas) -> list[Json]:
    if route.query is None:
        return []
    hints = get_type_hints(route.query, include_extras=True)
    found: list[Json] = []
    for field in fields(cast("Any", route.query)):
        must = field.default is MISSING and field.default_factory is MISSING
        schema = schemas.of(_without_none(hints[field.name]))
        if schema.get("type") == "string" and "format" not in schema:
            schema |= {"pattern": "^[^\\u0000-\\u001f\\u007f]*$"}
        found.append(
            {"name": field.name, "in": "query", "required": must, "schema": schema}
        )
    return found


def _without_none(hint: Any) -> Any:
    options = [a for a in get_args(hint) if a is not type(None)]
    if get_origin(hint) is not Annotated and len(options) == 1:
        return options[0]
    return hint
