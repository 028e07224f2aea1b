"""Pages: screens of capabilities, sign-in for the demonstration, files, base map."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from mimetypes import guess_type
from pathlib import Path as File
from typing import Any
from urllib.parse import parse_qsl, quote

from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from gengfu.kernel import UNPRINTABLE, BadInput, Forbidden, NotFound, SignInNeeded
from gengfu.surface import Document, Screen, Speech, Town, admit

from . import kept, paths
from .bodies import body_bytes
from .details import in_language
from .doors import LANGUAGE_COOKIE, Lobby, OpenDoor, address, language
from .i18n import Words, words
from .problems import Problem, problem_of
from .sessions import COOKIE, SESSION_LIFE, Account, Session, StandsFor
from .templates import STATIC, look, render
from .terms import say, terms
from .throttle import Throttle

THEMES = ("dark", "light", "auto")
DARK_PAGES = ("console.html", "supervision.html")
_DAY_S = 86_400
_YEAR_S = 31_536_000
_MOST_FORM_FIELDS = 60

type Serve = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class CityCard:
    """What every page says of the city."""

    name: str
    name_zh: str
    timezone: str
    simulated: bool
    emergency_number: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """An account that the sign-in page offers."""

    id: str
    name: str
    name_zh: str
    role: str


@dataclass(frozen=True, slots=True)
class Pages:
    """Everything that is HTML or a file."""

    lobby: Lobby
    city: CityCard
    town: Town
    screens: Sequence[Screen]
    standing: Callable[[Account], Sequence[tuple[str, str, str]]]
    """Whom an account may stand for: (id, name, name in Chinese)."""
    throttle: Throttle
    """For the forms of those who are not signed in."""
    looking: Throttle
    """For the pages that they look at."""
    signed_out: Callable[[Session], Awaitable[None]]
    """Ends the session that a page signs out."""
    code: str
    """Which code makes the pages; a part of their tags."""

    def routes(self) -> list[BaseRoute]:
        """Return the routes, to stand after those of the API."""
        paths.install()
        screens: list[BaseRoute] = []
        for screen in sorted(self.screens, key=lambda s: paths.weight(s.path)):
            path = paths.routed(screen.path)
            screens.append(Route(path, self._page(screen), methods=["GET"]))
            if screen.take is not None:
                screens.append(Route(path, self._form(screen), methods=["POST"]))
        return [
            Route("/", self._home, methods=["GET"]),
            Route("/sign-in", self._sign_in, methods=["GET"]),
            Route("/sign-in", self._signed_in, methods=["POST"]),
            Route("/sign-out", self._sign_out, methods=["POST"]),
            Route("/errors/{code}", self._error_words, methods=["GET"]),
            Route("/city/basemap.pmtiles", self._basemap, methods=["GET"]),
            Route("/favicon.ico", _favicon, methods=["GET"]),
            *_field_files(),
            *screens,
            Mount("/static", _Static(directory=STATIC)),
        ]

    # -- screens -------------------------------------------------------------------

    def _page(self, screen: Screen) -> Serve:
        async def serve(request: Request) -> Response:
            return await self._shown(screen, request, None)

        return serve

    def _form(self, screen: Screen) -> Serve:
        async def serve(request: Request) -> Response:
            try:
                _same_origin(request)
                if self.lobby.session(request) is None:
                    self.throttle.take(address(request), time.monotonic())
                form = await read_form(request)
            except Exception as error:
                return self.error(request, error)
            return await self._shown(screen, request, form)

        return serve

    async def _shown(
        self, screen: Screen, request: Request, form: Mapping[str, str] | None
    ) -> Response:
        try:
            session = self.lobby.session(request)
            if session is None and screen.roles and not self._public(screen):
                return _to_sign_in(request)
            if session is None and form is None:
                self.looking.take(address(request), time.monotonic())
            door = self._door(request, screen, session)
            admit(door, screen.roles, screen.purpose)
            if screen.made_of is not None and form is None and self._public(screen):
                return await self._kept(screen, request, door)
            if screen.document is not None:
                return _file(await self._document(screen, request, door))
            context = await self._context(screen, request, door, form)
            page = self.render(request, screen.template, session, context)
        except Exception as error:
            return self.error(request, error)
        response = HTMLResponse(page, headers={"Cache-Control": "no-store"})
        _keep_language(request, response)
        return response

    async def _kept(self, screen: Screen, request: Request, door: OpenDoor) -> Response:
        """Answer with what anybody may keep: the same for all who ask the same.

        Nothing of who is signed in goes into such a page.
        """
        made_of = "" if screen.made_of is None else await screen.made_of(door)
        said = (door.language, theme(request, screen.template), str(request.url.query))
        here = (self.code, look(), str(self.city), request.url.path)
        tag = kept.tag_of(*here, made_of, *said)
        response = kept.unchanged(request, tag)
        if response is None:
            content, kind, headers = await self._made(screen, request, door)
            response = await asyncio.to_thread(
                kept.kept, request, tag, content, kind, headers
            )
        _keep_language(request, response)
        if "set-cookie" in response.headers:
            response.headers["Cache-Control"] = kept.FOR_ONE
        return response

    async def _made(
        self, screen: Screen, request: Request, door: OpenDoor
    ) -> tuple[bytes, str, dict[str, str]]:
        if screen.document is not None:
            made = await self._document(screen, request, door)
            # Open to pages of others too: what is published may be drawn anywhere.
            headers = {"Access-Control-Allow-Origin": "*", **_called(made)}
            return made.content, made.media_type, headers
        context = await self._context(screen, request, door, None)
        context["unit_id"] = ""
        page = self.render(request, screen.template, None, context)
        return page.encode(), "text/html; charset=utf-8", {}

    async def _document(
        self, screen: Screen, request: Request, door: OpenDoor
    ) -> Document:
        if screen.document is None:
            raise NotFound(f"nothing is at {request.url.path[:200]}")
        speech: Speech = self.words(request)
        return await screen.document(door, **request.path_params, speech=speech)

    def _door(
        self, request: Request, screen: Screen, session: Session | None
    ) -> OpenDoor:
        """Open a page's door; a page is made for the purpose its screen declares."""
        actor = None if session is None else session.actor
        if actor is None:
            return self.lobby.door(request, screen.roles, unless_said=screen.purpose)
        return OpenDoor(actor, screen.purpose, language(request), self.lobby)

    def _public(self, screen: Screen) -> bool:
        return bool({role for role, _ in self.lobby.public} & set(screen.roles))

    async def _context(
        self,
        screen: Screen,
        request: Request,
        door: OpenDoor,
        form: Mapping[str, str] | None,
    ) -> dict[str, Any]:
        represents = None if door.actor is None else door.actor.represents
        context: dict[str, Any] = {"page": screen.title, "unit_id": represents or ""}
        if form is not None and screen.take is not None:
            given = {**request.path_params, "form": form}
            return context | dict(await screen.take(door, **given))
        if screen.fill is not None:
            given = {**request.path_params, "query": dict(request.query_params)}
            context |= dict(await screen.fill(door, **given))
        return context

    def render(
        self,
        request: Request,
        template: str,
        session: Session | None,
        context: Mapping[str, Any],
    ) -> str:
        """Fill a template with what every page has and what this one brings."""
        return render(
            template,
            self.words(request),
            theme=theme(request, template),
            **({"city": self.city, "me": _me(session)} | dict(context)),
        )

    def words(self, request: Request) -> Words:
        """Return the language and time zone of a page."""
        return words(language(request), self.city.timezone)

    def error(self, request: Request, error: Exception) -> Response:
        """Return the page that says what went wrong."""
        if isinstance(error, SignInNeeded):
            return _to_sign_in(request)
        return self.refused(request, problem_of(error, language(request)))

    def refused(self, request: Request, problem: Problem) -> Response:
        """Return the page of a refusal."""
        context = {
            "status": problem.status,
            "title": problem.title,
            "detail": problem.incident or problem.detail,
            "page": "error",
        }
        page = self.render(request, "error.html", None, context)
        return HTMLResponse(page, problem.status, {"Cache-Control": "no-store"})

    # -- signing in ----------------------------------------------------------------

    async def _home(self, request: Request) -> Response:
        session = self.lobby.sessions.find(request)
        home = "/sign-in" if session is None else session.account.home
        response = RedirectResponse(home, 303)
        _keep_language(request, response)
        return response

    async def _sign_in(self, request: Request) -> Response:
        return self._sign_in_page(request, "", 200)

    def _sign_in_page(self, request: Request, problem: str, status: int) -> Response:
        context = {
            "page": "sign_in",
            "problem": problem,
            "next": _own_path(request.query_params.get("next", "")),
            "demo_accounts": self._offers(),
        }
        page = self.render(request, "sign_in.html", None, context)
        response = HTMLResponse(page, status, {"Cache-Control": "no-store"})
        _keep_language(request, response)
        return response

    async def _signed_in(self, request: Request) -> Response:
        sessions = self.lobby.sessions
        try:
            _same_origin(request)
            self.throttle.take(address(request), time.monotonic())
            if not sessions.page_sign_in:
                closed = say("error.no-demo-sign-in", language(request))
                return self._sign_in_page(request, closed, 403)
            form = await read_form(request)
            account, represents = self._chosen(form)
        except (NotFound, BadInput) as error:
            words = in_language(str(error), language(request))
            return self._sign_in_page(request, words, 400)
        except Exception as error:
            return self.error(request, error)
        response = RedirectResponse(
            _own_path(form.get("next", "")) or account.home, 303
        )
        response.set_cookie(
            COOKIE,
            sessions.cookie(account.name, represents),
            max_age=int(SESSION_LIFE.total_seconds()),
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return response

    def _chosen(self, form: Mapping[str, str]) -> tuple[Account, str | None]:
        """Return the account a form asks for; raises NotFound or BadInput."""
        name, _, represents = form.get("account", "").partition(":")
        represents = represents or form.get("represents", "")
        account = self.lobby.sessions.account(name, represents or None)
        known = {one for one, *_ in self.standing(account)}
        if not account.signs_in or (represents and represents not in known):
            raise NotFound(f"no account is called {name[:60]}")
        return account, represents or None

    async def _sign_out(self, request: Request) -> Response:
        try:
            _same_origin(request)
        except Forbidden as error:
            return self.error(request, error)
        session = self.lobby.sessions.of_page(request)
        if session is not None:
            await self.signed_out(session)
        response = RedirectResponse("/sign-in", 303)
        response.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return response

    def _offers(self) -> list[Offer]:
        offers: list[Offer] = []
        for account in self.lobby.sessions.accounts.values():
            if not account.signs_in or not self.lobby.sessions.page_sign_in:
                continue
            role = account.name
            if account.stands_for is StandsFor.NOBODY:
                offers.append(Offer(role, role, role, role))
            for one, name, name_zh in self.standing(account):
                offers.append(Offer(f"{role}:{one}", name, name_zh, role))
        return offers

    # -- files -----------------------------------------------------------------------

    async def _basemap(self, request: Request) -> Response:
        file = self.town.basemap
        if file is None:
            return self.error(request, NotFound("this city has no base map"))
        return FileResponse(
            file,
            media_type="application/vnd.pmtiles",
            headers={"Cache-Control": "no-cache", "Accept-Ranges": "bytes"},
        )

    async def _error_words(self, request: Request) -> Response:
        code = f"error.{request.path_params['code']}"
        if code not in terms():
            return self.error(request, NotFound("no error is called so"))
        return PlainTextResponse(say(code, language(request)) + "\n")


class _Static(StaticFiles):
    """Our files are asked for anew by ETag, unless their address names their bytes.

    Vendored ones keep for a day. Sheets and scripts go out packed.
    """

    def file_response(
        self, full_path: Any, stat_result: Any, scope: Scope, status_code: int = 200
    ) -> Response:
        request = Request(scope)
        kind, _ = guess_type(str(full_path))
        if kept.packs(request, kind or "", stat_result.st_size):
            tag, packed = kept.packed_file(str(full_path), stat_result.st_mtime_ns)
            headers = {"ETag": f'"{tag}"', "Content-Encoding": "gzip"}
            response = Response(packed, status_code, headers, kind)
            if self.is_not_modified(response.headers, request.headers):
                response = Response(None, 304, {"ETag": f'"{tag}"'})
        else:
            response = super().file_response(full_path, stat_result, scope, status_code)
        if "/vendor/" in scope["path"]:
            keep = f"public, max-age={_DAY_S}"
        elif request.query_params.get("v"):
            keep = f"public, max-age={_YEAR_S}, immutable"
        else:
            keep = "no-cache"
        response.headers["Cache-Control"] = keep
        response.headers["Vary"] = "Accept-Encoding"
        return response


def theme(request: Request, template: str) -> str:
    """Return the theme chosen before; consoles are dark, other pages as the device."""
    chosen = request.cookies.get("theme", "")
    if chosen in THEMES:
        return chosen
    return "dark" if template in DARK_PAGES else "auto"


async def read_form(request: Request) -> dict[str, str]:
    """Read a small urlencoded form; raises BadInput naming the field."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise BadInput("a form comes as application/x-www-form-urlencoded")
    raw = await body_bytes(request)
    try:
        pairs = parse_qsl(
            raw.decode(),
            keep_blank_values=True,
            max_num_fields=_MOST_FORM_FIELDS,
            errors="strict",
        )
    except (UnicodeDecodeError, ValueError):
        raise BadInput("this form cannot be read") from None
    form: dict[str, str] = {}
    for name, value in pairs:
        if name in form:
            raise BadInput(f"{name[:60]}: given twice")
        if UNPRINTABLE.search(value):
            raise BadInput(f"{name[:60]}: holds a control character")
        form[name] = value.replace("\r\n", "\n")
    return form


def _same_origin(request: Request) -> None:
    """Refuse a form that another site's page has sent; raises Forbidden."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    here = f"{request.url.scheme}://{request.headers.get('host', '')}"
    if site not in (None, "same-origin", "none") or origin not in (None, here):
        raise Forbidden("this form was sent by a page of another site")


def _file(document: Document) -> Response:
    """Send a file that a screen made, to be looked at rather than kept."""
    headers = {**_called(document), "Cache-Control": "private, no-store"}
    return Response(document.content, 200, headers, document.media_type)


def _called(document: Document) -> dict[str, str]:
    name = quote(document.name, safe="")
    return {"Content-Disposition": f"inline; filename*=UTF-8''{name}"}


def _me(session: Session | None) -> dict[str, Any] | None:
    if session is None:
        return None
    return {
        "name": session.represents or session.account.name,
        "account": session.account.name,
        "roles": session.account.roles,
        "represents": session.represents,
    }


def _to_sign_in(request: Request) -> Response:
    path = quote(request.url.path, safe="/")
    return RedirectResponse(f"/sign-in?next={path}", 303)


def _own_path(path: str) -> str:
    """Return a path of ours to go on to, or nothing."""
    ours = path.startswith("/") and path[1:2] not in ("/", "\\")
    return path if ours and path.isprintable() and "\\" not in path else ""


def _keep_language(request: Request, response: Response) -> None:
    asked = request.query_params.get("lang")
    known = request.cookies.get(LANGUAGE_COOKIE)
    if asked and asked == language(request) and asked != known:
        response.set_cookie(LANGUAGE_COOKIE, asked, max_age=_YEAR_S, samesite="lax")


def _field_files() -> list[BaseRoute]:
    """Serve the field app's manifest and worker from the scope they are for."""

    def serve(file: File, kind: str) -> Serve:
        async def send(_request: Request) -> Response:
            headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": "/field"}
            return FileResponse(file, media_type=kind, headers=headers)

        return send

    folder = STATIC / "field"
    manifest = folder / "manifest.webmanifest"
    worker = folder / "sw.js"
    return [
        Route(
            "/field/manifest.webmanifest",
            serve(manifest, "application/manifest+json"),
        ),
        Route("/field/sw.js", serve(worker, "text/javascript")),
    ]


async def _favicon(_request: Request) -> Response:
    return FileResponse(STATIC / "favicon.svg", media_type="image/svg+xml")
