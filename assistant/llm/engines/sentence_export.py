"""Export the embedder to ONNX, once per machine.

    python -m assistant.llm.engines.sentence_export DIRECTORY [int8|onnx]

Pooling and normalisation are part of the graph; the last layer is a second output. Only MatMul is quantised:
quantising the rest loses more than it gains (top-1 18 of 20 instead of 20).
"""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn
from transformers import AutoModel

from assistant.llm.engines.sentence_encoder import export_path, weights_directory

OPSET = 17


class Encoder(nn.Module):
    """The transformer with mean pooling over real tokens and unit norm, as in sentence-transformers."""

    def __init__(self) -> None:
        super().__init__()
        self.model = AutoModel.from_pretrained(str(weights_directory()), attn_implementation="eager")

    def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> tuple[Any, Any]:
        hidden = self.model(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        weights = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
        return nn.functional.normalize(mean, dim=1), hidden


def export(path: Path) -> None:
    inputs = ("input_ids", "attention_mask", "token_type_ids")
    example = (
        torch.tensor([[101, 7592, 102]]),
        torch.ones(1, 3, dtype=torch.long),
        torch.zeros(1, 3, dtype=torch.long),
    )
    with torch.inference_mode():
        torch.onnx.export(
            Encoder().eval(),
            example,
            str(path),
            input_names=list(inputs),
            output_names=["sentence_vector", "token_vectors"],
            dynamic_axes={name: {0: "texts", 1: "tokens"} for name in (*inputs, "token_vectors")}
            | {"sentence_vector": {0: "texts"}},
            opset_version=OPSET,
            dynamo=False,
        )


def quantise(whole: Path, small: Path) -> None:
    """Quantise weights to seven bits. With eight, sums overflow on processors without VNNI and change the vectors."""
    quantize_dynamic(
        whole,
        small,
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
    )


def make(directory: Path, variant: str) -> Path:
    """Create the file if it is missing. Of several concurrent processes one does the work and the others wait."""
    target = export_path(directory, variant)
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "export.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            whole, small = target.with_suffix(".whole"), target.with_suffix(".small")
            export(whole)
            if variant == "int8":
                quantise(whole, small)
                whole.unlink()
                whole = small
            whole.replace(target)
    return target


if __name__ == "__main__":
    print(make(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "int8"))
