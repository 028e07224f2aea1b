"""The darkroom: a file that somebody sent becomes two clean JPEGs, or is refused.

The one place that knows Pillow. A file is taken for what its first bytes say, unpacked
by that one decoder, and drawn anew pixel by pixel: place, camera, comments, previews,
further frames and whatever else was hidden in it stay behind. Nobody and nothing looks
at what the picture shows.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO
from threading import BoundedSemaphore
from typing import NoReturn

from PIL import Image, ImageOps

from gengfu.capabilities.control_room.cases.photos import Print
from gengfu.capabilities.control_room.rules.photos import PHOTOS, PhotoPolicy
from gengfu.kernel import BadInput, Unavailable

WHITE = (255, 255, 255)
MOST_WAITING = 12
"""Photos taken in at once, the one being developed among them: some ten seconds' work
of the slowest, and at most 12 uploads in memory."""


class NotAPhoto(BadInput):
    """The file is no picture that can be taken; the message says why."""

    code = "not-a-photo"


class Darkroom:
    """Develops one photo at a time: the largest take 200 MB and most of a second."""

    def __init__(
        self,
        developing: Callable[[bytes], Print] | None = None,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._developing = developing or develop
        self._hands = ThreadPoolExecutor(1, thread_name_prefix="gengfu-darkroom")
        self._room = BoundedSemaphore(most_waiting)

    async def develop(self, raw: bytes) -> Print:
        """Return what is kept of a file, as `develop` does.

        Raises:
            NotAPhoto: the file is no picture that can be taken.
            Unavailable: too many are waiting; nothing of this one was begun.

        """
        if not self._room.acquire(blocking=False):
            raise Unavailable("too many photos are waiting: send it again in a moment")
        done: Future[Print] = self._hands.submit(self._developing, raw)
        # Its room is free when it is developed, whether or not anybody still waits.
        done.add_done_callback(lambda _: self._room.release())
        return await asyncio.wrap_future(done)


def develop(raw: bytes, policy: PhotoPolicy = PHOTOS) -> Print:
    """Return what is kept of a file; raises NotAPhoto."""
    kind = _kind(raw)
    if kind is None:
        _refuse("it is no JPEG, PNG or WebP")
    try:
        with Image.open(BytesIO(raw), formats=(kind,)) as given:
            width, height = given.size
            scales = kind == "JPEG"
            most = policy.most_pixels if scales else policy.most_pixels_whole
            if width * height > most:
                _refuse(f"{width} x {height} pixels are too many")
            # JPEG can unpack at half, a quarter or an eighth of its size at once.
            given.draft("RGB", (policy.full_edge, policy.full_edge))
            given.load()
            full = _clean(given, policy.full_edge)
    except NotAPhoto:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        _refuse("it has too many pixels")
    except Exception:  # decoders fail in many ways; each time the file is to blame
        _refuse("it is damaged or cut short")
    small = full.copy()
    small.thumbnail((policy.small_edge, policy.small_edge))
    return Print(
        full=_jpeg(full, policy.full_quality),
        small=_jpeg(small, policy.small_quality),
        width=full.width,
        height=full.height,
    )


def _kind(raw: bytes) -> str | None:
    """Return what the first bytes say that a file is."""
    if raw.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if raw.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if raw.startswith(b"RIFF") and raw[8:12] == b"WEBP":
        return "WEBP"
    return None


def _clean(given: Image.Image, edge: int) -> Image.Image:
    """Draw the first frame anew, upright and on white, at most `edge` pixels long."""
    _turn_upright(given)
    mode = "RGBA" if given.has_transparency_data else "RGB"
    shown = given if given.mode == mode else given.convert(mode)
    shown.thumbnail((edge, edge))
    canvas = Image.new("RGB", shown.size, WHITE)
    canvas.paste(shown, mask=shown if mode == "RGBA" else None)
    return canvas


def _turn_upright(given: Image.Image) -> None:
    """Turn a picture as its camera was held, where the camera's note can be read."""
    # A damaged note about a picture is no damage to the picture.
    with suppress(Exception):
        ImageOps.exif_transpose(given, in_place=True)


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    out = BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return out.getvalue()


def _refuse(why: str) -> NoReturn:
    raise NotAPhoto(f"photo: {why}")
