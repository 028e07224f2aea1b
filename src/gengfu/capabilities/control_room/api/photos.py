"""Photos of incidents coming in; they are looked at on pages (`screens.photos`)."""

from gengfu.capabilities.control_room.cases.photos import attach_photo
from gengfu.capabilities.control_room.cases.roles import CREW, DESK_ROLES, RESPONSE
from gengfu.capabilities.control_room.live.darkroom import Darkroom
from gengfu.capabilities.control_room.live.views import PhotoView, photo_view
from gengfu.capabilities.control_room.rules.photos import PHOTOS
from gengfu.kernel import CaseId
from gengfu.surface import Door, Routes, Upload

_darkroom = Darkroom()

routes = Routes("/incidents", tag="incident", purpose=RESPONSE)


@routes.writes(
    "/{case}/photos",
    roles=(*DESK_ROLES, CREW),
    upload=Upload(media=PHOTOS.media, most_bytes=PHOTOS.most_bytes),
    answers=PhotoView,
    status=201,
)
async def add_photo(door: Door, case: CaseId, data: bytes) -> PhotoView:
    """Add a photo.

    It is drawn anew before it is kept: place, camera and all else hidden in the file
    are gone. Sent again by the same person, it is the photo that is there already.
    Where too many are waiting already, it is refused for the moment.
    """
    shot = await _darkroom.develop(data)
    return photo_view(await door.do(lambda desk: attach_photo(desk, case, shot)))
