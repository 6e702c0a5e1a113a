"""What the child process that reads files may do, and what it answers of files that are hostile or of another kind."""

import io
import socket
import subprocess
import sys
import zipfile
import zlib
from dataclasses import replace
from time import sleep

import pytest
from PIL import Image, ImageDraw, ImageFont

from knowledge.imports import sandbox
from knowledge.imports.document import Refused
from knowledge.imports.sandbox_limits import Limits
from knowledge.imports.text_layout import COLUMNS, Box, confidence_of, text_of
from tests.knowledge.imports.made_pdfs import pdf_of, slow, table, words

LIMITS = Limits(
    memory_bytes=1_500_000_000,
    timeout_s=60,
    max_pages=30,
    max_unpacked_bytes=50_000_000,
    max_output_bytes=1_000_000,
    max_chars=20_000,
    max_pixels=16_000_000,
    ocr_engine="rapidocr",
    ocr_max_pages=5,
)


def drawn(*lines, size=(800, 400), ground="black", ink="red", font_px=90):
    picture = Image.new("RGB", size, ground)
    for at, line in enumerate(lines):
        place = (60, 60 + at * font_px * 1.4)
        ImageDraw.Draw(picture).text(place, line, font=ImageFont.load_default(font_px), fill=ink)
    return picture


def saved(tmp_path, picture, name):
    picture.save(tmp_path / name)
    return tmp_path / name


def refusal(kind, path, limits=LIMITS):
    with pytest.raises(Refused) as refused:
        sandbox.run(kind, path, limits)
    return refused.value.code


def test_words_on_a_picture_are_read(tmp_path):
    read = sandbox.run("picture", saved(tmp_path, drawn("ERROR E5"), "display.png"), LIMITS)

    assert read["text"] == "ERROR E5"
    assert (read["engine"], read["confidence"] > 0.9) == ("rapidocr", True)


def test_a_scanned_pdf_is_read_as_a_picture(tmp_path):
    read = sandbox.run("pdf", saved(tmp_path, drawn("Order 48213"), "scan.pdf"), LIMITS)

    assert (read["text"], read["pages"]) == ("Order 48213", 1)


@pytest.fixture
def pdf(tmp_path):
    def write(*pages):
        path = tmp_path / "made.pdf"
        path.write_bytes(pdf_of(*pages))
        return path

    return write


def test_pages_of_a_pdf_without_a_text_layer_are_recognised_in_their_place(pdf):
    path = pdf(words("This page has a text layer."), drawn("Order 48213"), words("The last page has one, too."))

    read = sandbox.run("pdf", path, LIMITS)

    assert read["text"].split("\n\n") == ["This page has a text layer.", "Order 48213", "The last page has one, too."]
    assert (read["engine"], read["pages"], read["left_out"]) == ("rapidocr", 3, "")
    assert 0.9 < read["confidence"] <= 1


def test_a_picture_that_cannot_be_decoded_leaves_the_other_pages(tmp_path):
    path, alone = tmp_path / "made.pdf", tmp_path / "alone.pdf"
    path.write_bytes(pdf_of(words("This page has a text layer."), drawn("x")).replace(b"/DCTDecode", b"/JPXDecode"))
    alone.write_bytes(pdf_of(drawn("x")).replace(b"/DCTDecode", b"/JPXDecode"))

    assert sandbox.run("pdf", path, LIMITS)["text"] == "This page has a text layer."
    assert refusal("pdf", alone) == "unreadable_pdf"


def test_a_page_number_that_a_scanner_added_does_not_hide_the_picture(pdf):
    page = drawn("Order 48213")
    read = sandbox.run("pdf", pdf(words("A page of text about orders."), page), LIMITS)
    plain = sandbox.run("pdf", pdf(words("12")), LIMITS)

    assert read["text"].endswith("Order 48213")
    assert plain["text"] == "12"


def test_scanned_pages_beyond_the_limit_are_left_out_and_that_is_noted(pdf):
    read = sandbox.run(
        "pdf", pdf(drawn("One"), drawn("Two"), words("A page of text, the third.")), replace(LIMITS, ocr_max_pages=1)
    )

    assert read["text"] == "One\n\nA page of text, the third."
    assert read["left_out"] == "pages_left_out"


