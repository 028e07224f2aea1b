"""What residents read: public pages, open data, feeds and a bulletin for print."""

from gengfu.kernel import Purpose, Role
from gengfu.surface import Door, Screen

from .files import MAKES, Files, Serve
from .frame import OpenShelf
from .outline import Polygons
from .pages import Fill, Pages
from .shelf import Atlas, Issued, IssueNote, Shelf, read_atlas

__all__ = [
    "Atlas",
    "IssueNote",
    "Issued",
    "OpenShelf",
    "Polygons",
    "Shelf",
    "portal",
    "read_atlas",
]


def portal(
    opened: OpenShelf,
    roles: tuple[Role, ...],
    purpose: Purpose,
) -> tuple[Screen, ...]:
    """Return the screens of the portal.

    Args:
        opened: returns the shelf of published issues behind a request.
        roles: who may read; one of them must be a role that everybody holds.
        purpose: what for.

    """
    pages, files = Pages(opened), Files(opened)

    async def made_of(door: Door) -> str:
        return (await opened(door)).digest()

    def page(path: str, template: str, title: str, fill: Fill) -> Screen:
        return Screen(
            path=path,
            template=template,
            title=title,
            roles=roles,
            purpose=purpose,
            fill=fill,
            made_of=made_of,
        )

    def file(path: str, document: Serve) -> Screen:
        return Screen(
            path=path,
            title="portal_data",
            roles=roles,
            purpose=purpose,
            document=document,
            made_of=made_of,
        )

    made = [
        file(f"/portal/data/{{period}}{issue}/{name}", files.of_issue(name, kind, make))
        for name, (kind, make) in MAKES.items()
        for issue in ("", "/{issue}")
    ]
    return (
        page("/portal", "portal_home.html", "portal", pages.home),
        page("/portal/map", "portal_map.html", "portal_map", pages.map),
        page("/portal/compare", "portal_compare.html", "portal_compare", pages.compare),
        page("/portal/method", "portal_method.html", "portal_method", pages.method),
        page("/portal/data", "portal_data.html", "portal_data", pages.data),
        page("/portal/areas/{area}", "portal_area.html", "portal_area", pages.area),
        file("/portal/feed.xml", files.rss),
        file("/portal/feed.json", files.json_feed),
        file("/portal/data/dictionary.json", files.dictionary),
        file("/portal/data/areas.geojson", files.areas),
        *made,
        file("/portal/data/{period}/bulletin.pdf", files.bulletin),
        file("/portal/data/{period}/{issue}/bulletin.pdf", files.bulletin),
    )
