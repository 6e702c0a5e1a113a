"""The picture that a vision model gets, and the estimate of its tokens before it is sent."""

import io

import psutil
import pytest
from PIL import Image, ImageDraw

from assistant.uploads import images, vision
from tests.assistant.uploads.test_images import REFUSED, jpeg_of_many_scans, picture

ORIENTATION, MODEL, GPS = 0x0112, 0x0110, 0x8825
TURNED_BY_90 = 6  # the camera was held so that the top is at the right


def seen(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(vision.prepare(content)))


def photo(size=(2000, 1000), kind="JPEG", **options) -> bytes:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, "blue")
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 2, size[1]), "red")
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def is_reddish(pixel) -> bool:
    red, _, blue = pixel[:3]
    return red > 200 and blue < 60


def test_a_photo_is_turned_upright():
    exif = Image.Exif()
    exif[ORIENTATION] = TURNED_BY_90

    upright = seen(photo(exif=exif))

    assert upright.size == (512, 1024)
    assert is_reddish(upright.getpixel((256, 10)))
    assert not is_reddish(upright.getpixel((256, 1000)))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_every_kind_of_picture_becomes_a_jpeg_of_at_most_1024_pixels(kind):
    small = seen(photo((3000, 1500), kind))

    assert (small.format, small.mode, small.size) == ("JPEG", "RGB", (1024, 512))


def test_a_small_picture_is_not_made_larger():
    assert seen(photo((300, 200))).size == (300, 200)


def test_the_longer_side_is_a_setting(settings):
    settings.VISION_IMAGE_MAX_PX = 256

    assert seen(photo((1000, 2000))).size == (128, 256)


def test_where_and_with_what_a_photo_was_taken_is_forgotten():
    exif = Image.Exif()
    exif[MODEL] = "A camera"
    exif.get_ifd(GPS)[2] = (52.0, 31.0, 12.0)
    with_place = photo(exif=exif, comment=b"at home", icc_profile=b"profile" * 50)

    clean = vision.prepare(with_place)

    assert Image.open(io.BytesIO(with_place)).getexif().get_ifd(GPS)
    assert not Image.open(io.BytesIO(clean)).getexif()
    assert not Image.open(io.BytesIO(clean)).getexif().get_ifd(GPS)
    assert [word for word in (b"Exif", b"A camera", b"at home", b"profile") if word in clean] == []


def test_the_quality_is_that_of_the_setting(settings):
    noise = Image.effect_noise((900, 700), 60)
    written = io.BytesIO()
    noise.save(written, "PNG")
    expected = io.BytesIO()
    Image.new("RGB", (8, 8)).save(expected, "JPEG", quality=80)

    at_80 = vision.prepare(written.getvalue())
    settings.VISION_JPEG_QUALITY = 30
    at_30 = vision.prepare(written.getvalue())

    assert Image.open(io.BytesIO(at_80)).quantization == Image.open(expected).quantization
    assert len(at_30) < len(at_80) * 0.6


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_is_white(mode):
    image = Image.new("RGBA", (60, 40), (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((0, 0, 29, 39), (0, 0, 0, 255))
    written = io.BytesIO()
    (image.quantize(4) if mode == "P" else image.convert(mode)).save(written, "PNG")

    on_white = seen(written.getvalue())

    assert min(on_white.getpixel((50, 20))) > 240
    assert max(on_white.getpixel((10, 20))) < 30


def test_a_grey_picture_of_16_bits_keeps_its_shades():
    written = io.BytesIO()
    Image.new("I;16", (60, 40), 32_768).save(written, "PNG")

    assert 120 <= seen(written.getvalue()).getpixel((30, 20))[0] <= 136


@pytest.mark.parametrize("name", REFUSED)
def test_a_picture_that_is_none_or_too_large_is_refused(name):
    """B4; the type is detected from the content, so a GIF may be named PNG here."""
    content = REFUSED[name][0]()
    if name == "another kind":
        content = b"Order 4711"

    with pytest.raises(images.ImageUnreadable):
        vision.prepare(content)


def test_a_picture_that_takes_too_long_is_refused_and_its_reader_ended(settings):
    """B4."""
    settings.IMAGE_TIMEOUT_S = 1

    with pytest.raises(images.ImageUnreadable):
        vision.prepare(jpeg_of_many_scans())
    assert psutil.Process().children() == []


def test_a_picture_that_takes_too_much_memory_is_refused(settings):
    """B4."""
    settings.IMAGE_MEMORY_BYTES = 100_000_000

    with pytest.raises(images.ImageUnreadable):
        vision.prepare(picture("JPEG", (4000, 4000)))


@pytest.mark.parametrize(
    ("provider", "size", "tokens"),
    [
        # The examples of OpenAI's page: 4 tiles, 6 tiles; patches are more where the sides are no longer than 1,024.
        ("openai", (1024, 1024), 1659),  # 32 * 32 patches * 1.62; by tiles 765
        ("openai", (512, 512), 415),  # 16 * 16 * 1.62; by tiles 255
        ("openai", (64, 64), 255),  # one tile; by patches 7
        ("openai", (2048, 4096), 2362),  # 1,458 patches: at most 1,536, in whole rows; by tiles 1,105
        ("azure", (1024, 1024), 1659),
        ("anthropic", (1000, 1000), 1334),  # as Anthropic's page says
        ("anthropic", (200, 200), 64),  # 8 * 8 patches; by the area 54
        ("anthropic", (1092, 1092), 1590),
        ("gemini", (300, 300), 1120),
        ("gemini", (960, 540), 1548),  # 3 * 2 tiles of 360
        ("gemini", (1024, 1024), 1120),  # 2 * 2 tiles of 682 are 1,032
        ("another", (1000, 1000), 1659),  # 32 * 32 patches: the dearest
    ],
)
def test_tokens_are_those_that_the_provider_documents(provider, size, tokens):
    assert vision.estimated_tokens(*size, provider) == tokens


def test_low_detail_costs_the_same_for_every_picture():
    assert vision.estimated_tokens(1024, 1024, "openai", detail="low") == 85
    assert vision.estimated_tokens(1024, 1024, "anthropic", detail="low") == 1399


def test_pictures_over_the_budget_of_a_reply_are_refused_before_the_call(settings):
    settings.VISION_MAX_TOKENS = 2 * 1399

    budget = vision.Budget()
    assert [budget.take((1024, 1024), "anthropic") for _ in range(2)] == [1399, 1399]
    with pytest.raises(vision.VisionBudgetExceeded) as refused:
        budget.take((1024, 1024), "anthropic")
    assert (refused.value.code, refused.value.details) == (
        "vision_budget_exceeded",
        {"tokens": 4197, "max_tokens": 2798},
    )
