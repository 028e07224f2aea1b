"""What the command line asks of run cards: a version tried on the recorded past."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from gengfu.adapters.codec import JsonCodec
from gengfu.capabilities.control_room.cases.roles import RESPONSE
from gengfu.capabilities.control_room.live.issuing import in_service
from gengfu.capabilities.control_room.live.rehearsal import (
    RehearsalView,
    record_rehearsal,
    rehearse_cards,
)
from gengfu.capabilities.control_room.live.rulebook import Rulebook, read_rulebook
from gengfu.capabilities.control_room.rules.plan_data import load_run_cards
from gengfu.kernel import BadInput, Codec, Reader, Refused, RuleBroken, clockwork
from gengfu.surface import Town

from .auditing import existing
from .config import Settings
from .installed import INSTALLED
from .platform import office_of
from .serving import sole_user
from .town import open_town


@dataclass(frozen=True, slots=True)
class _Ruled:
    """A city and its rules, with the cards that serve there."""

    town: Town
    rulebook: Rulebook
    codec: Codec


@dataclass(frozen=True, slots=True)
class Tried:
    """The very words that were tried, and what was found."""

    toml: str
    found: RehearsalView


def rehearse(settings: Settings, file: Path, since: datetime | None) -> Tried:
    """Compare a file of run cards with those in service, on what was recorded.

    `since` without a zone is by the city's clocks.

    Raises:
        BadInput: no city is named, or cards cannot be read: names card and field.
        NotFound: there is no such database.

    """
    if settings.city is None:
        raise BadInput("--city: name the city pack whose rules apply")
    toml = _read(file)
    town = open_town(settings.city)
    if since is not None and since.tzinfo is None:
        since = since.replace(tzinfo=ZoneInfo(town.timezone))
    written, codec = read_rulebook(town), JsonCodec()
    load_run_cards(toml, written.catalogue, file.name)
    store = existing(settings)

    def compare(reader: Reader) -> RehearsalView:
        now = in_service(codec, reader)
        rules = written
        if now is not None:
            rules = replace(rules, cards=load_run_cards(now.toml, rules.catalogue))
        ruled = _Ruled(town, rules, codec)
        return rehearse_cards(ruled, reader, toml, since, None)

    try:
        return Tried(toml, store.read(compare))
    finally:
        store.close()


def record(settings: Settings, tried: Tried) -> None:
    """Put the rehearsal on the ledger: the next start may take the cards into service.

    Raises:
        Refused: a server runs on this SQLite file, or nothing was tried.

    """
    with _undisturbed(settings.database()):
        store = existing(settings)
        office = office_of(store, settings.master(), INSTALLED)
        try:
            office.serve(
                clockwork(RESPONSE),
                RESPONSE,
                lambda desk: record_rehearsal(desk, tried.toml, tried.found),
            )
        finally:
            store.close()


@contextmanager
def _undisturbed(address: str) -> Generator[None]:
    try:
        with sole_user(address):
            yield
    except RuleBroken:
        raise
    except Refused as error:
        raise Refused(
            f"not recorded: {error}; stop it first, or have a commander rehearse there:"
            " POST /api/v1/run-cards/rehearse"
        ) from None


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode()
    except UnicodeDecodeError:
        raise BadInput(f"{file.name}: is not text in UTF-8") from None
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror}") from None
