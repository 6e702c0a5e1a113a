"""The training: time or rows bound it, a checkpoint every ten minutes lets it go on where it was."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from training.reader.config import Config
from training.reader.encoding import Batch, Encoder, batches
from training.reader.network import HEADS, Reader
from training.reader.rows import Group, read
from training.reader.scoring import auc

VALID_BATCHES = 40
LOG_STEPS = 50


@dataclass(slots=True)
class Progress:
    step: int = 0
    rows: int = 0
    seconds: float = 0.0  # of training, without the time between two runs
    stretch: int = 0  # how many passes over a file of groups have begun


def train(config: Config, files: Sequence[Path], limit_rows: int, limit_s: float, start: Path | None = None) -> Path:
    """Train until the rows or the time is used up; return the last checkpoint. `start` lends its weights only."""
    torch.manual_seed(config.seed)
    torch.set_num_threads(config.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = Reader(config).to(device)
    optimiser = torch.optim.AdamW(model.groups(config), weight_decay=config.weight_decay, betas=(0.9, 0.98))
    progress = Progress()
    checkpoint = config.work / "checkpoint.pt"
    if checkpoint.exists():
        progress = _restore(checkpoint, model, optimiser)
        print(f"going on at row {progress.rows:,}", flush=True)
    elif start:
        model.load_state_dict(torch.load(start, map_location=device, weights_only=True)["model"])
    stopped = _listen()
    valid = _valid_batches(config, Encoder(config))
    _run(_Run(config, model, optimiser, progress, checkpoint, valid, device), files, limit_rows, limit_s, stopped)
    return checkpoint


@dataclass(slots=True)
class _Run:
    config: Config
    model: Reader
    optimiser: Any
    progress: Progress
    checkpoint: Path
    valid: list[Batch]
    device: str

    def keep(self) -> None:
        _save(self.checkpoint, self.model, self.optimiser, self.progress)
        print(validate(self.model, self.valid, self.device), flush=True)


def _run(run: _Run, files: Sequence[Path], limit_rows: int, limit_s: float, stopped: threading.Event) -> None:
    progress = run.progress
    began, saved = time.monotonic() - progress.seconds, time.monotonic()
    losses: list[float] = []
    for batch in _stream(run.config, files, Encoder(run.config), progress):
        progress.seconds = time.monotonic() - began
        done = max(progress.rows / limit_rows, progress.seconds / limit_s)
        if done >= 1 or stopped.is_set():
            break
        _pace(run.optimiser, done, run.config)
        losses.append(_step(run.model, run.optimiser, batch, run.config, run.device))
        progress.step += 1
        progress.rows += len(batch.labels)
        if progress.step % LOG_STEPS == 0:
            _report(progress, done, losses)
            losses.clear()
        if time.monotonic() - saved > run.config.checkpoint_s:
            run.keep()
            saved = time.monotonic()
    run.keep()


def _listen() -> threading.Event:
    """Set by SIGTERM and by Ctrl-C: the step under way is finished and kept."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    return stopped


def _stream(config: Config, files: Sequence[Path], encoder: Encoder, progress: Progress) -> Iterator[Batch]:
    """Pass over one file after the other, again and again. After a restart a pass begins anew, in another order."""
    while True:
        groups: list[Group] = [g for g in read(files[progress.stretch % len(files)]) if g.kind in HEADS]
        progress.stretch += 1
        yield from batches(groups, encoder, random.Random(config.seed + progress.step))


def _pace(optimiser: Any, done: float, config: Config) -> None:
    """Warm up, then down to nothing in a straight line."""
    share = min(1.0, done / config.warmup_share) * (1 - done)
    for group in optimiser.param_groups:
        group["lr"] = group["peak"] * share


def _step(model: Reader, optimiser: Any, batch: Batch, config: Config, device: str) -> float:
    model.train()
    with torch.autocast(device, torch.bfloat16):
        logits, tokens = model(*_inputs(batch, device))
    loss = _loss(logits.float(), tokens.float(), batch, config)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], 1.0)
    optimiser.step()
    value: float = loss.item()
    return value


