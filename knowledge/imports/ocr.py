"""Read the text on pictures (OCR), only in the child process of sandbox.py: the models take half a gigabyte.

Independent of Django. Engines are loaded with the first picture.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from knowledge.imports import text_layout
from knowledge.imports.sandbox_limits import Limits
from knowledge.imports.text_layout import Box

if TYPE_CHECKING:
    from pypdf import PageObject

OFF, RAPIDOCR, TESSERACT = ENGINES = ("off", "rapidocr", "tesseract")
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MAX_SIDE_PIXELS = 1_600  # a larger picture is made smaller first: memory and time grow with its area
_UNREADABLE = (OSError, ValueError, SyntaxError, EOFError)


class EngineMissing(Exception):
    """The engine named in the settings is not installed."""


def from_picture(path: Path, limits: Limits) -> dict[str, Any]:
    try:
        with Image.open(path, formats=FORMATS) as picture:
            if _has_too_many_pixels(picture.size, limits):
                return {"code": "too_many_pixels", "reason": f"At most {limits.max_pixels:,} pixels are allowed."}
            size = {"width": picture.width, "height": picture.height}
            boxes = boxes_on(picture, limits.ocr_engine)
    except EngineMissing as error:
        return {"code": "ocr_missing", "reason": str(error)}
    except Image.DecompressionBombError as error:
        return {"code": "too_many_pixels", "reason": str(error)}
    except _UNREADABLE as error:
        return {"code": "unreadable_picture", "reason": f"The picture cannot be read: {error}"}
    return _answer(boxes, limits.ocr_engine) | size


def picture_names(page: PageObject, limits: Limits) -> list[str]:
    """Return the pictures of a page that are large enough for text; those with too many pixels are not decoded."""
    names = []
    for name, reference in page.get("/Resources", {}).get("/XObject", {}).items():
        stream = reference.get_object()
        size = (int(stream.get("/Width", 0)), int(stream.get("/Height", 0)))
        if stream.get("/Subtype") == "/Image" and min(size) >= 16 and not _has_too_many_pixels(size, limits):
            names.append(name)
    return names


def text_on(page: PageObject, names: Iterable[str], engine: str) -> tuple[str, list[Box]]:
    """Return the text on these pictures of a page, and its words.

    Raises:
        EngineMissing
    """
    pictures = [picture for name in names if (picture := page.images[name].image) is not None]
    found = [boxes_on(picture, engine) for picture in pictures]
    text = "\n".join(filter(None, (text_layout.text_of(boxes) for boxes in found)))
    return text, [box for boxes in found for box in boxes]


def boxes_on(picture: Image.Image, engine: str) -> list[Box]:
    picture.draft("RGB", (MAX_SIDE_PIXELS, MAX_SIDE_PIXELS))  # a JPEG is made smaller while it is decoded
    smaller = _on_white(picture)
    smaller.thumbnail((MAX_SIDE_PIXELS, MAX_SIDE_PIXELS))
    return list(_READERS[engine](smaller))


def _on_white(picture: Image.Image) -> Image.Image:
    """Put the picture on white: dark letters on a transparent background would be dark on dark."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        with_alpha = picture.convert("RGBA")
        ground = Image.new("RGBA", with_alpha.size, "white")
        return Image.alpha_composite(ground, with_alpha).convert("RGB")
    return picture.convert("RGB")


def _answer(boxes: list[Box], engine: str) -> dict[str, Any]:
    text = text_layout.text_of(boxes)
    if not text.strip():
        return {"code": "no_text", "reason": "There is no text on it."}
    return {"title": "", "text": text, "engine": engine, "confidence": round(text_layout.confidence_of(boxes), 3)}


def _has_too_many_pixels(size: tuple[int, int], limits: Limits) -> bool:
    return bool(limits.max_pixels) and size[0] * size[1] > limits.max_pixels


@lru_cache(maxsize=1)
def _rapidocr() -> Callable[..., Any]:
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        raise EngineMissing("The package rapidocr is not installed.") from error
    threads = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
    # One line at a time: several are widened to the longest, and take half a gigabyte more.
    engine: Callable[..., Any] = RapidOCR(params={"Global.log_level": "critical", "Rec.rec_batch_num": 1, **threads})
    return engine


def _by_rapidocr(picture: Image.Image) -> Iterator[Box]:
    import numpy as np  # not before this process has left the network: it starts threads

    read = _rapidocr()(np.asarray(picture)[:, :, ::-1])  # it expects blue before red
    if read.txts is None:
        return
    for corners, text, score in zip(read.boxes, read.txts, read.scores, strict=True):
        (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
        yield Box(float(left), float(top), float(right), float(bottom), text, float(score))


def _by_tesseract(picture: Image.Image) -> Iterator[Box]:
    program = shutil.which("tesseract")
    if program is None:
        raise EngineMissing("Tesseract is not installed.")
    source = io.BytesIO()
    picture.save(source, "PNG")
    done = subprocess.run(
        [program, "stdin", "stdout", "tsv"],
        input=source.getvalue(),
        capture_output=True,
        check=False,
        env=os.environ | {"OMP_THREAD_LIMIT": "1"},
    )
    rows = csv.DictReader(io.StringIO(done.stdout.decode("utf-8", "replace")), delimiter="\t", quoting=csv.QUOTE_NONE)
    for row in rows:
        if (text := (row["text"] or "").strip()) and float(row["conf"]) >= 0:
            left, top, width, height = (float(row[name]) for name in ("left", "top", "width", "height"))
            yield Box(left, top, left + width, top + height, text, float(row["conf"]) / 100)


_READERS: dict[str, Callable[[Image.Image], Iterator[Box]]] = {RAPIDOCR: _by_rapidocr, TESSERACT: _by_tesseract}
