"""Answers in the form in which real providers stream them: files that are played back event by event.

`NAME.sse` is the body of a streamed chat completion, byte for byte. `NAME.json` beside it says where the form is
documented, what the server refuses (fields of `Behaviour`), its status and type of content where they are not those of
a stream, and, for tests, what is to be read from it.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.fake_openai import oddities
from tools.fake_openai.behaviour import Behaviour

NAME = re.compile(r"[a-z0-9_]{1,60}")
EVENT = re.compile(rb".*?\r?\n\r?\n|.+\Z", re.S)


@dataclass(frozen=True)
class Recording:
    name: str
    events: tuple[bytes, ...]
    about: dict[str, Any]

    @property
    def behaviour(self) -> dict[str, Any]:
        return self.about.get("behaviour", {})

    async def over_the_wire(self, behaviour: Behaviour) -> AsyncGenerator[bytes, None]:
        """What goes over the wire, each in a packet of its own, with the fault of `behaviour.mode` if it has one.

        Raises:
            Cut: the line is to break here.
        """
        mode = behaviour.mode
        for place, event in enumerate(self.events):
            if place == behaviour.after_chunks:
                if mode == "cut":
                    raise oddities.Cut
                yield oddities.FAULTS.get(mode, b"")
            for packet in (*oddities.between(place, mode), *oddities.packets(event, mode)):
                yield packet
            await asyncio.sleep(behaviour.pause_s if mode == "drip" else 0)
        if mode == "no_done" or self.about.get("hangs"):
            await asyncio.sleep(3600)


def names(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.sse"))


def find(folder: Path | None, name: str) -> Recording | None:
    """The recording of this name, or None."""
    if folder is None or not NAME.fullmatch(name) or not (stream := folder / f"{name}.sse").is_file():
        return None
    about = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return Recording(name, tuple(EVENT.findall(stream.read_bytes())), about)
