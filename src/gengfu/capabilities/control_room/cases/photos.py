"""Photos of an incident: added by who is on it, shown to who may know of it.

The ledger has who added which photo when, and its digest. What it shows is locked
under a secret of its own; looking at it is a reading of personal facts.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from gengfu.capabilities.control_room.rules.photos import PHOTOS
from gengfu.capabilities.control_room.rules.reading import (
    CREW_READS,
    CrewReads,
    may_read,
)
from gengfu.kernel import (
    AUDITOR,
    CaseId,
    Corrupt,
    Desk,
    Erased,
    NotFound,
    Ref,
    RuleBroken,
    Task,
)
from gengfu.kernel.tasks import task

from .additions import Photo, Picture
from .incidents import Incident, add_photo, incident
from .roles import AGENCY_OFFICER, CREW, DESK_ROLES, RESPONSE

SECRET_BYTES = 32


class PhotoSize(StrEnum):
    FULL = "full"
    SMALL = "small"


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """A picture ready to be kept: two JPEGs with nothing in them but pixels."""

    full: bytes
    small: bytes
    width: int
    height: int


def attach_photo(desk: Desk, wanted: CaseId, shot: Print) -> Photo:
    """Add a photo to an incident.

    One that its sender has added before is returned as it is: a phone that lost the
    answer sends again.
    """
    digest = _digest(shot.full)
    desk.tx.find_for_update(incident.kind, wanted)
    case = desk.get(incident, wanted)
    for known in case.photos:
        if known.picture.sha256 == digest and known.by == desk.actor.id:
            return known
    if len(case.photos) >= PHOTOS.most_per_incident:
        raise RuleBroken(f"{case.code} has {len(case.photos)} photos already")
    fresh = desk.fresh_id("photo")
    secret = desk.entropy(SECRET_BYTES)
    for size, plain in ((PhotoSize.FULL, shot.full), (PhotoSize.SMALL, shot.small)):
        desk.tx.put_attachment(fresh, size, desk.vault.lock(secret, size, plain))
    after = desk.apply(
        wanted,
        add_photo,
        photo=fresh,
        picture=Picture(digest, shot.width, shot.height, len(shot.full)),
        secret=desk.seal(fresh, secret.hex()),
    )
    return after.photos[-1]


def reveal_photo(
    desk: Desk,
    wanted: CaseId,
    photo: CaseId,
    size: PhotoSize,
    reads: CrewReads = CREW_READS,
) -> tuple[Photo, bytes]:
    """Return a photo and its JPEG; the reading is recorded.

    Raises:
        NotFound: no such photo, or none that this actor may know of.
        Erased: its key was destroyed.

    """
    case = desk.get(incident, wanted)
    found = next((one for one in case.photos if one.id == photo), None)
    if found is None or not _may_look(desk, case, reads):
        raise NotFound(f"no photo {photo} of {wanted}")
    secret = desk.reveal(Ref(incident.kind, case.id), found.secret)
    locked = desk.tx.attachment(found.id, size)
    if secret is None:
        raise Erased("this photo was erased")
    if locked is None:
        raise Corrupt(f"the bytes of {photo} are gone, its key is not")
    plain = desk.vault.unlock(bytes.fromhex(secret), size, locked)
    if size is PhotoSize.FULL and _digest(plain) != found.picture.sha256:
        raise Corrupt(f"{photo} is not what the ledger says it is")
    return found, plain


def _digest(jpeg: bytes) -> str:
    return hashlib.sha256(jpeg).hexdigest()


def _may_look(desk: Desk, case: Incident, reads: CrewReads) -> bool:
    """Tell whether this actor watches, was sent of late, or had a task of it."""
    actor = desk.actor
    if actor.role_for((*DESK_ROLES, AUDITOR), RESPONSE) is not None:
        return True
    if actor.role_for((CREW,), RESPONSE) is not None:
        sent = (*case.taken_back, *case.assignments)
        return may_read(sent, actor.represents, desk.now, reads)
    return actor.role_for((AGENCY_OFFICER,), RESPONSE) is not None and any(
        has_held(one, actor.represents) for one in desk.list(task, about=case.id)
    )


def has_held(one: Task, agency: str | None) -> bool:
    """Tell whether an agency holds a task, or held it before it was handed over."""
    return agency is not None and agency in (one.agency, *one.held_before)
