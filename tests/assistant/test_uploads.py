"""What is known of a file by its bytes, and what is left of a picture that was written anew."""

import io

import pytest
from PIL import Image

from assistant.uploads import pictures, sniffing


def picture(kind="PNG", size=(40, 30), **options):
    written = io.BytesIO()
    Image.new("RGB", size, "teal").save(written, kind, **options)
    return written.getvalue()


def test_where_a_picture_was_taken_is_forgotten():
    exif = Image.Exif()
    exif[0x0110] = "A camera"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    with_place = picture("JPEG", exif=exif)
    hidden = with_place + b"<script>alert(1)</script>"

    clean = pictures.written_anew(hidden, "image/jpeg")

    assert Image.open(io.BytesIO(with_place)).getexif()
    assert not Image.open(io.BytesIO(clean)).getexif()
    assert b"script" not in clean


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_every_kind_of_picture_is_known_by_its_bytes_and_stays_what_it_is(kind):
    media_type = sniffing.type_of(picture(kind))

    assert media_type == f"image/{kind.lower()}"
    assert Image.open(io.BytesIO(pictures.written_anew(picture(kind), media_type))).format == kind


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd.png"),
        ("C:\\photos\\me.PNG", "me.PNG"),
        ("invoice\u202egnp.exe", "invoicegnp-exe.png"),
        ('a<b>"c\n.png', "abc.png"),
        ("", "file.png"),
        ("x" * 300 + ".png", "x" * 100 + ".png"),
    ],
)
def test_a_name_is_only_a_name(given, kept):
    assert sniffing.fit_name(given, "image/png") == kept
