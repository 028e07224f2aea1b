"""JSON Schema (2020-12) from the same types and limits that the codec enforces."""

import types
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin
from typing import get_type_hints as hints_of

from gengfu.kernel import Between, Length, Malformed

type Schema = dict[str, Any]

ATOMS: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    bytes: {"type": "string", "contentEncoding": "base64"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    time: {"type": "string", "format": "time"},
    timedelta: {"type": "string", "format": "duration"},
    type(None): {"type": "null"},
    Any: {},
    object: {},
}


class Schemas:
    """Collects the named schemas that a set of types needs."""

    def __init__(self) -> None:
        self.components: dict[str, Schema] = {}
        self._named: dict[str, type] = {}

    def of(self, kind: Any) -> Schema:
        """Return the schema of a type; dataclasses and enums become references."""
        kind = getattr(kind, "__value__", kind)
        kind = _plain(kind)
        if kind in ATOMS:
            return dict(ATOMS[kind])
        origin, parts = get_origin(kind), get_args(kind)
        if origin is Annotated:
            return self._limited(parts[0], parts[1:])
        if origin in (Union, types.UnionType):
            return {"anyOf": [self.of(part) for part in parts]}
        if origin is Literal:
            return {"enum": list(parts)}
        if origin is not None:
            return self._collection(origin, parts)
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            return self._reference(kind, {"type": "string", "enum": [*map(str, kind)]})
        if isinstance(kind, type) and is_dataclass(kind):
            return self._dataclass(kind)
        raise Malformed(f"no JSON schema for {kind!r}")

    def _collection(self, origin: Any, parts: tuple[Any, ...]) -> Schema:
        if origin in (tuple, list, frozenset, set):
            if origin is tuple and len(parts) > 1 and parts[-1] is not Ellipsis:
                n = len(parts)
                items = [self.of(part) for part in parts]
                alike = all(item == items[0] for item in items)
                fixed: Schema = {"type": "array", "minItems": n, "maxItems": n}
                return fixed | (
                    {"items": items[0]} if alike else {"prefixItems": items}
                )
            item = parts[0] if parts else object
            schema: Schema = {"type": "array", "items": self.of(item)}
            return schema | (
                {"uniqueItems": True} if origin in (frozenset, set) else {}
            )
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return {"type": "object", "additionalProperties": self.of(parts[1])}
        if isinstance(origin, type) and issubclass(origin, Iterable):
            return {"type": "array", "items": self.of(parts[0])}
        raise Malformed(f"no JSON schema for {origin!r}")

    def _limited(self, kind: Any, marks: tuple[Any, ...]) -> Schema:
        schema = self.of(kind)
        for mark in marks:
            if isinstance(mark, Between):
                schema |= {"minimum": mark.least, "maximum": mark.most}
            if isinstance(mark, Length):
                noun = "Items" if schema.get("type") == "array" else "Length"
                if schema.get("type") == "object":
                    noun = "Properties"
                schema |= {f"min{noun}": mark.least, f"max{noun}": mark.most}
        return schema

    def _dataclass(self, kind: type) -> Schema:
        name = kind.__name__
        if name in self._named:
            return self._reference(kind, {})
        self._named[name] = kind
        hints = hints_of(kind, include_extras=True)
        known = fields(cast("Any", kind))
        required = [
            f.name
            for f in known
            if f.default is MISSING and f.default_factory is MISSING
        ]
        self.components[name] = {}
        schema: Schema = {
            "type": "object",
            "properties": {f.name: self.of(hints[f.name]) for f in known},
            "additionalProperties": False,
        }
        if required:
            schema["required"] = required
        self.components[name] = schema
        return {"$ref": f"#/components/schemas/{name}"}

    def _reference(self, kind: type, schema: Schema) -> Schema:
        name = kind.__name__
        if self._named.setdefault(name, kind) is not kind:
            raise Malformed(f"two types in the API are called {name}")
        self.components.setdefault(name, schema)
        return {"$ref": f"#/components/schemas/{name}"}


def _plain(kind: Any) -> Any:
    """Unwrap NewTypes: on the wire a CaseId is its string."""
    while hasattr(kind, "__supertype__"):
        kind = kind.__supertype__
    return kind
