"""Re-encode one image: upright, without metadata, the first frame of an animation.

`python -I reencode.py FORMAT MAX_PIXELS MAX_SIDE_PIXELS MEMORY_BYTES CPU_S [WIDTH HEIGHT [QUALITY]]` is the child
process of images.py. It reads the image from stdin, writes the result to stdout and exits with a `Status`. With a width
and a height it writes a PNG that fits them; with a quality too, a JPEG on white. It uses no Django and no database, and
its memory, CPU time and output are limited.
"""

from __future__ import annotations

import errno
import io
import os
import resource
import sys
from contextlib import suppress
from enum import IntEnum

from PIL import Image, ImageOps, UnidentifiedImageError

PIXEL_BYTES = 4  # the most that any format writes
NICENESS = 10  # replies have priority
LOSSY = ("JPEG", "WEBP")
WRITTEN_AS = {"HEIF": "JPEG"}  # most browsers cannot display HEIF


class Status(IntEnum):
    """Exit statuses; 1 and 2 are Python's own."""

    WRITTEN = 0
    TOO_MANY_PIXELS = 3
    UNREADABLE = 4
    NOT_STORED = 5


def main(arguments: list[str]) -> Status:
    kind, (max_pixels, max_side, memory_bytes, cpu_s, *box) = arguments[0], map(int, arguments[1:])
    limit(memory_bytes, cpu_s, output_bytes=max_pixels * PIXEL_BYTES)
    if kind == "HEIF":
        import pi_heif

        pi_heif.register_heif_opener()
    try:
        with Image.open(sys.stdin.buffer, formats=[kind]) as image:  # reads the header, decodes nothing yet
            if image.width * image.height > max_pixels or max(image.size) > max_side:
                return Status.TOO_MANY_PIXELS
            upright = ImageOps.exif_transpose(image)
    except Image.DecompressionBombError:
        return Status.TOO_MANY_PIXELS
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, MemoryError):
        return Status.UNREADABLE
    try:
        sys.stdout.buffer.write(small_jpeg(upright, *box) if len(box) > 2 else written(upright, kind, box))
        sys.stdout.buffer.flush()
    except OSError as error:
        return Status.NOT_STORED if error.errno in (errno.ENOSPC, errno.EDQUOT) else Status.UNREADABLE
    except (ValueError, MemoryError):
        return Status.UNREADABLE
    return Status.WRITTEN


def limit(memory_bytes: int, cpu_s: int, output_bytes: int) -> None:
    os.nice(NICENESS)
    Image.MAX_IMAGE_PIXELS = None  # `main` checks our own limit
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: cpu_s,
        resource.RLIMIT_FSIZE: output_bytes,
        resource.RLIMIT_AS: memory_bytes,
    }
    for kind, maximum in limits.items():
        with suppress(ValueError):  # macOS does not support RLIMIT_AS
            resource.setrlimit(kind, (maximum, maximum))


def written(image: Image.Image, kind: str, box: list[int]) -> memoryview:
    if box:
        image = image.convert("RGBA")
        image.thumbnail((box[0], box[1]))
    image.info = {} if box else {name: value for name, value in image.info.items() if name == "transparency"}
    kind = WRITTEN_AS.get(kind, kind)
    options = {"optimize": True} if box else {"quality": 88} if kind in LOSSY else {}
    content = io.BytesIO()
    image.save(content, "PNG" if box else kind, **options)
    return content.getbuffer()


def small_jpeg(image: Image.Image, width: int, height: int, quality: int) -> memoryview:
    if image.mode == "I;16":
        image = image.point(lambda value: value / 256).convert("L")  # convert() alone would clip it to white
    image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.thumbnail((width, height))
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    image.info = {}
    content = io.BytesIO()
    image.save(content, "JPEG", quality=quality, optimize=True)
    return content.getbuffer()


if __name__ == "__main__":
    os._exit(main(sys.argv[1:]))
