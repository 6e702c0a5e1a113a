"""Pictures for vision models: scaling them down before they are sent, and estimating their tokens.

`prepare` decodes in the child process of images.py. `estimated_tokens` follows the providers' documentation. Providers
count differently for different models; because the model is not known here, the highest count is used, so that a budget
is never exceeded:

- OpenAI, https://platform.openai.com/docs/guides/images-vision#calculating-costs: models like gpt-4o count 85 tokens
  plus 170 per tile of 512 by 512, after scaling to 2,048 and then to 768 on the shorter side; with low `detail`, 85 in
  total. Models like gpt-4.1-mini count patches of 32 by 32, at most 1,536, times 1.62. (gpt-4o-mini counts 33 times the
  tokens of gpt-4o at a lower price per token; nano models count patches times 2.46. Neither is covered.)
- Anthropic, https://docs.anthropic.com/en/docs/build-with-claude/vision: width times height divided by 750, or newer,
  patches of 28 by 28.
- Gemini, https://ai.google.dev/gemini-api/docs/image-understanding: 258 tokens up to 384 by 384, otherwise 258 per tile
  as wide as the shorter side divided by 1.5; according to Vertex AI's page, a tile is between 256 and 768 wide.
  Gemini 3, https://ai.google.dev/gemini-api/docs/media-resolution: up to 1,120 per picture.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable

from django.conf import settings

from assistant.errors import ServiceError
from assistant.uploads import images, sniffing
from assistant.uploads.image_tokens import image_tokens

LOW_DETAIL_TOKENS = 85


class VisionBudgetExceeded(ServiceError):
    """The pictures of a reply exceed VISION_MAX_TOKENS. `tokens` and `max_tokens` are in the details."""

    code = "vision_budget_exceeded"
    http_status = 422
    sentence = "These pictures are too large to be looked at together."


def prepare(content: bytes) -> bytes:
    """Convert a picture for a model: an upright JPEG of at most VISION_IMAGE_MAX_PX per side, without metadata.

    Transparency becomes white. Waits in the queue of images and blocks, so call it in a thread.

    Raises:
        ImageUnreadable: also if it is not a picture.
        ImagesBusy, OSError: see `images.reencoded`.
    """
    media_type = sniffing.type_of(io.BytesIO(content))
    if media_type not in images.FORMATS:
        raise images.ImageUnreadable
    box = (settings.VISION_IMAGE_MAX_PX, settings.VISION_IMAGE_MAX_PX)
    quality = settings.VISION_JPEG_QUALITY
    with images.reencoded(io.BytesIO(content), media_type, box, quality) as jpeg:
        return bytes(jpeg.read())


class Budget:
    """The tokens that the pictures of one reply may take together: VISION_MAX_TOKENS, as estimated."""

    def __init__(self) -> None:
        self.tokens = 0  # taken so far

    def take(self, size: tuple[int, int], provider: str, *, detail: str = "high") -> int:
        """Return the tokens of one more picture, before it is sent. `size` is width and height.

        Raises:
            VisionBudgetExceeded: there are not so many left. A smaller picture may still fit.
        """
        tokens = estimated_tokens(*size, provider, detail=detail)
        if self.tokens + tokens > settings.VISION_MAX_TOKENS:
            raise VisionBudgetExceeded(tokens=self.tokens + tokens, max_tokens=settings.VISION_MAX_TOKENS)
        self.tokens += tokens
        return tokens


def estimated_tokens(width: int, height: int, provider: str, *, detail: str = "high") -> int:
    """Return an upper bound of the prompt tokens of a picture.

    `provider` is a key of FORMULAS; for an unknown one, the highest formula is used. `detail` is OpenAI's parameter and
    ignored for other providers.
    """
    if detail == "low" and provider in ("openai", "azure"):
        return LOW_DETAIL_TOKENS
    known = FORMULAS.get(provider)
    formulas = [known] if known else FORMULAS.values()
    return max(formula(width, height) for formula in formulas)


def _covering(width: float, height: float, side: float) -> int:
    """Return the number of squares that cover a picture."""
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
