"""The roster of the city pack, signed on when a city is first served."""

from gengfu.capabilities.control_room.cases.roles import RESPONSE
from gengfu.capabilities.control_room.cases.units import sign_on, unit
from gengfu.kernel import CaseId, Desk, Place, clockwork
from gengfu.surface import Site


def sign_on_roster(site: Site) -> None:
    """Sign on the units of the roster that have never been on duty."""
    posts = {p.id: p for p in site.town.posts}

    def sign_on_missing(desk: Desk) -> None:
        known = {row.id for row in desk.tx.rows(unit.kind)}
        for crew in site.town.units:
            if crew.id in known:
                continue
            post = posts.get(crew.post)
            place = None if post is None else Place(post.lon, post.lat, post.name)
            desk.open_as(
                CaseId(crew.id),
                sign_on,
                callsign=crew.call_sign,
                kind=crew.kind,
                agency=crew.agency,
                post=crew.post,
                place=place,
                skills=tuple(dict.fromkeys((*crew.skills, *crew.capabilities))),
                crew=crew.crew,
            )

    site.office.serve(clockwork(RESPONSE), RESPONSE, sign_on_missing)
