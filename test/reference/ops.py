"""Writes ops.json: values and gradients of single operations and of the loss by torch.autograd, for src/graph's and
src/loss's tests.

Run with Debian's python3-torch 1.13: `/usr/bin/python3 test/reference/ops.py`. Seeded. Everything is computed in
float64 from inputs that float32 holds exactly (multiples of 1/64).

Layout: see the `format` entry that stands first in ops.json.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from fc_densenet import asymmetric_similarity

FORMAT = [
    "cases[] = {name, op, options, inputs, output, outputGradient, gradients}; op and options are src/graph/op.ts's",
    "kind and parameters; besides, 'asymmetricSimilarity' with {betas, smoothing} and 'groupNormalization' with",
    "{groups, epsilon}. inputs: {name: {shape, values}} in the op's order; output: {shape, values}, row-major;",
    "gradients: {name: values} of sum(output * outputGradient), for each input that has one. Kernels are",
    "[Co, Ci, k, j, i], strides and windows [K, J, I], images [N, C, K, J, I].",
    "maxPool with ties: `gradients` shares equally, as this project does; `torchGradients` is PyTorch's, which gives",
    "all to the first maximum. Losses: inputs logits, target and, in some, weight; outputGradient is 1.",
]
EPSILON = 1.1e-5
random = np.random.RandomState(7)
cases: list[dict] = []


def draw(*shape: int, scale: float = 1.0) -> Tensor:
    """Normal values rounded to multiples of 1/64."""
    return torch.from_numpy(np.asarray(np.round(random.randn(*shape) * scale * 64) / 64))


def distinct(*shape: int) -> Tensor:
    """Values that are all different, for maxima without ties."""
    count = int(np.prod(shape))
    return torch.from_numpy((random.permutation(count).reshape(shape) - count / 2) / 64)


def compact(value: float) -> float | int:
    return int(value) if value == int(value) else value


def numbers(x: Tensor) -> list[float | int]:
    """Results, to a digit more than float32 has."""
    return [compact(float(f"{value:.8g}")) for value in x.detach().double().flatten().tolist()]


def exact_numbers(x: Tensor) -> list[float | int]:
    values = x.detach().double()
    assert torch.equal(values, values.float().double()), "an input that float32 does not hold"
    return [compact(value) for value in values.flatten().tolist()]


def add(name: str, op: str, options: dict, inputs: dict[str, Tensor], function, fixed: tuple[str, ...] = ()) -> dict:
    """Records function(*inputs) and its gradients in all inputs but the `fixed` ones."""
    given = {key: value.double().clone().requires_grad_(key not in fixed) for key, value in inputs.items()}
    output = function(*given.values())
    upstream = draw(*output.shape) if output.dim() > 0 else torch.ones((), dtype=torch.float64)
    wanted = [key for key in given if key not in fixed]
    gradients = torch.autograd.grad(output, [given[key] for key in wanted], upstream)
    case = {
        "name": name,
        "op": op,
        "options": options,
        "inputs": {
            key: {"shape": list(value.shape), "values": exact_numbers(value)} for key, value in given.items()
        },
        "output": {"shape": list(output.shape), "values": numbers(output)},
        "outputGradient": exact_numbers(upstream),
        "gradients": {key: numbers(gradient) for key, gradient in zip(wanted, gradients)},
    }
    cases.append(case)
    return case


def same_convolution(strides: tuple[int, ...]):
    """Convolution with floor((k-1)/2) zeros before, ceil(n/s) outputs, and as many zeros after as those need."""

    def function(x: Tensor, w: Tensor) -> Tensor:
        padding: list[int] = []
        for size, kernel, stride in zip(x.shape[2:], w.shape[2:], strides):
            before = (kernel - 1) // 2
            outputs = -(-size // stride)
            needed = (outputs - 1) * stride + kernel
            padding = [before, max(0, needed - before - size)] + padding
        y = F.conv3d(F.pad(x, padding), w, stride=strides)
        assert list(y.shape[2:]) == [-(-n // s) for n, s in zip(x.shape[2:], strides)]
        return y

    return function


def transposed(strides: tuple[int, ...], spatial: tuple[int, ...]):
    """The adjoint of same_convolution in x, by autograd."""

    def function(y: Tensor, w: Tensor) -> Tensor:
        x = torch.zeros(y.shape[0], w.shape[1], *spatial, dtype=y.dtype, requires_grad=True)
        return torch.autograd.grad(same_convolution(strides)(x, w), x, y, create_graph=True)[0]

    return function


def convolutions() -> None:
    for kernel, strides, size in [
        ((3, 3, 3), (1, 1, 1), (3, 4, 5)),
        ((1, 1, 1), (1, 1, 1), (2, 3, 4)),
        ((1, 3, 3), (1, 1, 1), (3, 4, 3)),
        ((3, 1, 5), (1, 1, 1), (4, 2, 5)),
        ((2, 3, 4), (1, 1, 1), (3, 4, 5)),
        ((2, 2, 2), (2, 2, 2), (4, 2, 6)),
        ((1, 2, 2), (1, 2, 2), (3, 4, 6)),
        ((3, 3, 3), (2, 2, 2), (4, 2, 6)),
        ((3, 3, 3), (2, 2, 2), (3, 5, 4)),
        ((3, 3, 3), (1, 2, 2), (3, 4, 6)),
        ((3, 3, 3), (2, 1, 1), (4, 3, 4)),
        ((2, 2, 2), (2, 2, 2), (3, 5, 4)),
        ((1, 1, 1), (2, 2, 2), (4, 3, 2)),
        ((3, 3, 3), (1, 1, 1), (1, 2, 1)),
    ]:
        name = f"kernel {kernel} strides {strides} on {size}"
        options = {"strides": strides}
        inputs = {"x": draw(1 if max(kernel) > 3 else 2, 2, *size), "w": draw(3, 2, *kernel)}
        add(f"convolution, {name}", "convolution", options, inputs, same_convolution(strides))
        if kernel == (1, 1, 1) and strides == (2, 2, 2):
            continue
        small = tuple(-(-n // s) for n, s in zip(size, strides))
        case = add(
            f"transposedConvolution, {name}",
            "transposedConvolution",
            options | {"spatial": size},
            {"y": draw(1, 3, *small), "w": draw(3, 2, *kernel)},
            transposed(strides, size),
        )
        if kernel == (3, 3, 3) and all(n % s == 0 for n, s in zip(size, strides)):
            # What the network's upsampling is in PyTorch's own words (method section 2).
            y, w = (
                torch.tensor(case["inputs"][k]["values"], dtype=torch.float64).reshape(case["inputs"][k]["shape"])
                for k in "yw"
            )
            out = tuple(s - 1 for s in strides)
            again = F.conv_transpose3d(y, w, stride=strides, padding=1, output_padding=out)
            assert np.allclose(numbers(again), case["output"]["values"])


def normalizations() -> None:
    def batch(x, scale, shift):
        return F.batch_norm(x, None, None, scale, shift, True, 0.0, EPSILON)

    def instance(x, scale, shift):
        return F.instance_norm(x, weight=scale, bias=shift, eps=EPSILON)

    spread = draw(2, 3, 2, 3, 2)
    for label, x in [
        ("random", spread),
        # One-pass variances cancel here: the mean is 2000 times the spread.
        ("mean large beside the spread", 1000 + 0.5 * torch.round(spread * 32) / 32),
        ("one constant channel", torch.cat([spread[:, :2], torch.full_like(spread[:, :1], 3.0)], 1)),
    ]:
        for over, function in [("batch", batch), ("instance", instance)]:
            options = {"over": over, "epsilon": EPSILON}
            inputs = {"x": x, "scale": 1 + draw(3, scale=0.2), "shift": draw(3)}
            add(f"normalize over {over}, {label}", "normalize", options, inputs, function)

    add(
        "normalizeByStatistics",
        "normalizeByStatistics",
        {"epsilon": EPSILON},
        {
            "x": spread,
            "scale": 1 + draw(3, scale=0.2),
            "shift": draw(3),
            "mean": draw(3),
            "variance": torch.tensor([0.5, 1.0, 2.25]),
        },
        lambda x, scale, shift, mean, variance: F.batch_norm(x, mean, variance, scale, shift, False, 0.0, EPSILON),
        ("mean", "variance"),
    )
    for groups in (1, 2, 4):
        add(
            f"group normalization, {groups} groups of 4 channels",
            "groupNormalization",
            {"groups": groups, "epsilon": EPSILON},
            {"x": draw(2, 4, 2, 3, 2), "scale": 1 + draw(4, scale=0.2), "shift": draw(4)},
            lambda x, scale, shift, groups=groups: F.group_norm(x, groups, scale, shift, EPSILON),
        )
    for over, axes in [("batch", (0, 2, 3, 4)), ("instance", (2, 3, 4))]:
        add(
            f"biased variance over {over}",
            "variance",
            {"over": over},
            {"x": draw(2, 3, 2, 3, 2)},
            lambda x, axes=axes: x.var(axes, unbiased=False, keepdim=True),
        )


def max_pools() -> None:
    for window, size in [
        ((2, 2, 2), (4, 2, 6)),
        ((1, 2, 2), (3, 4, 2)),
        ((2, 1, 2), (2, 3, 4)),
        ((2, 1, 1), (4, 2, 2)),
    ]:
        add(
            f"maxPool {window}",
            "maxPool",
            {"window": window},
            {"x": distinct(2, 2, *size)},
            lambda x, window=window: F.max_pool3d(x, window, window),
        )
    tied = torch.zeros(1, 1, 2, 2, 8)
    tied[0, 0, :, :, 2:4] = torch.tensor([[[1.0, 2.0], [2.0, -1.0]], [[0.0, 2.0], [1.0, 1.0]]])
    tied[0, 0, :, :, 4:6] = torch.tensor([[[-3.0, -3.0], [-4.0, -5.0]], [[-3.5, -6.0], [-7.0, -8.0]]])
    tied[0, 0, :, :, 6:8] = -2.5
    case = add(
        "maxPool with ties", "maxPool", {"window": (2, 2, 2)}, {"x": tied}, lambda x: F.max_pool3d(x, (2, 2, 2))
    )
    case["torchGradients"] = case["gradients"]
    shared = np.zeros((2, 2, 8))
    values = tied[0, 0].numpy()
    for window, upstream in enumerate(case["outputGradient"]):
        inside = (slice(None), slice(None), slice(2 * window, 2 * window + 2))
        mask = values[inside] == values[inside].max()
        shared[inside] = mask * upstream / mask.sum()
    case["gradients"] = {"x": numbers(torch.from_numpy(shared))}


def elementwise() -> None:
    x, y = draw(1, 2, 2, 3, 2), draw(1, 2, 2, 3, 2)
    for op, function in [
        ("add", torch.add),
        ("subtract", torch.subtract),
        ("multiply", torch.multiply),
        ("divide", torch.divide),
    ]:
        for label, b in [("one shape", y), ("one side a channel", draw(1, 2, 1, 1, 1)), ("one side a scalar", draw())]:
            positive = b.abs() + 0.5 if op == "divide" else b
            add(f"{op}, {label}", op, {}, {"a": x, "b": positive}, function)
    apart = torch.where((x - y).abs() < 0.05, x + 0.5, x)
    add("maximum", "maximum", {}, {"a": apart, "b": y}, torch.maximum)
    wide = torch.tensor([-100.0, -20, -5, -1, -0.125, 0.125, 1, 5, 20, 100])
    for op, function in [("sigmoid", torch.sigmoid), ("softplus", lambda v: F.softplus(v, threshold=700))]:
        add(f"{op}, -100 to 100", op, {}, {"x": wide}, function)
    add("relu", "relu", {}, {"x": wide}, torch.relu)
    add("negate", "negate", {}, {"x": wide}, torch.neg)
    add("exponential", "exponential", {}, {"x": wide[1:-1]}, torch.exp)
    above = torch.tensor([0.0078125, 0.5, 1.0, 3.0, 1000.0])
    add("logarithm", "logarithm", {}, {"x": above}, torch.log)
    add("squareRoot", "squareRoot", {}, {"x": above}, torch.sqrt)
    add("sum over three axes", "sum", {"axes": [0, 2, 4]}, {"x": x}, lambda v: v.sum((0, 2, 4), keepdim=True))
    mask = torch.from_numpy((random.uniform(size=x.shape) < 0.8).astype(float))
    add(
        "dropout",
        "dropout",
        {"rate": 0.2},
        {"x": x, "mask": mask},
        lambda v, m: v * m / (1 - 0.2),
        ("mask",),
    )
    add(
        "concatenate three along the channels",
        "concatenate",
        {"axis": 1},
        {"x1": x, "x2": draw(1, 1, 2, 3, 2), "x3": draw(1, 3, 2, 3, 2)},
        lambda *all_: torch.cat(all_, 1),
    )
    for scale in (1, 50):
        logits = draw(2, 3, 2, 2, 1, scale=scale)
        add(f"softmax over channels, spread {scale}", "softmax", {"axis": 1}, {"x": logits}, lambda v: v.softmax(1))
        add(
            f"logSoftmax over channels, spread {scale}",
            "logSoftmax",
            {"axis": 1},
            {"x": logits},
            lambda v: v.log_softmax(1),
        )


def losses() -> None:
    shape = (2, 1, 2, 3, 4)
    one = torch.zeros(shape)
    one[1, 0, 1, 2, 0] = 1
    targets = {
        "random": torch.from_numpy((random.uniform(size=shape) < 0.3).astype(float)),
        "all background": torch.zeros(shape),
        "all foreground": torch.ones(shape),
        "one voxel": one,
    }
    logits = draw(*shape, scale=2)

    def loss(label: str, values: Tensor, target: Tensor, betas: list[float], smoothing: float, weight=None) -> None:
        inputs = {"logits": values, "target": target}
        if weight is not None:
            inputs["weight"] = weight
        add(
            f"asymmetric similarity, {label}, beta {betas}, smoothing {smoothing}",
            "asymmetricSimilarity",
            {"betas": betas, "smoothing": smoothing},
            inputs,
            lambda x, g, w=None: asymmetric_similarity(x, g, betas, smoothing, w),
            ("target", "weight"),
        )

    for label, target in targets.items():
        for beta in (0.5, 1.0, 1.5, 3.0):
            for smoothing in (0.0, 1 + beta**2):
                loss(label, logits, target, [beta], smoothing)
    loss("large logits", draw(*shape, scale=20), targets["random"], [1.5], 0.0)
    loss("every voxel surely background", torch.full(shape, -12.0), targets["one voxel"], [1.5], 0.0)
    weight = torch.ones(2, 1, 2, 3, 4)
    weight[:, :, :, 1:, 3:] = 0
    loss("weighted", logits, targets["random"], [1.5], 0.0, weight)

    classes = torch.from_numpy(random.randint(0, 3, (2, 2, 3, 2)))
    without = torch.where(classes == 2, torch.zeros_like(classes), classes)
    many = draw(2, 3, 2, 3, 2, scale=2)
    for label, labels in [("three outputs", classes), ("three outputs, one class absent", without)]:
        hot = F.one_hot(labels, 3).permute(0, 4, 1, 2, 3).contiguous()
        loss(label, many, hot, [1.5, 1.5], 0.0)
        loss(label, many, hot, [1.0, 2.0], 2.0)
    loss("three outputs, weighted", many, hot, [1.5, 1.5], 0.0, weight[:, :, :, :, 2:])


def main() -> None:
    torch.set_num_threads(1)
    convolutions()
    normalizations()
    max_pools()
    elementwise()
    losses()
    body = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    text = '{"format": ' + json.dumps(FORMAT, indent=1) + ',\n"cases": [\n' + body + "\n]}\n"
    (Path(__file__).parent / "ops.json").write_text(text)
    print(len(cases), "cases,", len(text), "bytes")


if __name__ == "__main__":
    main()
