"""Photos of an incident, looked at: full size and small, each reading recorded."""

from gengfu.capabilities.control_room.cases.photos import PhotoSize, reveal_photo
from gengfu.capabilities.control_room.live.room import Room
from gengfu.kernel import CaseId
from gengfu.surface import Document, Door, Speech


async def full(door: Door, case: str, photo: str, speech: Speech) -> Document:
    """Show a photo."""
    del speech
    return await _shown(door, case, photo, PhotoSize.FULL)


async def small(door: Door, case: str, photo: str, speech: Speech) -> Document:
    """Show a photo small, as lists and timelines do."""
    del speech
    return await _shown(door, case, photo, PhotoSize.SMALL)


async def _shown(door: Door, case: str, photo: str, size: PhotoSize) -> Document:
    reads = door.runtime(Room).rulebook.policy.crew_reads
    found, jpeg = await door.do(
        lambda desk: reveal_photo(desk, CaseId(case), CaseId(photo), size, reads)
    )
    name = f"{found.id}.jpg" if size is PhotoSize.FULL else f"{found.id}-small.jpg"
    return Document(media_type="image/jpeg", name=name, content=jpeg)