def test_a_page_that_takes_too_long_ends_the_reading_and_earlier_pages_are_kept(pdf):
    path = pdf(words("The first page."), slow(3), words("The last page."))

    read = sandbox.run("pdf", path, replace(LIMITS, page_timeout_s=0.5))

    assert (read["text"], read["pages"], read["read_pages"]) == ("The first page.", 3, 1)
    assert read["left_out"] == "page_too_slow"
    assert read["cpu_s"] < 3


def test_many_pages_that_share_one_slow_content_take_little_time(pdf):
    path = pdf(*[slow(3)] * 30)

    assert path.stat().st_size < 20_000
    assert refusal("pdf", path, replace(LIMITS, page_timeout_s=0.5)) == "page_too_slow"


def test_pages_that_are_each_just_fast_enough_have_a_limit_together(pdf):
    read = sandbox.run("pdf", pdf(*[slow(0.2)] * 30), replace(LIMITS, page_timeout_s=0.5))

    assert read["left_out"] == "page_too_slow"
    assert 2 <= read["read_pages"] < 30
    assert read["cpu_s"] < 5 * 0.5 + 3


PRICES = [["Country", "Days", "Price"], ["Austria", "2", "4.50"], ["Norway | Iceland", "", "19.00"]]


def test_a_table_of_a_pdf_is_a_table_of_an_article(pdf):
    page = words("What shipping costs") + table(PRICES) + words("Prices hold until May.", top=500)

    read = sandbox.run("pdf", pdf(page), replace(LIMITS, markdown_tables=True))

    assert read["text"] == (
        "What shipping costs\n\n"
        "| Country | Days | Price |\n| --- | --- | --- |\n| Austria | 2 | 4.50 |\n| Norway \\| Iceland |  | 19.00 |\n\n"
        "Prices hold until May."
    )


def test_a_row_of_a_table_that_a_customer_sends_stays_one_line(pdf):
    page = words("What shipping costs") + table([["Country", "Days"], ["austria", "2"], ["norway", "5"]])

    read = sandbox.run("pdf", pdf(page), LIMITS)

    assert read["text"] == "What shipping costs\n\nCountry  Days\naustria  2\nnorway  5"


@pytest.mark.parametrize(
    "rows", [[["Only one cell with words in it"]], [["a", "", "", ""], ["", "", "", "d"]], [["one row", "two cells"]]]
)
def test_a_frame_is_no_table(pdf, rows):
    read = sandbox.run("pdf", pdf(words("A page with a frame on it.") + table(rows)), LIMITS)

    assert COLUMNS not in read["text"]
    assert all(cell in read["text"] for row in rows for cell in row)


def test_tables_that_take_too_long_to_find_leave_the_text_of_the_page(pdf):
    lines = b"".join(b"%d %d m %d 700 l S\n" % (x, 90 + x, x + 1) for x in range(80, 500)) * 60
    page = words("What shipping costs") + table(PRICES) + lines

    read = sandbox.run("pdf", pdf(page, words("The last page.")), replace(LIMITS, page_timeout_s=1.0))

    assert "What shipping costs" in read["text"]
    assert "Austria" in read["text"]
    assert read["text"].endswith("The last page.")
    assert read["left_out"] == ""


def test_an_article_that_is_a_scanned_pdf_is_refused_where_no_engine_is_named(tmp_path):
    path = saved(tmp_path, drawn("Order 48213"), "scan.pdf")

    assert refusal("pdf", path, Limits(1_000_000_000, 60, 30, 50_000_000)) == "no_text"


def test_rows_of_a_table_are_read_from_the_top_and_from_the_left():
    boxes = [
        Box(300, 52, 360, 70, "4.50", 0.9),
        Box(10, 50, 120, 70, "Filter paper", 1.0),
        Box(300, 12, 360, 30, "19.00", 0.8),
        Box(10, 10, 90, 30, "Kettle", 1.0),
        Box(95, 10, 130, 30, "K1", 1.0),
    ]

    assert text_of(boxes) == "Kettle K1  19.00\nFilter paper  4.50"
    assert 0.8 < confidence_of(boxes) < 1


def test_a_picture_without_words_has_no_text(tmp_path):
    assert refusal("picture", saved(tmp_path, drawn(), "black.png")) == "no_text"


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\nbroken", b"<html><script>alert(1)</script>", b"<svg/>"])
def test_what_is_no_picture_is_not_read(tmp_path, content):
    (tmp_path / "x.png").write_bytes(content)

    assert refusal("picture", tmp_path / "x.png") == "unreadable_picture"


