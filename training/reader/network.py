"""MiniLM-L6 with two answers to a pair of texts, and one to each token of the second.

Heads read the first token, the mean of either text and the product of both means: the last is what the embedder's
cosine rests on, so that what it knows is there from the first step.
"""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
from torch import nn
from transformers import AutoConfig, AutoModel

from assistant.llm.engines.sentence_encoder import weights_directory
from training.reader.config import Config

HEADS = ("answer", "pair")
HIDDEN = 192


class Reader(nn.Module):
    """`forward` returns (rows, 2) logits by HEADS and (rows, tokens) logits of parts that answer.

    Plain attention: on a processor, for short rows, it is a third faster than the fused one with its backward pass.
    """

    def __init__(self, config: Config, attention: str = "eager") -> None:
        super().__init__()
        path = str(weights_directory())
        settings = AutoConfig.from_pretrained(
            path,
            num_hidden_layers=config.layers,
            hidden_dropout_prob=config.dropout,
            attention_probs_dropout_prob=0.0,
        )
        self.encoder = AutoModel.from_pretrained(
            path, config=settings, attn_implementation=attention, add_pooling_layer=False
        )
        width = settings.hidden_size
        self.first = nn.Linear(4 * width, HIDDEN)
        self.last = nn.Linear(HIDDEN, len(HEADS))
        self.token = nn.Linear(width, 1)
        frozen = [self.encoder.embeddings, *self.encoder.encoder.layer[: config.frozen_layers]]
        for module in frozen:
            module.requires_grad_(False)

    def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> tuple[Any, Any]:
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        second = (token_type_ids * attention_mask).unsqueeze(-1).to(hidden.dtype)
        one = ((1 - token_type_ids) * attention_mask).unsqueeze(-1).to(hidden.dtype)
        asked = (hidden * one).sum(1) / one.sum(1).clamp(min=1)
        told = (hidden * second).sum(1) / second.sum(1).clamp(min=1)
        near = 20 * nn.functional.normalize(asked, dim=1) * nn.functional.normalize(told, dim=1)
        seen = torch.cat([hidden[:, 0], asked, told, near], dim=1)
        logits = self.last(nn.functional.gelu(self.first(seen)))
        return logits, self.token(hidden).squeeze(-1)

    def groups(self, config: Config) -> list[dict[str, Any]]:
        """The parameters that learn, for an optimiser: the heads are new and learn faster."""
        heads = [*self.first.parameters(), *self.last.parameters(), *self.token.parameters()]
        body = [p for p in self.encoder.parameters() if p.requires_grad]
        return [
            {"params": body, "lr": config.rate, "peak": config.rate},
            {"params": heads, "lr": config.head_rate, "peak": config.head_rate},
        ]
