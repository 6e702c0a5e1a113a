"""Pictures for models that see: cut down before they are sent, and what providers count for each.

`prepare` decodes in the child process of images.py. `estimated_tokens` follows what the providers publish. A provider
counts differently from one family of its models to the next; where the model is not known, the higher count holds,
so that a budget is never overdrawn:

- OpenAI, https://platform.openai.com/docs/guides/images-vision#calculating-costs: gpt-4o and the like count 85 tokens
  and 170 for each tile of 512 by 512, after fitting into 2,048 and then to 768 on the shorter side; with `detail` low
  85 in all. gpt-4.1-mini and the like count patches of 32 by 32, at most 1,536, times 1.62. (gpt-4o-mini counts 33
  times the tokens of gpt-4o at a lower price for each; nano models count patches times 2.46. Neither is covered.)
- Anthropic, https://docs.anthropic.com/en/docs/build-with-claude/vision: width times height by 750, later patches of
  28 by 28.
- Gemini, https://ai.google.dev/gemini-api/docs/image-understanding: 258 tokens up to 384 by 384, else 258 for each
  tile as wide as the shorter side by 1.5; Vertex AI's page adds that a tile is no smaller than 256 and no larger than
  768. Gemini 3, https://ai.google.dev/gemini-api/docs/media-resolution: up to 1,120 for a picture.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterable

from django.conf import settings

from assistant.errors import ServiceError
from assistant.uploads import images, sniffing
from assistant.uploads.image_tokens import image_tokens

LOW_DETAIL_TOKENS = 85


class VisionBudgetExceeded(ServiceError):
    """`tokens` and `max_tokens` are in the details."""

    code = "vision_budget_exceeded"
    http_status = 422
    sentence = "These pictures are too large to be looked at together."


def prepare(content: bytes) -> bytes:
    """A picture as a model gets it: a JPEG, upright, at most VISION_IMAGE_MAX_PX on the longer side, no metadata.

    What is transparent is white. Takes its turn in the queue of images and blocks: call it in a thread.

    Raises:
        ImageUnreadable, ImagesBusy, OSError: as images.reencoded does; ImageUnreadable also for what is no picture.
    """
    media_type = sniffing.type_of(io.BytesIO(content))
    if media_type not in images.FORMATS:
        raise images.ImageUnreadable
    box = (settings.VISION_IMAGE_MAX_PX, settings.VISION_IMAGE_MAX_PX)
    quality = settings.VISION_JPEG_QUALITY
    with images.reencoded(io.BytesIO(content), media_type, box, quality) as jpeg:
        return bytes(jpeg.read())


def require_budget(sizes: Iterable[tuple[int, int]], provider: str, *, detail: str = "high") -> int:
    """The tokens of the pictures of one reply, counted before the call. Sizes are width and height.

    Raises:
        VisionBudgetExceeded: more than VISION_MAX_TOKENS.
    """
    tokens = sum(estimated_tokens(width, height, provider, detail=detail) for width, height in sizes)
    if tokens > settings.VISION_MAX_TOKENS:
        raise VisionBudgetExceeded(tokens=tokens, max_tokens=settings.VISION_MAX_TOKENS)
    return tokens


def estimated_tokens(width: int, height: int, provider: str, *, detail: str = "high") -> int:
    """At most so many prompt tokens a picture costs. A provider that no formula is known for counts as the dearest.

    `provider` is a key of FORMULAS; `detail` is as OpenAI's parameter, and others don't know it.
    """
    if detail == "low" and provider in ("openai", "azure"):
        return LOW_DETAIL_TOKENS
    known = FORMULAS.get(provider)
    formulas = [known] if known else FORMULAS.values()
    return max(formula(width, height) for formula in formulas)


def _covering(width: float, height: float, side: float) -> int:
    """How many squares cover a picture."""
    return math.ceil(round(width) / side) * math.ceil(round(height) / side)


def _openai(width: int, height: int) -> int:
    return max(image_tokens(model, width, height) for model in ("gpt-4o", "gpt-4.1-mini"))


def _anthropic(width: int, height: int) -> int:
    return max(math.ceil(width * height / 750), _covering(width, height, 28))


def _gemini(width: int, height: int) -> int:
    tile = min(768, max(256, math.floor(min(width, height) / 1.5)))
    tiles = 1 if max(width, height) <= 384 else _covering(width, height, tile)
    return max(258 * tiles, 1120)


FORMULAS: dict[str, Callable[[int, int], int]] = {
    "openai": _openai,
    "azure": _openai,
    "anthropic": _anthropic,
    "gemini": _gemini,
}
