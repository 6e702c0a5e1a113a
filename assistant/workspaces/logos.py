"""A widget's logo: any picture that staff upload, written anew as one small PNG."""

import hashlib
import io

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from PIL import Image

from assistant.errors import ServiceError
from assistant.uploads import pictures, sniffing
from assistant.workspaces.models import Logo, Widget

TYPES = ("image/png", "image/jpeg", "image/webp")
BOX_PX = (360, 108)  # three times what the widget shows, for fine screens


class LogoTooLarge(ServiceError):
    code = "logo_too_large"
    http_status = 413
    sentence = "This file is too large for a logo."


class LogoTypeRefused(ServiceError):
    code = "logo_type_refused"
    http_status = 415
    sentence = "A logo is a PNG, JPEG or WebP picture."


def drawn_small(file: UploadedFile) -> bytes:
    """The picture as a PNG that fits BOX_PX, with nothing in it but its points.

    Raises:
        LogoTooLarge: more than LOGO_MAX_BYTES.
        LogoTypeRefused, PictureUnreadable: no picture of these types.
    """
    if (file.size or 0) > settings.LOGO_MAX_BYTES:
        raise LogoTooLarge(max_bytes=settings.LOGO_MAX_BYTES)
    content = file.read()
    media_type = sniffing.type_of(content)
    if media_type not in TYPES:
        raise LogoTypeRefused
    with Image.open(io.BytesIO(pictures.written_anew(content, media_type))) as picture:
        small = picture.convert("RGBA")
    small.thumbnail(BOX_PX)
    small.info = {}
    written = io.BytesIO()
    small.save(written, "PNG", optimize=True)
    return written.getvalue()


def of(widget: Widget) -> Logo | None:
    """Without its content: to say where it is."""
    return Logo.objects.filter(widget=widget.pk).select_related("widget").defer("content").first()


def keep(widget: Widget, png: bytes) -> None:
    digest = hashlib.sha256(png).hexdigest()[:32]
    Logo.objects.update_or_create(widget=widget, defaults={"content": png, "digest": digest})


def remove(widget: Widget) -> None:
    Logo.objects.filter(widget=widget).delete()
