"""What people add to an incident: words and photos."""

from dataclasses import dataclass
from datetime import datetime

from gengfu.kernel import CaseId, Code, SealedWords


@dataclass(frozen=True, slots=True)
class Note:
    """Words somebody added."""

    at: datetime
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """What tells one JPEG from another; a copy can be held against its digest."""

    sha256: Code
    width: int
    height: int
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo somebody added. What it shows is kept locked, beside the ledger.

    `secret` opens it and is sealed for a subject called as the photo: erasing that
    subject erases the photo.
    """

    id: CaseId
    at: datetime
    by: str
    unit: str | None
    picture: Picture
    secret: SealedWords
