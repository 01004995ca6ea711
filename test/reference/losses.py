"""Writes losses.json: values and gradients of every loss by torch.autograd, for src/loss's tests.

Run with Debian's python3-torch 1.13: `/usr/bin/python3 test/reference/losses.py`. Seeded, float64. Each loss is written
from its paper's formula (docs/method.md section 3), with FN and FP as sums of their own; cross-entropy is PyTorch's.

Layout: see the `format` entry that stands first in losses.json.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

FORMAT = [
    "inputs: {name: {shape [N, outputs, K, J, I], logits, reference, weight [N, 1, K, J, I] or null}}, row-major;",
    "losses[] = terms of src/loss/loss-description.ts; those with betas are for as many foreground classes;",
    "results[] = {input, loss: index in losses, value, gradient in the logits}.",
]
TINY = 1e-7
OVER = (0, 2, 3, 4)
random = np.random.RandomState(11)


def foreground(logits: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
    if logits.shape[1] == 1:
        return torch.sigmoid(logits), g
    return torch.softmax(logits, 1)[:, 1:], g[:, 1:]


def tversky_index(logits: Tensor, g: Tensor, w: Tensor, alpha: Tensor, beta: Tensor, s: Tensor) -> Tensor:
    p, g = foreground(logits, g)
    tp = (w * p * g).sum(OVER)
    fp = (w * p * (1 - g)).sum(OVER)
    fn = (w * (1 - p) * g).sum(OVER)
    return (tp + s) / (tp + alpha * fp + beta * fn + torch.clamp(s, min=TINY))


def asymmetric(logits, g, w, betas, smoothing):
    p, g = foreground(logits, g)
    b2 = torch.tensor(betas, dtype=torch.float64) ** 2
    tp = (w * p * g).sum(OVER)
    fp = (w * p * (1 - g)).sum(OVER)
    fn = (w * (1 - p) * g).sum(OVER)
    return (1 - ((1 + b2) * tp + smoothing) / ((1 + b2) * tp + b2 * fn + fp + max(smoothing, TINY))).mean()


def tversky(logits, g, w, falsePositiveWeight, falseNegativeWeight, smoothing):
    s = torch.tensor(float(smoothing), dtype=torch.float64)
    return (1 - tversky_index(logits, g, w, falsePositiveWeight, falseNegativeWeight, s)).mean()


def focal_tversky(logits, g, w, falsePositiveWeight, falseNegativeWeight, smoothing, gamma):
    s = torch.tensor(float(smoothing), dtype=torch.float64)
    shortfall = 1 - tversky_index(logits, g, w, falsePositiveWeight, falseNegativeWeight, s)
    return ((F.relu(shortfall) + TINY) ** (1 / gamma)).mean()


def dice(logits, g, w, smoothing):
    p, g = foreground(logits, g)
    overlap = 2 * (w * p * g).sum(OVER) + smoothing
    return (1 - overlap / ((w * p).sum(OVER) + (w * g).sum(OVER) + max(smoothing, TINY))).mean()


def generalized_dice(logits, g, w):
    if logits.shape[1] == 1:
        p, g = torch.cat([torch.sigmoid(-logits), torch.sigmoid(logits)], 1), torch.cat([1 - g, g], 1)
    else:
        p = torch.softmax(logits, 1)
    volumes = (w * g).sum(OVER)
    present = volumes > 0
    if not present.any():
        return 1 + 0 * logits.sum()
    weights = torch.where(present, 1 / torch.where(present, volumes, torch.ones_like(volumes)) ** 2, torch.zeros_like(volumes))
    weights = torch.where(present, weights, weights.max())
    overlap = (weights * (w * p * g).sum(OVER)).sum()
    return 1 - 2 * overlap / (weights * ((w * p).sum(OVER) + (w * g).sum(OVER))).sum()


def mean(per_voxel: Tensor, w: Tensor) -> Tensor:
    return (w * per_voxel).sum() / max(1.0, w.sum().item())


def focal(logits, g, w, gamma, alpha):
    if logits.shape[1] == 1:
        lesion = alpha * torch.sigmoid(-logits) ** gamma * -F.logsigmoid(logits)
        background = (1 - alpha) * torch.sigmoid(logits) ** gamma * -F.logsigmoid(-logits)
        return mean(g * lesion + (1 - g) * background, w)
    others = (torch.softmax(logits, 1) * (1 - g)).sum(1, keepdim=True)
    a = torch.where(g[:, :1] == 1, torch.tensor(1 - alpha, dtype=torch.float64), torch.tensor(alpha, dtype=torch.float64))
    return mean(-a * others**gamma * (F.log_softmax(logits, 1) * g).sum(1, keepdim=True), w)


def cross_entropy(logits, g, w, foregroundWeight):
    f = torch.tensor([float(foregroundWeight)], dtype=torch.float64)
    if logits.shape[1] == 1:
        return mean(F.binary_cross_entropy_with_logits(logits, g, pos_weight=f, reduction="none"), w)
    factors = torch.cat([torch.ones(1, dtype=torch.float64), f.repeat(logits.shape[1] - 1)])
    return mean(F.cross_entropy(logits, g.argmax(1), weight=factors, reduction="none")[:, None], w)


FUNCTIONS = {
    "asymmetric": asymmetric,
    "tversky": tversky,
    "dice": dice,
    "generalized-dice": generalized_dice,
    "focal": focal,
    "cross-entropy": cross_entropy,
    "focal-tversky": focal_tversky,
}


def sides(false_positive: float, false_negative: float, smoothing: float) -> dict:
    return {"falsePositiveWeight": false_positive, "falseNegativeWeight": false_negative, "smoothing": smoothing}


LOSSES = [
    {"name": "asymmetric", "betas": [1.5], "smoothing": 0},
    {"name": "asymmetric", "betas": [1.5], "smoothing": 3.25},
    {"name": "asymmetric", "betas": [0.7, 3], "smoothing": 0},
    {"name": "tversky", **sides(0.3, 0.7, 0)},
    {"name": "tversky", **sides(1, 0.5, 1)},
    {"name": "dice", "smoothing": 0},
    {"name": "dice", "smoothing": 1},
    {"name": "generalized-dice"},
    {"name": "focal", "gamma": 2, "alpha": 0.25},
    {"name": "focal", "gamma": 0.5, "alpha": 0.6},
    {"name": "cross-entropy", "foregroundWeight": 1},
    {"name": "cross-entropy", "foregroundWeight": 10},
    {"name": "focal-tversky", **sides(0.3, 0.7, 0), "gamma": 4 / 3},
    {"name": "focal-tversky", **sides(0.4, 0.6, 1), "gamma": 0.75},
]


def draw(*shape: int) -> Tensor:
    """Normal values rounded to multiples of 1/64, which float32 holds."""
    return torch.from_numpy(np.round(1.5 * random.randn(*shape) * 64) / 64)


def one_hot(labels: np.ndarray, outputs: int) -> Tensor:
    return torch.from_numpy(np.moveaxis(np.eye(outputs)[labels], -1, 1).copy())


def inputs() -> dict[str, tuple[Tensor, Tensor, Tensor | None]]:
    def mask(*shape: int, share: float = 0.5) -> Tensor:
        return torch.from_numpy((random.rand(*shape) < share).astype(float))

    eight = (1, 1, 2, 2, 2)
    few = torch.zeros(eight, dtype=torch.float64)
    few.view(-1)[5] = 1
    extremes = torch.tensor([-100.0, -30, 30, 100, -100, -30, 30, 100], dtype=torch.float64).reshape(eight)
    right = (extremes > 0).double()
    halves = torch.tensor([0.0, 0, 0, 0, 1, 1, 1, 1], dtype=torch.float64).reshape(eight)
    labels = random.randint(0, 3, (2, 2, 2, 2))
    three = torch.zeros((1, 3, 1, 2, 4), dtype=torch.float64)
    for voxel in range(8):
        # 100 for one output and -100 or 30 for the others: four voxels right, four wrong against labels 0, 1, 2 in turn.
        three.view(3, 8)[:, voxel] = -100 if voxel % 2 == 0 else 30
        three.view(3, 8)[(voxel % 3 if voxel < 4 else (voxel + 1) % 3), voxel] = 100
    turn = np.arange(8).reshape(1, 1, 2, 4) % 3
    return {
        "random": (draw(2, 1, 2, 3, 2), mask(2, 1, 2, 3, 2), None),
        "padded": (draw(2, 1, 2, 2, 2), mask(2, 1, 2, 2, 2), mask(2, 1, 2, 2, 2, share=0.6)),
        "all background": (draw(*eight), torch.zeros(eight, dtype=torch.float64), None),
        "all foreground": (draw(*eight), torch.ones(eight, dtype=torch.float64), None),
        "one voxel of foreground": (draw(*eight), few, None),
        "one voxel, foreground": (draw(1, 1, 1, 1, 1), torch.ones((1, 1, 1, 1, 1), dtype=torch.float64), None),
        "one voxel, background": (draw(1, 1, 1, 1, 1), torch.zeros((1, 1, 1, 1, 1), dtype=torch.float64), None),
        "all masked": (draw(*eight), halves, torch.zeros(eight, dtype=torch.float64)),
        "extreme and right": (extremes, right, None),
        "extreme and wrong": (extremes, 1 - right, None),
        "extreme, half right": (extremes, halves, None),
        "extreme, no foreground": (extremes, torch.zeros(eight, dtype=torch.float64), None),
        "three outputs": (draw(2, 3, 2, 2, 2), one_hot(labels, 3), mask(2, 1, 2, 2, 2, share=0.7)),
        "three outputs, a class missing": (draw(1, 3, 2, 2, 2), one_hot(labels[:1] % 2, 3), None),
        "three outputs, all background": (draw(1, 3, 2, 2, 2), one_hot(0 * labels[:1], 3), None),
        "three outputs, extreme": (three, one_hot(turn, 3), None),
    }


def compact(value: float) -> float | int:
    return int(value) if value == int(value) else value


def numbers(x: Tensor) -> list[float | int]:
    return [compact(float(f"{value:.11g}")) for value in x.detach().flatten().tolist()]


def main() -> None:
    given = inputs()
    results = []
    for name, (logits, reference, weight) in given.items():
        w = torch.ones_like(logits[:, :1]) if weight is None else weight
        classes = max(1, logits.shape[1] - 1)
        for index, loss in enumerate(LOSSES):
            parameters = {key: value for key, value in loss.items() if key != "name"}
            if len(parameters.get("betas", [0] * classes)) != classes:
                continue
            x = logits.clone().requires_grad_(True)
            value = FUNCTIONS[loss["name"]](x, reference, w, **parameters)
            (gradient,) = torch.autograd.grad(value, x)
            assert torch.isfinite(value) and torch.isfinite(gradient).all(), (name, loss)
            results.append(
                {"input": name, "loss": index, "value": numbers(value)[0], "gradient": numbers(gradient)}
            )
    document = {
        "format": FORMAT,
        "inputs": {
            name: {
                "shape": list(logits.shape),
                "logits": numbers(logits),
                "reference": numbers(reference),
                "weight": None if weight is None else numbers(weight),
            }
            for name, (logits, reference, weight) in given.items()
        },
        "losses": [{"weight": 1, **loss} for loss in LOSSES],
        "results": results,
    }
    lines = []
    for key, part in document.items():
        if isinstance(part, dict):
            rows = [f"{json.dumps(name)}: {json.dumps(row, separators=(',', ':'))}" for name, row in part.items()]
            lines.append(f"{json.dumps(key)}: {{\n" + ",\n".join(rows) + "\n}")
        else:
            rows = [json.dumps(row, separators=(",", ":")) for row in part]
            lines.append(f"{json.dumps(key)}: [\n" + ",\n".join(rows) + "\n]")
    path = Path(__file__).with_name("losses.json")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{path.name}: {len(results)} results, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
