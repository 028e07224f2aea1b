"""The roster of the city pack: its units, and the crews that relieve each other."""

from datetime import timedelta

from gengfu.capabilities.control_room.cases.roles import RESPONSE
from gengfu.capabilities.control_room.cases.units import plan_relief, sign_on, unit
from gengfu.kernel import CaseId, Desk, Place, clockwork
from gengfu.surface import Site, TownUnit


def sign_on_roster(site: Site, shift: timedelta) -> None:
    """Sign on the units of the roster that have never been on duty.

    Where the site keeps its roster, the next crew takes over at the end of every
    shift. Elsewhere crews sign off and on themselves.
    """
    posts = {p.id: p for p in site.town.posts}
    relieved_every = shift if site.keeps_roster else None

    def begin(desk: Desk, crew: TownUnit) -> None:
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
            relieved_every=relieved_every,
        )

    def keep_up(desk: Desk) -> None:
        known = {case.id: case for case in desk.list(unit)}
        for crew in site.town.units:
            case = known.get(CaseId(crew.id))
            if case is None:
                begin(desk, crew)
            elif case.relieved_every != relieved_every:
                desk.apply(case.id, plan_relief, relieved_every)

    site.office.serve(clockwork(RESPONSE), RESPONSE, keep_up)
