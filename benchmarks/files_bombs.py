"""How long others wait for an answer from the cache while eight hostile files are read, beside how long without them.

Run: python -m benchmarks files_bombs [--rounds 3] [--answers 600]. One web process, and clients on the same machine.
In each round the same questions are asked twice, in random order: alone, and while eight visitors each send a file that
is made to take long, or much memory, and these are read: a small PDF of 30 slow pages, a PDF and a DOCX that unpack to
hundreds of megabytes, and a picture of as many pixels as are allowed. Afterwards the files are deleted, which ends
their reading.
"""

import argparse
import asyncio
import io
import logging
import random
import statistics
import sys
import uuid
import zipfile
import zlib
from collections.abc import Sequence

import httpx
import numpy as np
import psutil
from PIL import Image

from assistant.confidence_intervals import bootstrap
from benchmarks.api_server import Bench, bench_shop, serving
from benchmarks.doors import p95
from benchmarks.doors_talk import Door, Slice, completions_door, quiet, rest_door, turn
from benchmarks.machine import described
from benchmarks.sockets_crowd import Guest, crowd, leave

AT_ONCE = 4
MOST_RATIO = 1.5  # a bound that says "about as before" on a machine of two cores
IDLE_S = 120.0


def slow_pdf() -> bytes:
    """Thirty pages that share one content, each of which takes seconds to read."""
    content = zlib.compress(b"BT /F1 1 Tf " + b"(a)Tj " * 400_000 + b"ET", 9)
    stream = b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(content), content)
    return pdf([stream, *[b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 3 0 R>>"] * 30])


def flate_bomb() -> bytes:
    content = zlib.compress(b" " * 900_000_000, 9)
    stream = b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(content), content)
    return pdf([stream, b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 3 0 R>>"])


def pdf(objects: Sequence[bytes]) -> bytes:
    """The first of the objects is the content of all pages, which are the others."""
    kids = b" ".join(b"%d 0 R" % number for number in range(4, 3 + len(objects)))
    tree = b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(objects) - 1)
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, each in enumerate([b"<</Type/Catalog/Pages 2 0 R>>", tree, *objects], start=1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, each)
    at = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out) + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(places) + 1, at)


def docx_bomb() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b"0" * 400_000_000)
    return written.getvalue()


def large_picture() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (4000, 4000), "teal").save(written, "PNG")
    return written.getvalue()


async def beside_bombs(bench: Bench, door: Door, bombs: Sequence[tuple[str, bytes]], count: int) -> Slice:
    guests = (await crowd(bench, [{} for _ in bombs])).guests
    async with httpx.AsyncClient(base_url=bench.url, timeout=120, trust_env=False) as browser:
        sending = asyncio.gather(*(send(browser, *each) for each in zip(guests, bombs, strict=True)))
        found = await turn(door, count, AT_ONCE)
        for guest, file in zip(guests, await sending, strict=True):
            (await browser.delete(f"/api/v1/attachments/{file}/", headers=session(guest))).raise_for_status()
    await leave(guests)
    return found


async def send(browser: httpx.AsyncClient, guest: Guest, file: tuple[str, bytes]) -> str:
    fields = {"conversation": guest.ready["conversation"]}
    answer = await browser.post("/api/v1/attachments/", data=fields, files={"file": file}, headers=session(guest))
    return str(answer.raise_for_status().json()["id"])


def session(guest: Guest) -> dict[str, str]:
    return {"Authorization": f"Bearer {guest.ready['session']}"}


async def idle(pids: Sequence[int]) -> None:
    """Wait until no child process reads a file, and the web process has nothing left to do."""
    for _ in range(round(IDLE_S / 0.5)):
        if not any(psutil.Process(pid).children() for pid in pids):
            break
        await asyncio.sleep(0.5)
    await quiet(set(pids))


async def measured(
    bench: Bench, doors: Sequence[Door], rounds: int, count: int
) -> dict[str, list[tuple[Slice, Slice]]]:
    kinds = [("slow.pdf", slow_pdf()), ("bomb.pdf", flate_bomb()), ("bomb.docx", docx_bomb())]
    bombs = [*kinds, ("large.png", large_picture())] * 2
    chance, found = random.Random(7), {door.name: [] for door in doors}
    for door in doors:
        await turn(door, 40, AT_ONCE)
    for number in range(rounds):
        for door in doors:
            pair: dict[bool, Slice] = {}
            for with_bombs in chance.sample([False, True], 2):
                await idle(door.pids)
                ask = beside_bombs(bench, door, bombs, count) if with_bombs else turn(door, count, AT_ONCE)
                pair[with_bombs] = await ask
            found[door.name].append((pair[False], pair[True]))
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    return found


def report(name: str, rounds: Sequence[tuple[Slice, Slice]]) -> list[str]:
    alone, beside = ([ms for pair in rounds for ms in pair[place].took_ms] for place in (0, 1))
    ratios = [p95(two.took_ms) / p95(one.took_ms) for one, two in rounds]
    low, high = bootstrap(ratios, np.median)
    refused = sum(len(each.refused) for pair in rounds for each in pair)
    print(
        f"| {name} | {p95(alone):.0f} | {p95(beside):.0f} | {statistics.median(ratios):.2f} [{low:.2f}, {high:.2f}] "
        f"| {len(rounds)} x {len(rounds[0][0].took_ms)} | {refused} |"
    )
    over = [f"{name}: {low:.2f} times at least"] if low > MOST_RATIO else []
    return over + ([f"{name}: {refused} refused"] if refused else [])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--answers", type=int, default=600)
    chosen = parser.parse_args()
    logging.getLogger("httpx").setLevel(logging.WARNING)
    bench = bench_shop(f"bombs-benchmark-{uuid.uuid4().hex[:8]}")
    try:
        with serving(bench) as pids:
            print(f"{described()}\n")
            doors = [
                rest_door(bench, pids),
                completions_door("/v1/chat/completions", pids, bench.url, bench.secret, "brevity"),
            ]
            found = asyncio.run(measured(bench, doors, chosen.rounds, chosen.answers))
        print("| others ask through | p95 alone, ms | p95 beside bombs, ms | ratio (median of rounds) | n | refused |")
        print("|---|---|---|---|---|---|")
        missed = [why for name, rounds in found.items() for why in report(name, rounds)]
    finally:
        bench.workspace.delete()
    if missed:
        sys.exit("Missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
