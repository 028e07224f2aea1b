"""Pictures as cameras and mischief make them."""

import zlib
from io import BytesIO

from PIL import Image

HIDDEN = b"zebra hidden in the file"
TURNED = 6
"""The camera was held upright: what is wide in the file is tall."""


def picture(kind="JPEG", size=(640, 480), colour=(200, 60, 20), **how):
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, kind, **how)
    return out.getvalue()


def from_a_phone(size=(640, 480)):
    """A JPEG with a place, a camera, a comment, and something after its end."""
    notes = Image.Exif()
    notes[0x010F] = HIDDEN.decode()
    notes[0x0112] = TURNED
    place = notes.get_ifd(0x8825)
    place[1], place[2] = "S", (29.0, 54.0, 9.5)
    place[3], place[4] = "W", (71.0, 15.0, 3.0)
    made = picture(size=size, exif=notes, comment=HIDDEN, quality=90)
    return made + b"PK\x03\x04" + HIDDEN


def huge_png(edge=30_000):
    """A file of a few hundred bytes that says it holds a thousand million pixels."""

    def chunk(name, data):
        body = name + data
        return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")

    size = edge.to_bytes(4, "big") * 2
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", size + b"\x08\x02\x00\x00\x00")
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


def opened(jpeg):
    shown = Image.open(BytesIO(jpeg), formats=("JPEG",))
    shown.load()
    return shown
