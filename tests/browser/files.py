"""Helpers that choose, paste or drop files in the widget."""

import io
from typing import Any

from PIL import Image

from tests.browser.shopper import Shopper

EVENT_WITH_FILE = """([name, kind, bytes, event, texts]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], name, { type: kind }));
  for (const [type, text] of Object.entries(texts)) data.setData(type, text);
  const root = document.querySelector("#brevity-widget").shadowRoot;
  const given = { bubbles: true, cancelable: true };
  const pasted = new ClipboardEvent("paste", { ...given, clipboardData: data });
  if (event === "paste") root.querySelector("textarea").dispatchEvent(pasted);
  else root.querySelector(".panel").dispatchEvent(new DragEvent(event, { ...given, dataTransfer: data }));
}"""


def picture(size: tuple[int, int] = (60, 40), colour: str = "teal") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, colour).save(written, "PNG")
    return written.getvalue()


def chosen(name: str, kind: str, content: bytes) -> dict[str, Any]:
    return {"name": name, "mimeType": kind, "buffer": content}


async def choose(ana: Shopper, *files: dict[str, Any]) -> None:
    await ana.page.locator("input[type=file]").set_input_files(list(files))


async def give_file(ana: Shopper, event: str, name: str, kind: str, content: bytes, **texts: str) -> None:
    """`event` is paste, dragover, dragleave or drop; `texts` are what the clipboard holds beside the file."""
    named = {f"text/{name}": text for name, text in texts.items()}
    await ana.page.evaluate(EVENT_WITH_FILE, [name, kind, list(content), event, named])
