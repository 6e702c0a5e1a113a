"""PDFs that tests make, page by page."""

import io
import zlib
from collections.abc import Sequence

from PIL import Image

SIZE = (612, 792)
TOP = 720


def words(*lines: str, left: int = 72, top: int = TOP, size: int = 12) -> bytes:
    """The content of a page with a text layer, a line below the other."""
    shown = b"".join(b"(%s) Tj T* " % line.encode("latin-1") for line in lines)
    return b"BT /F1 %d Tf %d TL %d %d Td %s ET\n" % (size, size + 4, left, top, shown)


def table(rows: Sequence[Sequence[str]], left: int = 72, top: int = 640, width: int = 150, height: int = 24) -> bytes:
    """A table with ruled lines."""
    right, bottom = left + width * len(rows[0]), top - height * len(rows)
    drawn = [b"%d %d m %d %d l S\n" % (left, y, right, y) for y in range(bottom, top + 1, height)]
    drawn += [b"%d %d m %d %d l S\n" % (x, bottom, x, top) for x in range(left, right + 1, width)]
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            drawn.append(words(cell, left=left + 5 + column * width, top=top - 17 - row * height, size=10))
    return b"".join(drawn)


def slow(seconds: float) -> bytes:
    """A page that takes about so long to read."""
    return words("Slow") + b"BT /F1 1 Tf " + b"(a)Tj " * round(110_000 * seconds) + b"ET"


def pdf_of(*pages: bytes | Image.Image) -> bytes:
    """A PDF of pages with this content, or this scanned picture. The same content is stored once."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    kids, numbers = [], {}
    for page in pages:
        resources, content = b"/Font<</F1 3 0 R>>", page
        if isinstance(page, Image.Image):
            objects.append(_picture(page))
            resources += b"/XObject<</Im1 %d 0 R>>" % len(objects)
            content = b"q %d 0 0 %d 0 0 cm /Im1 Do Q" % SIZE
        if content not in numbers:
            packed = zlib.compress(content, 9)
            objects.append(b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(packed), packed))
            numbers[content] = len(objects)
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Resources<<%s>>/Contents %d 0 R>>"
            % (*SIZE, resources, numbers[content])
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<</Type/Pages/Kids[%s]/Count %d>>" % (b" ".join(kids), len(kids))
    return _written(objects)


def _picture(picture: Image.Image) -> bytes:
    jpeg = io.BytesIO()
    picture.convert("RGB").save(jpeg, "JPEG", quality=90)
    form = b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8"
    form += b"/Filter/DCTDecode/Length %d>>stream\n%s\nendstream"
    return form % (picture.width, picture.height, len(jpeg.getvalue()), jpeg.getvalue())


def _written(objects: list[bytes]) -> bytes:
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, each in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, each)
    at = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, at)
    return bytes(out)
