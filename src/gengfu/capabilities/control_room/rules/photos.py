"""What a photo may be when it comes, and what is kept of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoPolicy:
    """Limits on what is taken, and the two sizes that are kept.

    The pixel limits are looked at before a picture is unpacked: a small file may unpack
    to gigabytes. JPEG unpacks at a fraction of its size; what cannot is let in with
    fewer pixels (`most_pixels_whole`). Edges are the longer side of what is kept, in
    pixels; smaller pictures are not blown up. Qualities are JPEG's.
    """

    media: tuple[str, ...]
    most_bytes: int
    most_pixels: int
    most_pixels_whole: int
    most_per_incident: int
    full_edge: int
    small_edge: int
    full_quality: int
    small_quality: int


PHOTOS = PhotoPolicy(
    media=("image/jpeg", "image/png", "image/webp"),
    most_bytes=12 * 1024 * 1024,
    most_pixels=50_000_000,
    most_pixels_whole=12_500_000,
    most_per_incident=60,
    full_edge=2048,
    small_edge=320,
    full_quality=82,
    small_quality=70,
)
"""A phone's camera at full size fits; what is kept still shows a number plate."""
