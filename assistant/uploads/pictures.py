"""Pictures written anew: without the place they were taken at, and without anything hidden behind the picture."""

import io

from django.conf import settings
from PIL import Image, ImageOps, UnidentifiedImageError

from assistant.errors import ServiceError

# What a picture comes as, and what it is written as. Of a GIF that moves the first picture stays.
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/gif": "GIF"}


class PictureUnreadable(ServiceError):
    code = "attachment_unreadable"
    http_status = 422
    sentence = "This picture is damaged or too large to be shown."


def written_anew(content: bytes, media_type: str) -> bytes:
    """The same picture as new bytes: upright, without metadata.

    Raises:
        PictureUnreadable: no picture of that type, or one of more than ATTACHMENT_MAX_PIXELS or
            ATTACHMENT_MAX_SIDE_PIXELS.
    """
    kind = FORMATS[media_type]
    try:
        with Image.open(io.BytesIO(content), formats=[kind]) as picture:
            if picture.width * picture.height > settings.ATTACHMENT_MAX_PIXELS:
                raise PictureUnreadable
            if max(picture.size) > settings.ATTACHMENT_MAX_SIDE_PIXELS:
                raise PictureUnreadable
            upright = ImageOps.exif_transpose(picture)
            upright.info = {name: value for name, value in upright.info.items() if name == "transparency"}
            written = io.BytesIO()
            upright.save(written, kind, **({"quality": 88} if kind in ("JPEG", "WEBP") else {}))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise PictureUnreadable from error
    return written.getvalue()
