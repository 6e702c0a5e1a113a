"""Draw the twenty pictures of this folder: displays, labels and screenshots as customers of the demo shop send them.

Run: python -m tests.pictures.make. They come out the same each time. `WORDS` says what stands on each, for the tests.
"""

from __future__ import annotations

import random
from pathlib import Path

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

FOLDER = Path(__file__).parent
COLOURS = 48  # of each picture: small files
# name: kind, the lines on it
WORDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "display_e5": ("display", ("ERROR E5",)),
    "display_e5_tilted": ("tilted", ("E5", "SCALE")),
    "display_e1": ("display", ("Error E1",)),
    "display_e2": ("lcd", ("E2", "MOTOR HOT")),
    "display_e3": ("lcd", ("E3", "HOPPER")),
    "display_e6": ("tilted", ("ERROR E6",)),
    "display_e7": ("dim", ("ERROR E7",)),
    "display_cal": ("lcd", ("CAL 100 g",)),
    "display_dose": ("dim", ("18.0 g",)),
    "label_mill": ("label", ("Filament Mill Pro", "Model FL-M200", "Serial no. 2204-118733", "230 V  50 Hz  160 W")),
    "label_mill_small": ("small_label", ("Mill", "Model FL-M100", "Serial 2109-004512", "230 V  50 Hz  120 W")),
    "label_parcel": ("label", ("Parcel 00340434161094", "Order 48213", "To: Ana Silva", "Weight 2.4 kg")),
    "label_beans": ("small_label", ("House Blend 250 g", "Roasted 12 Nov 2026", "Lot 7731-B", "Best before 05/2027")),
    "screen_order": ("screen", ("Your order 48213", "Mill Pro  1  249.00", "Shipping  4.90", "Total  253.90")),
    "screen_payment": ("screen", ("Payment failed", "Your card was declined.", "Code: 4021")),
    "screen_voucher": ("screen", ("Voucher not valid", "SPRING-20 expired on 31 May")),
    "screen_login": ("screen", ("We could not sign you in", "Check your e-mail and password")),
    "screen_dark": ("dark_screen", ("Delivery delayed", "New date: 4 December 2026")),
    "receipt": ("paper", ("FILAMENT STORE", "Filter paper  4.50", "Kettle  59.00", "TOTAL  63.50", "28-11-2026")),
    "note": ("paper", ("Return form", "Reason: grinder too loud", "RMA 90177")),
}
# ground, ink, size, font pixels
LOOKS = {
    "display": ("#101010", "#ff3b30", (480, 200), 72),
    "tilted": ("#1b1b1b", "#ff5a36", (480, 300), 64),
    "lcd": ("#b7c4a0", "#23301c", (420, 220), 60),
    "dim": ("#080808", "#7d2a22", (480, 200), 70),
    "label": ("#d9d9d4", "#1d1d1d", (640, 340), 40),
    "small_label": ("#eeeee8", "#333333", (420, 220), 26),
    "screen": ("#ffffff", "#222222", (640, 320), 32),
    "dark_screen": ("#16181d", "#d5d8de", (640, 240), 32),
    "paper": ("#f5f1e6", "#2b2b2b", (420, 360), 32),
}


def drawn(name: str) -> Image.Image:
    kind, lines = WORDS[name]
    ground, ink, size, font_px = LOOKS[kind]
    picture = Image.new("RGB", size, ground)
    font = ImageFont.load_default(font_px)
    for at, line in enumerate(lines):
        _write(picture, line, 36 + at * font_px * 1.45, font, ink)
    return _photographed(picture, ground) if kind in ("tilted", "dim", "label") else picture


def _write(picture: Image.Image, line: str, top: float, font: ImageFont.ImageFont, ink: str) -> None:
    """Two spaces part columns; the last of several stands at the right."""
    columns = line.split("  ") if line[-1].isdigit() else [line]
    pen = ImageDraw.Draw(picture)
    pen.text((36, top), "  ".join(columns[:-1] or columns), font=font, fill=ink)
    if len(columns) > 1:
        pen.text((picture.width - 36, top), columns[-1], font=font, fill=ink, anchor="ra")


def _photographed(picture: Image.Image, ground: str) -> Image.Image:
    """Turned a little, not quite sharp, not quite evenly lit."""
    turned = picture.rotate(4, Image.Resampling.BICUBIC, expand=True, fillcolor=ground)
    soft = turned.filter(ImageFilter.GaussianBlur(0.8))
    grains, chance = soft.load(), random.Random(1)
    for _ in range(soft.width * soft.height // 60):
        x, y = chance.randrange(soft.width), chance.randrange(soft.height)
        grains[x, y] = tuple(min(255, value + 30) for value in grains[x, y])
    return ImageEnhance.Brightness(soft).enhance(0.9)


def main() -> None:
    for name in WORDS:
        drawn(name).quantize(COLOURS).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
