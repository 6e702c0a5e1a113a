"""Detecting the type of a file from its content, and what re-encoding removes from a picture."""

import io
import signal
import struct
import subprocess
import sys
import threading
import zlib

import psutil
import pytest
from PIL import Image

from assistant.uploads import images, reencode, sniffing


def picture(kind="PNG", size=(40, 30), **options):
    written = io.BytesIO()
    Image.new("RGB", size, "teal").save(written, kind, **options)
    return written.getvalue()


def rewritten(content, media_type, **options):
    with images.reencoded(io.BytesIO(content), media_type, **options) as file:
        return file.read()


def test_where_a_picture_was_taken_is_forgotten():
    exif = Image.Exif()
    exif[0x0110] = "A camera"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    with_place = picture("JPEG", exif=exif)
    hidden = with_place + b"<script>alert(1)</script>"

    clean = rewritten(hidden, "image/jpeg")

    assert Image.open(io.BytesIO(with_place)).getexif()
    assert not Image.open(io.BytesIO(clean)).getexif()
    assert b"script" not in clean


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_every_kind_of_picture_is_known_by_its_bytes_and_stays_what_it_is(kind):
    media_type = sniffing.type_of(io.BytesIO(picture(kind)))

    assert media_type == f"image/{kind.lower()}"
    assert Image.open(io.BytesIO(rewritten(picture(kind), media_type))).format == kind


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_of_an_animation_the_first_frame_stays(kind):
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("teal", "navy")]
    moving = io.BytesIO()
    frames[0].save(moving, kind, save_all=True, append_images=frames[1:])

    still = Image.open(io.BytesIO(rewritten(moving.getvalue(), f"image/{kind.lower()}")))

    assert Image.open(moving).n_frames == 2
    assert getattr(still, "n_frames", 1) == 1


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *between: bytes) -> bytes:
    """Return a PNG with this size in its header; at most 1,000 rows are present, all black."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    rows = zlib.compress(bytes(min(height, 1_000) * (width + 1)))
    return b"\x89PNG\r\n\x1a\n" + b"".join([header, *between, chunk(b"IDAT", rows), chunk(b"IEND", b"")])


def gif_with_a_wide_frame() -> bytes:
    """Return a GIF of 40 by 30 with one frame of 65,535 by 65,535."""
    small = picture("GIF")
    size = small.index(b"\x2c\0\0\0\0\x28\0\x1e\0") + 5
    return small[:size] + b"\xff" * 4 + small[size + 4 :]


def webp_with_a_wide_canvas() -> bytes:
    """Return a WebP with a frame of 40 by 30 on a canvas of 16,384 by 16,384."""
    body = b"VP8X" + struct.pack("<I", 10) + bytes(4) + b"\xff\x3f\0" * 2 + picture("WEBP")[12:]
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def jpeg_of_many_scans() -> bytes:
    """Return a progressive JPEG with many scans of the whole picture; ten thousand take minutes to decode."""
    progressive = picture("JPEG", (4000, 4000), progressive=True)
    last = progressive.rindex(b"\xff\xda")
    return progressive[:last] + progressive[last:-2] * 10_000 + progressive[-2:]


ZEROS = zlib.compress(bytes(100_000_000), 9)
REFUSED = {
    "50,000 by 50,000": (lambda: png(50_000, 50_000), "image/png"),
    "a side of 65,000": (lambda: png(65_000, 1), "image/png"),
    "a frame beyond its screen": (gif_with_a_wide_frame, "image/gif"),
    "a canvas beyond its frame": (webp_with_a_wide_canvas, "image/webp"),
    "text of 100 MB in a few bytes": (lambda: png(40, 30, chunk(b"zTXt", b"a\0\0" + ZEROS)), "image/png"),
    "a colour profile of 100 MB in a few bytes": (lambda: png(40, 30, chunk(b"iCCP", b"a\0\0" + ZEROS)), "image/png"),
    "a third of it": (lambda: picture("JPEG", (400, 300))[:800], "image/jpeg"),
    "its first bytes": (lambda: b"\x89PNG\r\n\x1a\n", "image/png"),
    "another kind": (lambda: picture("GIF"), "image/png"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_picture_that_is_none_or_too_large_is_refused(name):
    """B4, however the size is hidden."""
    made, media_type = REFUSED[name]

    with pytest.raises(images.ImageUnreadable):
        rewritten(made(), media_type)


def test_much_metadata_beside_a_small_picture_is_left_out():
    """B4."""
    with_exif = png(40, 30, chunk(b"eXIf", b"MM\0*" + bytes(5_000_000)))

    assert len(rewritten(with_exif, "image/png")) < 1_000


def test_a_picture_that_takes_too_long_is_refused_and_its_reader_ended(settings):
    """B4."""
    settings.IMAGE_TIMEOUT_S = 1
    content = jpeg_of_many_scans()

    with pytest.raises(images.ImageUnreadable):
        rewritten(content, "image/jpeg")
    assert psutil.Process().children() == []


def test_a_picture_that_takes_too_much_memory_is_refused(settings):
    """B4."""
    content = picture("JPEG", (4000, 4000))
    settings.IMAGE_MEMORY_BYTES = 100_000_000

    with pytest.raises(images.ImageUnreadable):
        rewritten(content, "image/jpeg")


def test_a_reader_that_lost_its_parent_ends_by_itself():
    """B4: after its limit of CPU time."""
    limits = ["16000000", "16384", "1000000000", "1"]
    command = [sys.executable, "-I", reencode.__file__, "JPEG", *limits]

    done = subprocess.run(command, input=jpeg_of_many_scans(), stdout=subprocess.DEVNULL, check=False)

    assert -done.returncode in (signal.SIGXCPU, signal.SIGKILL)


def test_a_full_disk_is_told_from_a_damaged_picture():
    limits = ["16000000", "16384", "1000000000", "20"]
    with open("/dev/full", "wb") as full:
        command = [sys.executable, "-I", reencode.__file__, "PNG", *limits]
        done = subprocess.run(command, input=picture(), stdout=full, check=False)

    assert done.returncode == reencode.Status.NOT_STORED


def test_one_picture_more_than_may_wait_is_refused_at_once(settings):
    """B4."""
    settings.IMAGE_QUEUE_MAX = 0

    with images.QUEUE.turn(), pytest.raises(images.ImagesBusy) as refused:
        rewritten(picture(), "image/png")
    assert (refused.value.code, refused.value.http_status) == ("busy", 503)
    assert rewritten(picture(), "image/png")


def test_pictures_take_their_turn_one_at_a_time_in_the_order_they_came():
    """B4."""
    took, running = [], []

    def take(number):
        with images.QUEUE.turn():
            running.append(number)
            took.append((number, len(running)))
            running.remove(number)

    waiting = [threading.Thread(target=take, args=(number,)) for number in range(5)]
    with images.QUEUE.turn():
        for number, thread in enumerate(waiting):
            thread.start()
            while len(images.QUEUE.line) < number + 2:
                threading.Event().wait(0.001)
    for thread in waiting:
        thread.join()

    assert took == [(number, 1) for number in range(5)]


@pytest.mark.parametrize(
    ("content", "is_text"),
    [
        (b"Order 4711", True),
        ("é".encode() * sniffing.PIECE_BYTES + b"x", True),  # one is cut at the end of a piece
        (b"x" + "é".encode() * sniffing.PIECE_BYTES, True),
        (b"x" * sniffing.PIECE_BYTES + b"\xc3", False),
        (b"x" * sniffing.PIECE_BYTES + b"\0", False),
        (b" " * (sniffing.PIECE_BYTES + 1), False),
        (b"\xef\xbb\xbf <html>", False),
    ],
)
def test_text_is_known_piece_by_piece(content, is_text):
    assert sniffing.type_of(io.BytesIO(content)) == ("text/plain" if is_text else None)


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
