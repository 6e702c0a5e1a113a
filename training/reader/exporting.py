"""A checkpoint into the file that ships: weights in seven bits, word vectors in eight, one text at a time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn

from training.reader.config import Config
from training.reader.network import HEADS, Reader

OPSET = 17
MAX_BYTES = 25_000_000


@dataclass(frozen=True, slots=True)
class Combined:
    """The reader's logit with what search saw, in one logistic model: log-odds that a chunk answers."""

    weights: dict[str, float]
    bias: float


class SmallTable(nn.Module):
    """Word vectors in eight bits, each with a scale of its own: 12 MB where they were 47."""

    table: torch.Tensor
    scale: torch.Tensor

    def __init__(self, table: torch.Tensor) -> None:
        super().__init__()
        scale = table.abs().amax(dim=1, keepdim=True).clamp(min=1e-9) / 127
        self.register_buffer("table", (table / scale).round().to(torch.int8))
        self.register_buffer("scale", scale)

    def forward(self, ids: Any) -> Any:
        return self.table[ids].to(torch.float32) * self.scale[ids]


def export(config: Config, checkpoint: Path, target: Path) -> Path:
    """Write `target`, and beside it what the product needs to know of it, with nothing calibrated yet."""
    model = Reader(config)
    model.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["model"])
    embeddings = model.encoder.embeddings
    embeddings.word_embeddings = SmallTable(embeddings.word_embeddings.weight.detach())
    whole = target.with_suffix(".whole")
    target.parent.mkdir(parents=True, exist_ok=True)
    _to_onnx(model.eval(), whole)
    # Seven bits: with eight, sums overflow on processors without VNNI, and their results are others.
    quantize_dynamic(
        whole,
        target,
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
    )
    whole.unlink()
    if (size := target.stat().st_size) > MAX_BYTES:
        raise SystemExit(f"{target} has {size:,} bytes, more than {MAX_BYTES:,}")
    return target


def _to_onnx(model: nn.Module, path: Path) -> None:
    inputs = ("input_ids", "attention_mask", "token_type_ids")
    example = (
        torch.tensor([[101, 7592, 102, 7592, 102]]),
        torch.ones(1, 5, dtype=torch.long),
        torch.tensor([[0, 0, 0, 1, 1]]),
    )
    with torch.inference_mode():
        torch.onnx.export(
            model,
            example,
            str(path),
            input_names=list(inputs),
            output_names=["heads", "tokens"],
            dynamic_axes={name: {1: "tokens"} for name in (*inputs, "tokens")},
            opset_version=OPSET,
            dynamo=False,
        )


def state(
    target: Path, name: str, calibration: dict[str, tuple[float, float]], combined: Combined | None = None
) -> None:
    """Write what stands beside the weights."""
    rounded = {head: [round(float(number), 5) for number in numbers] for head, numbers in calibration.items()}
    stated: dict[str, Any] = {"name": name, "heads": list(HEADS), "calibration": rounded}
    if combined:
        weights = {name: round(weight, 5) for name, weight in combined.weights.items()}
        stated["combined"] = {"weights": weights, "bias": round(combined.bias, 5)}
    target.with_suffix(".json").write_text(json.dumps(stated, indent=2) + "\n")


def line(logits: np.ndarray, labels: np.ndarray, rounds: int = 200) -> tuple[float, float]:
    """Slope and offset of the logistic line through logits (Platt), by Newton's method."""
    slope, offset = 1.0, 0.0
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-(slope * logits + offset)))
        gradient = np.array([((p - labels) * logits).sum(), (p - labels).sum()])
        w = p * (1 - p) + 1e-9
        bend = np.array([[(w * logits**2).sum(), (w * logits).sum()], [(w * logits).sum(), w.sum()]])
        step = np.linalg.solve(bend + 1e-6 * np.eye(2), gradient)
        slope, offset = slope - step[0], offset - step[1]
        if np.abs(step).max() < 1e-7:
            break
    return float(slope), float(offset)