def _inputs(batch: Batch, device: str) -> tuple[Any, Any, Any]:
    ids, mask, types = (torch.from_numpy(each).to(device) for each in (batch.ids, batch.mask, batch.types))
    return ids, mask, types


def _loss(logits: Any, tokens: Any, batch: Batch, config: Config) -> Any:
    """Each row right or wrong; of a question's rows the right one first; each labelled part right or wrong."""
    heads = torch.from_numpy(batch.heads).to(logits.device)
    labels = torch.from_numpy(batch.labels).to(logits.device)
    own = logits.gather(1, heads.unsqueeze(1)).squeeze(1)
    loss = functional.binary_cross_entropy_with_logits(own, labels)
    rival = _listwise(own, batch)
    if rival is not None:
        loss = loss + config.listwise_weight * rival
    if batch.parts:
        scores = torch.stack([tokens[row, first:end].mean() for row, first, end, _ in batch.parts])
        wanted = torch.tensor([float(label) for *_, label in batch.parts], device=logits.device)
        loss = loss + config.unit_weight * functional.binary_cross_entropy_with_logits(scores, wanted)
    return loss


def _listwise(own: Any, batch: Batch) -> Any | None:
    found = []
    answers = batch.heads == HEADS.index("answer")
    for number in np.unique(batch.group[answers]):
        (places,) = np.nonzero(batch.group == number)
        if len(places) > 1 and batch.labels[places].sum() == 1:
            right = int(places[batch.labels[places].argmax()])
            found.append(torch.logsumexp(own[torch.from_numpy(places).to(own.device)], 0) - own[right])
    return torch.stack(found).mean() if found else None


def _report(progress: Progress, done: float, losses: Sequence[float]) -> None:
    left = progress.seconds * (1 - done) / max(done, 1e-6)
    speed = progress.rows / max(progress.seconds, 1e-6)
    print(
        f"step {progress.step} rows {progress.rows:,} loss {np.mean(losses):.3f} "
        f"{speed:.1f} rows/s, {done:.0%}, {left / 60:.0f} min left",
        flush=True,
    )


def _save(path: Path, model: Reader, optimiser: Any, progress: Progress) -> None:
    state = {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "progress": asdict(progress)}
    torch.save(state, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


def _restore(path: Path, model: Reader, optimiser: Any) -> Progress:
    state = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(state["model"])
    optimiser.load_state_dict(state["optimiser"])
    return Progress(**state["progress"])


def _valid_batches(config: Config, encoder: Encoder) -> list[Batch]:
    groups = [group for group in read(config.work / "valid.0.jsonl") if group.kind in HEADS]
    rng = random.Random(config.seed)
    return [batch for batch, _ in zip(batches(groups, encoder, rng), range(VALID_BATCHES), strict=False)]


def validate(model: Reader, found: Sequence[Batch], device: str) -> str:
    """AUC of each head, and how often the right row of a question is first, over held-out documents."""
    model.eval()
    scores, labels, heads, firsts = [], [], [], []
    for batch in found:
        with torch.inference_mode(), torch.autocast(device, torch.bfloat16):
            logits, _ = model(*_inputs(batch, device))
        own = logits.float().cpu().numpy()[np.arange(len(batch.heads)), batch.heads]
        scores.append(own)
        labels.append(batch.labels)
        heads.append(batch.heads)
        firsts += _firsts(own, batch)
    score, label, head = np.concatenate(scores), np.concatenate(labels), np.concatenate(heads)
    told = [f"{name} AUC {auc(score[head == i], label[head == i]):.3f}" for i, name in enumerate(HEADS)]
    return f"valid: {', '.join(told)}, right row first {np.mean(firsts):.3f} of {len(firsts)}"


def _firsts(own: np.ndarray, batch: Batch) -> list[bool]:
    found = []
    for number in np.unique(batch.group):
        (places,) = np.nonzero(batch.group == number)
        if len(places) > 1 and batch.labels[places].sum() == 1:
            found.append(bool(batch.labels[places][own[places].argmax()]))
    return found
