"""An embeddings server with the OpenAI API, in place of the local encoder."""

from __future__ import annotations

from collections.abc import Sequence

import httpx2
import numpy as np
import openai

from assistant.engines import tokenizer
from assistant.engines.base import EngineRefused, EngineUnavailable, TokenVectors
from assistant.engines.openai_transport import address, our_errors


class OpenAICompatibleEmbedder:
    """Vectors from POST /embeddings. The model has to give, or be able to shorten to, `dimensions`."""

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
        self.client = openai.OpenAI(
            **address(base_url, api_key),
            max_retries=0,
            http_client=httpx2.Client(timeout=timeout_s, proxy=proxy_url or None, trust_env=False),
        )

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        with our_errors():
            vectors = np.array(self._asked(texts), dtype=np.float32)
        if vectors.shape != (len(texts), self.dimensions):
            raise EngineRefused(f"{self.model} gives {vectors.shape}, not {self.dimensions}", reason="dimensions")
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: np.ndarray = vectors / np.maximum(norms, 1e-12)
        return unit

    def _asked(self, texts: Sequence[str]) -> list[list[float]]:
        """Ask for the dimensions by name; servers whose models have but one size refuse the word."""
        dimensions = self.dimensions if self.asks_dimensions else openai.omit
        try:
            answer = self.client.embeddings.create(
                model=self.model, input=list(texts), encoding_format="float", dimensions=dimensions
            )
        except (openai.BadRequestError, openai.UnprocessableEntityError):
            if not self.asks_dimensions:
                raise
            self.asks_dimensions = False
            return self._asked(texts)
        return [row.embedding for row in sorted(answer.data, key=lambda row: row.index)]

    def token_vectors(self, texts: Sequence[str]) -> list[TokenVectors]:
        raise EngineUnavailable("an embeddings server gives no vectors of tokens", reason="no_token_vectors")
