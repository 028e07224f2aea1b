"""Publications: laid down, audited, approved, published, withdrawn before that."""

from typing import Any

from gengfu.capabilities.safety_index.cases.documents import MOST_BYTES
from gengfu.capabilities.safety_index.cases.publications import (
    PublicationCase,
    approve,
    audit,
    publication,
    publish,
    withdraw,
)
from gengfu.capabilities.safety_index.cases.publishing import (
    published_bytes,
    publishes,
)
from gengfu.capabilities.safety_index.cases.roles import STAFF_READERS, STATISTICIAN
from gengfu.capabilities.safety_index.live.library import Library
from gengfu.capabilities.safety_index.live.views import (
    PublicationsView,
    PublicationView,
    publication_view,
)
from gengfu.capabilities.safety_index.rules.document import Publication
from gengfu.kernel import CaseId, Reader
from gengfu.surface import CaseRoutes, Door, LastSeen, Upload, as_seen

routes = CaseRoutes(
    publication,
    "/publications",
    readers=STAFF_READERS,
    view=publication_view,
    shows=PublicationView,
)
routes.show_each()
routes.expose(audit, approve, withdraw)


@routes.writes(
    "",
    roles=(STATISTICIAN,),
    upload=Upload(media=("application/json",), most_bytes=MOST_BYTES),
    answers=PublicationView,
    status=201,
)
async def lay_down(door: Door, data: bytes) -> PublicationView:
    """Lay down the publication.json that `gengfu index build` made.

    Its bytes are taken as they are. Refused is what the disclosure step did not make,
    places that this city does not have or calls otherwise, a month that has not ended,
    any issue but the next of its month, a correction of another document than the one
    that stands here or of what an earlier issue hid, made-up months beside recorded
    ones, and the trend of a month that is not what was published here.
    """
    library = door.runtime(Library)
    laid_down = await door.do(lambda desk: library.lay_down(desk, data))
    return publication_view(laid_down)


@routes.writes(
    "/{case}/publish", roles=publish.by, body=LastSeen, answers=PublicationView
)
async def publish_issue(door: Door, case: CaseId, data: LastSeen) -> PublicationView:
    """Publish an approved issue; the one before it is corrected by it."""
    seen = as_seen(case, data.version)
    return publication_view(await door.do(lambda desk: publishes(desk, seen)))


@routes.reads("", roles=STAFF_READERS, answers=PublicationsView)
async def publications(door: Door) -> PublicationsView:
    """List all issues, drafts among them."""
    rows = await door.look(lambda reader: reader.rows(publication.kind))
    found = [door.codec.decode(PublicationCase, row.body) for row in rows]
    found.sort(key=lambda one: (one.period, one.issue, one.opened_at), reverse=True)
    return PublicationsView(publications=tuple(map(publication_view, found)))


@routes.reads("/{case}/document", roles=STAFF_READERS, answers=dict[str, Any])
async def document(door: Door, case: CaseId) -> Publication:
    """Show the document of an issue, so that it can be read before it is approved."""
    found = await door.do(lambda desk: desk.get(publication, case))

    def read(reader: Reader) -> Publication:
        return door.codec.decode(
            Publication, published_bytes(reader, door.codec, found)
        )

    return await door.look(read)
