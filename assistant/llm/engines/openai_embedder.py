"""An embeddings server with the OpenAI API, in place of the local encoder."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import httpx2
import numpy as np
import openai
from openai.types import CreateEmbeddingResponse

from assistant.llm.engines import tokenizer
from assistant.llm.engines.base import EngineRefused, EngineUnavailable, TokenVectors
from assistant.llm.engines.openai_transport import GuardedTransport, address, our_errors


class OpenAICompatibleEmbedder:
    """Gets vectors from POST /embeddings. The model must have `dimensions`, or be able to shorten its vectors."""

    languages = None

    def __init__(
        self,
        name: str,
        *,
        base_url: str,
        model: str,
        tokenizer_dir: str,
        api_key: str = "",
        dimensions: int = 384,
        timeout_s: float = 10.0,
        proxy_url: str = "",
    ) -> None:
        self.name = f"{model}/{dimensions}"
        self.model = model
        self.dimensions = dimensions
        self.count_tokens = tokenizer.counter(tokenizer_dir)
        self.asks_dimensions = True
        self.api_key = api_key
        self.client = openai.OpenAI(
            **address(base_url, api_key),
            max_retries=0,
            http_client=httpx2.Client(
                transport=GuardedTransport(proxy=proxy_url or None), timeout=timeout_s, trust_env=False
            ),
        )

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        with our_errors(self.api_key):
            answer, said_dimensions = self._asked(texts)
        try:
            vectors = np.array([row.embedding for row in sorted(answer.data, key=lambda row: row.index)], np.float32)
        except (AttributeError, TypeError, ValueError) as error:  # a proxy's HTML page, or rows of different lengths
            raise EngineUnavailable(f"no list of vectors: {error!r:.120}", reason="upstream_invalid") from error
        if vectors.shape != (len(texts), self.dimensions):
            raise EngineRefused(f"{self.model} gives {vectors.shape}, not {self.dimensions}", reason="dimensions")
        if not np.isfinite(vectors).all():
            raise EngineUnavailable(f"{self.model} gives vectors without values", reason="upstream_invalid")
        self.asks_dimensions = said_dimensions
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: np.ndarray = vectors / np.maximum(norms, 1e-12)
        return unit

    def _asked(self, texts: Sequence[str]) -> tuple[CreateEmbeddingResponse, bool]:
        """Send the request with `dimensions`, or without if that is refused; return whether it was sent.

        Servers whose models have only one size refuse the parameter. If the reason is another one, such as a text that
        is too long, the request without it fails too, and the parameter is sent again next time.
        """
        if self.asks_dimensions:
            with suppress(openai.BadRequestError, openai.UnprocessableEntityError):
                return self._create(texts, self.dimensions), True
        return self._create(texts, openai.omit), False

    def _create(self, texts: Sequence[str], dimensions: int | openai.Omit) -> CreateEmbeddingResponse:
        return self.client.embeddings.create(
            model=self.model, input=list(texts), encoding_format="float", dimensions=dimensions
        )

    def token_vectors(self, texts: Sequence[str]) -> list[TokenVectors]:
        raise EngineUnavailable("an embeddings server gives no vectors of tokens", reason="no_token_vectors")