def test_a_picture_of_too_many_pixels_is_refused_by_its_header(tmp_path):
    header = b"\x00\x00\x00\rIHDR" + (50_000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    crc = zlib.crc32(header[4:]).to_bytes(4, "big")
    (tmp_path / "huge.png").write_bytes(b"\x89PNG\r\n\x1a\n" + header + crc + b"\x00\x00\x00\x00IDAT" + bytes(4))

    assert refusal("picture", tmp_path / "huge.png") == "too_many_pixels"


def test_a_document_that_unpacks_to_too_much_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.docx", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("[Content_Types].xml", "<Types/>")
        bomb.writestr("word/document.xml", b"0" * 60_000_000)

    assert refusal("docx", tmp_path / "bomb.docx") == "too_large"


def test_a_pdf_of_too_many_pages_is_refused(tmp_path):
    from pypdf import PdfWriter

    writer = PdfWriter()
    for _ in range(31):
        writer.add_blank_page(100, 100)
    writer.write(tmp_path / "long.pdf")

    assert refusal("pdf", tmp_path / "long.pdf") == "too_long"


def flate_bomb(unpacked_bytes):
    """A PDF of one page whose content unpacks to so many bytes."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * 1_000_000) for _ in range(unpacked_bytes // 1_000_000)) + packer.flush()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>",
        b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(packed), packed),
    ]
    out, places = io.BytesIO(b"%PDF-1.4\n"), []
    out.seek(0, io.SEEK_END)
    for number, each in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj%s endobj\n" % (number, each))
    at = out.tell()
    out.write(b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % at)
    return out.getvalue()


def test_a_pdf_that_unpacks_to_gigabytes_ends_its_own_reader_alone(tmp_path):
    (tmp_path / "bomb.pdf").write_bytes(flate_bomb(4_000_000_000))

    assert refusal("pdf", tmp_path / "bomb.pdf") in ("unreadable_pdf", "too_large", "no_text")


def test_a_reader_that_takes_too_long_is_ended_with_all_that_it_started(tmp_path):
    started = tmp_path / "started"
    program = f"""
import subprocess, time
child = subprocess.Popen(["sleep", "600"])
open({str(started)!r}, "w").write(str(child.pid))
time.sleep(600)
"""

    with open(tmp_path / "output", "wb") as output:
        assert sandbox._status_of([sys.executable, "-c", program], output, 3.0) is None

    child = int(started.read_text())
    for _ in range(100):  # the system ends it a little later
        if not is_running(child):
            return
        sleep(0.05)
    pytest.fail("What the reader started still runs.")


def test_a_reader_is_given_no_key_and_no_password(tmp_path, monkeypatch):
    monkeypatch.setenv("LARGE_MODEL_KEY", "sk-of-the-shop")
    monkeypatch.setenv("DATABASE_URL", "postgresql://brevity:secret@db/brevity")

    with open(tmp_path / "output", "wb") as output:
        assert sandbox._status_of([sys.executable, "-c", "import os; print(dict(os.environ))"], output, 30.0) == 0

    environment = (tmp_path / "output").read_text()
    assert "PATH" in environment
    assert "sk-of-the-shop" not in environment
    assert "secret" not in environment


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] not in ("Z", "X")
    except FileNotFoundError:
        return False


def test_a_reader_reaches_no_network():
    program = """
import socket
from knowledge.imports.sandbox_limits import Limits, confine
confine(Limits(1_500_000_000, 60, 30, 1_000_000))
socket.create_connection(("127.0.0.1", PORT), timeout=5)
"""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = subprocess.run(
            [sys.executable, "-c", program.replace("PORT", str(listener.getsockname()[1]))],
            capture_output=True,
            check=False,
        )

    assert done.returncode == 1
    assert b"has no network" in done.stderr


def network_left_with(imported):
    """Return how a process without privileges leaves the network once it has imported this."""
    program = f"""
import os
from knowledge.imports import {imported}
from knowledge.imports.sandbox_limits import leave_network
os.getuid() or os.setuid(65534)
print(leave_network())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    return done.stdout.strip()


def test_a_reader_without_privileges_moves_to_a_namespace_without_network():
    if network_left_with("sandbox_limits") != "unshared":
        pytest.skip("this system allows no namespaces to processes without privileges")

    assert network_left_with("sandbox_child") == "unshared"
