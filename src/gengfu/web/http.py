"""Declared routes as HTTP: bytes in, a typed value through the door, bytes out."""

import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.routing import Route as Path

from gengfu.kernel import BadInput, Role
from gengfu.surface import Route, Routes, admit, read_query

from . import paths
from .bodies import body_bytes, read_body, require_json, require_media
from .doors import ANONYMOUS, Lobby, OpenDoor, address, language
from .metrics import Metrics
from .openapi import Tagged, document
from .problems import HTTP_CODES, Problem, answer, problem_of, refusal
from .throttle import Throttle

PREFIX = "/api/v1"
JSON = "application/json"
_NO_STORE = {"Cache-Control": "no-store"}
_EMPTY = 204

type Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Api:
    """The public API of everything installed."""

    lobby: Lobby
    version: str
    metrics: Metrics
    throttle: Throttle
    """For what those who are not signed in change."""
    looking: Throttle
    """For what they look at: searching a city costs more than asking for it."""
    page: Callable[[Request, Problem], Response]
    """Shows a refusal to a person who asked for a page."""

    def app(
        self, groups: Iterable[Routes], more: Sequence[BaseRoute] = (), **state: Any
    ) -> FastAPI:
        """Return the application with all routes and their documentation."""
        paths.install()
        public = [role for role, _ in self.lobby.public]
        tagged = [
            Tagged(g.tag, r, throttled=_throttled(r, public))
            for g in groups
            for r in g.declared
        ]
        described = document(tagged, prefix=PREFIX, version=self.version, public=public)
        app = FastAPI(
            title="Gengfu",
            version=self.version,
            openapi_url=None,
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
            exception_handlers={
                HTTPException: self._http_refusal,
                Exception: self._refusal,
            },
            **state,
        )
        app.router.redirect_slashes = False

        async def openapi(_request: Request) -> Response:
            return JSONResponse(described, headers={"Cache-Control": "no-cache"})

        app.router.routes.append(Path("/api/openapi.json", openapi, methods=["GET"]))
        for one in sorted(tagged, key=lambda t: paths.weight(t.route.path)):
            app.router.routes.append(
                Path(
                    PREFIX + paths.routed(one.route.path),
                    self.endpoint(one),
                    methods=[one.route.method],
                    name=f"{one.tag}_{one.route.name}",
                )
            )
        app.router.routes.extend(more)
        return app

    def endpoint(self, tagged: Tagged) -> Endpoint:
        """Return what serves one route."""
        route, name = tagged.route, f"{tagged.tag}_{tagged.route.name}"

        async def serve(request: Request) -> Response:
            began = time.perf_counter()
            try:
                response = await self._served(route, request)
            except Exception as error:  # every refusal leaves as a problem
                response = answer(problem_of(error, language(request)))
            self.metrics.answered(
                name, response.status_code, time.perf_counter() - began
            )
            return response

        return serve

    async def _served(self, route: Route, request: Request) -> Response:
        door = self.lobby.door(request, route.roles)
        anonymous = door.actor is None or door.actor.id == ANONYMOUS
        if anonymous:
            slow = self.looking if route.method == "GET" else self.throttle
            slow.take(address(request), time.monotonic())
        admit(door, route.roles, route.purpose)
        given: dict[str, Any] = dict(request.path_params)
        if (data := await _data(route, request, door)) is not None:
            given["data"] = data
        found = await route.handle(door, **given)
        if found is None and route.status == _EMPTY:
            return Response(status_code=_EMPTY)
        return Response(door.codec.encode(found), route.status, _NO_STORE, JSON)

    async def _http_refusal(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        code = HTTP_CODES.get(status, "error")
        detail = {
            404: f"nothing is at {request.url.path[:200]}",
            405: f"{request.method} is not for this path",
        }.get(status, "")
        problem = refusal(code, status, detail, language(request))
        made = self.page(request, problem) if _of_page(request) else answer(problem)
        if isinstance(error, HTTPException) and error.headers:
            made.headers.update(error.headers)
        return made

    async def _refusal(self, request: Request, error: Exception) -> Response:
        return answer(problem_of(error, language(request)))


def _of_page(request: Request) -> bool:
    """Tell whether a browser asks for something to show, rather than a program."""
    html = "text/html" in request.headers.get("accept", "")
    return html and not request.url.path.startswith("/api/")


def _throttled(route: Route, public: Sequence[Role]) -> bool:
    return not route.roles or bool(set(route.roles) & set(public))


async def _data(route: Route, request: Request, door: OpenDoor) -> Any:
    if route.method == "GET":
        return _query(route, request)
    if route.upload is not None:
        require_media(request, route.upload.media)
        return await body_bytes(request, route.upload.most_bytes)
    raw = await body_bytes(request)
    if route.body is None:
        return None
    require_json(request)
    return read_body(route.body, raw, door.codec)


def _query(route: Route, request: Request) -> Any:
    given: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in given:
            raise BadInput(f"{name[:60]}: given twice")
        given[name] = value
    asked = {name: value for name, value in given.items() if name != "lang"}
    if route.query is None:
        if asked:
            raise BadInput(f"{next(iter(asked))[:60]}: this takes no query")
        return None
    wanted = given if "lang" in route.query.__dataclass_fields__ else asked
    return read_query(route.query, wanted)
