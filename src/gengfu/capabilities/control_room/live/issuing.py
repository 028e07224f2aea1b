"""Which run cards serve: a new version only once it was tried on the recorded past.

A server that finds cards nobody rehearsed goes on with the last ones in service, whose
words stand on the ledger, and says so: a file that was edited at night neither changes
who is sent nor keeps the server from starting.
"""

import logging
from dataclasses import dataclass

from gengfu.capabilities.control_room.cases.cards import (
    Cards,
    CardsStage,
    adopt,
    cards,
    cards_id,
    retire,
    take,
)
from gengfu.capabilities.control_room.cases.incidents import incident
from gengfu.capabilities.control_room.cases.roles import RESPONSE
from gengfu.capabilities.control_room.rules.catalogue import Catalogue
from gengfu.capabilities.control_room.rules.plan_data import load_run_cards
from gengfu.capabilities.control_room.rules.plans import RunCards
from gengfu.kernel import Codec, Desk, Reader, clockwork
from gengfu.surface import Site

_log = logging.getLogger("gengfu.room")


@dataclass(frozen=True, slots=True)
class Issued:
    """The cards that serve, and the version of the city's file where that waits."""

    cards: RunCards
    waiting: str | None = None


def issue(site: Site, toml: str, wanted: RunCards, catalogue: Catalogue) -> Issued:
    """Take the city's cards into service, or go on with the last ones.

    Raises:
        BadInput: the last ones name types that the city no longer has.

    """

    def settle(desk: Desk) -> Cards:
        now = next(iter(desk.list(cards, stages=(CardsStage.IN_SERVICE,))), None)
        own = cards_id(toml)
        if now is not None and now.id == own:
            return now
        known = desk.tx.find(cards.kind, own) is not None
        if now is not None:
            if not known and desk.list(incident, limit=1):
                return now
            desk.apply(now.id, retire)
        if known:
            return desk.apply(own, take)
        return desk.open_as(own, adopt, edition=wanted.version, toml=toml)

    serving = site.office.serve(clockwork(RESPONSE), RESPONSE, settle)
    if serving.toml == toml:
        return Issued(wanted)
    _log.warning(
        "run cards %s were not rehearsed and wait; %s go on serving:"
        " run `gengfu cards rehearse`, then start again",
        wanted.version,
        serving.edition,
    )
    return Issued(load_run_cards(serving.toml, catalogue), wanted.version)


def in_service(codec: Codec, reader: Reader) -> Cards | None:
    """Return the version that serves; None where no server has started here yet."""
    rows = reader.rows(cards.kind, stages=(CardsStage.IN_SERVICE,))
    return next((codec.decode(Cards, row.body) for row in rows), None)
