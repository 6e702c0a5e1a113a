"""A widget's logo: any picture that staff upload, re-encoded as one small PNG."""

import hashlib

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from assistant.errors import ServiceError
from assistant.uploads import images, sniffing
from assistant.workspaces.models import Logo, Widget

TYPES = ("image/png", "image/jpeg", "image/webp")
BOX_PX = (360, 108)  # three times the size in the widget, for high-resolution screens


class LogoTooLarge(ServiceError):
    code = "logo_too_large"
    http_status = 413
    sentence = "This file is too large for a logo."


class LogoTypeRefused(ServiceError):
    code = "logo_type_refused"
    http_status = 415
    sentence = "A logo must be a PNG, JPEG or WebP image."


def drawn_small(file: UploadedFile) -> bytes:
    """Re-encode a picture as a PNG that fits BOX_PX, without metadata.

    Raises:
        LogoTooLarge: more than LOGO_MAX_BYTES.
        LogoTypeRefused: not one of TYPES.
        ImageUnreadable: damaged, or too many pixels.
        ImagesBusy: too many images are being processed.
    """
    if (file.size or 0) > settings.LOGO_MAX_BYTES:
        raise LogoTooLarge(max_bytes=settings.LOGO_MAX_BYTES)
    media_type = sniffing.type_of(file)
    if media_type not in TYPES:
        raise LogoTypeRefused
    with images.reencoded(file, media_type, BOX_PX) as small:
        return small.read()


def drawn_or_refused(file: UploadedFile) -> bytes | ServiceError:
    """Return the PNG or the error, which the form reports when it is validated."""
    try:
        return drawn_small(file)
    except ServiceError as refused:
        return refused


def of(widget: Widget) -> Logo | None:
    """Return a widget's logo without its content, for its URL."""
    return Logo.objects.filter(widget=widget.pk).select_related("widget").defer("content").first()


def keep(widget: Widget, png: bytes) -> None:
    digest = hashlib.sha256(png).hexdigest()[:32]
    Logo.objects.update_or_create(widget=widget, defaults={"content": png, "digest": digest})


def remove(widget: Widget) -> None:
    Logo.objects.filter(widget=widget).delete()
