"""Vectors of all questions and passages, by the embedder that search uses, for mining. Made once and kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import AutoModel

from assistant.llm.engines.sentence_encoder import weights_directory
from training.reader.config import Config
from training.reader.corpora import questions

MAX_TOKENS = 72
BATCH_TOKENS = 8_000
REPORT = 100


def path_of(config: Config) -> Path:
    return config.work / "vectors.npz"


def make(config: Config, langs: Sequence[str] = ("en",)) -> int:
    """Embed what the sets hold in these languages; return how many texts."""
    asked = [q for q in questions(config) if q.lang in langs]
    texts = {q.text: q.text for q in asked}
    texts |= {p.text: f"{p.title}\n{p.text}" for q in asked for p in (*q.positives, *q.negatives)}
    found = embed(config, list(texts.values()))
    np.savez(path_of(config), texts=np.array(list(texts), dtype=object), vectors=found.astype(np.float16))
    return len(texts)


def load(config: Config) -> dict[str, np.ndarray] | None:
    if not path_of(config).exists():
        return None
    stored = np.load(path_of(config), allow_pickle=True)
    return dict(zip(stored["texts"], stored["vectors"].astype(np.float32), strict=True))


def embed(config: Config, texts: Sequence[str]) -> np.ndarray:
    torch.set_num_threads(config.threads)
    model = AutoModel.from_pretrained(str(weights_directory()), add_pooling_layer=False).eval()
    tokenizer = Tokenizer.from_file(str(weights_directory() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    coded = [each.ids for each in tokenizer.encode_batch([text[:1_000] for text in texts])]
    order = sorted(range(len(coded)), key=lambda i: len(coded[i]))
    found = np.zeros((len(texts), 384), np.float32)
    first = count = 0
    while first < len(order):
        size = 1
        while first + size < len(order) and (size + 1) * len(coded[order[first + size]]) <= BATCH_TOKENS:
            size += 1
        places = order[first : first + size]
        found[places] = _pooled(model, [coded[i] for i in places])
        first, count = first + size, count + 1
        if count % REPORT == 0:
            print(f"{first:,} of {len(order):,} texts", flush=True)
    return found


def _pooled(model: torch.nn.Module, coded: Sequence[Sequence[int]]) -> np.ndarray:
    width = max(map(len, coded))
    ids = torch.zeros(len(coded), width, dtype=torch.long)
    for row, each in enumerate(coded):
        ids[row, : len(each)] = torch.tensor(each)
    mask = (ids != 0).long()
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state.float()
    weights = mask.unsqueeze(-1).float()
    mean = (hidden * weights).sum(1) / weights.sum(1)
    pooled: np.ndarray = torch.nn.functional.normalize(mean, dim=1).numpy()
    return pooled
