"""Writes network.json and network.bin: small networks, run and trained by PyTorch, for src/network's tests.

Run with Debian's python3-torch 1.13: `/usr/bin/python3 test/reference/network.py`. Seeded; a second run writes the
same bytes on the same kind of CPU. Everything is computed in float64 from inputs that float32 holds exactly, so that a
test's difference is the tested side's own error; `float32` in the JSON is PyTorch's own error in float32.

Layout: see the `format` entry that stands first in network.json.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from fc_densenet import (
    FcDenseNet,
    Options,
    asymmetric_similarity,
    decayed,
    initialize,
    named_parameters,
    named_statistics,
)
from unet import UNet, UNetOptions, deeply_supervised

FORMAT = [
    "cases[].tensors[] = {role, name, dataType, shape, offset}: offset in bytes from the start of network.bin, a",
    "multiple of 4; float32 little-endian or uint8; row-major, images [N, C, K, J, I].",
    "Roles: input; target (0 and 1, the logits' shape); weight (0 where a voxel does not count, [N, 1, K, J, I], only",
    "where the case has one); mask (dropout, 1 = keep, y * mask / (1 - rate), one set for all steps); parameter and",
    "statistic (in the flat order, before training); logitsInference (with the given statistics, no dropout);",
    "logitsTraining (batch statistics, masks); gradient (of `loss`, the training-mode loss without the L2 term, at the",
    "given parameters); statisticAfterStep (after one step: 0.99 old + 0.01 of the biased batch statistic).",
    "losses[n], penalties[n]: the loss without L2 and the sum of 1e-4 w^2 after n Adam steps on their sum, n = 0..10,",
    "in training mode, always the same batch and masks. Adam as torch.optim.Adam: epsilon outside the corrected root.",
    "float32: what PyTorch gives in float32, as max |difference| / max |value|: of the logits, of the losses, and for",
    "gradients the largest over all parameters. With deepSupervision every loss is the sum over the depths. options is what src/network/options.ts takes; triples are i, j, k.",
]
ADAM = {"learningRate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
DECAY = 1e-4
STEPS = 10


def single(x: np.ndarray | Tensor) -> Tensor:
    """Rounded to what float32 holds, in float64."""
    return torch.as_tensor(x).to(torch.float32).to(torch.float64)


def blob(shape: tuple[int, ...], centers: list[tuple[float, ...]], radius: float) -> np.ndarray:
    """Balls around fractional K, J, I positions, as 0 and 1."""
    grid = np.stack(np.meshgrid(*(np.arange(n) + 0.5 for n in shape), indexing="ij"))
    inside = np.zeros(shape, bool)
    for center in centers:
        middle = np.array([c * n for c, n in zip(center, shape)]).reshape(3, 1, 1, 1)
        inside |= ((grid - middle) ** 2).sum(0) < radius**2
    return inside


def make_target(options: Options, batch: int, shape: tuple[int, ...]) -> np.ndarray:
    """A few balls a class; the samples differ."""
    target = np.zeros((batch, options.outputs, *shape), np.uint8)
    for n in range(batch):
        first = blob(shape, [(0.35, 0.3 + 0.2 * n, 0.4), (0.7, 0.75, 0.15)], 2.6)
        if options.outputs == 1:
            target[n, 0] = first
            continue
        second = blob(shape, [(0.6, 0.6, 0.8)], 2.2) & ~first
        target[n] = np.stack([~(first | second), first, second])
    return target


def make_model(options: Options) -> FcDenseNet | UNet:
    return UNet(options) if isinstance(options, UNetOptions) else FcDenseNet(options)


def max_pool_gap(run) -> float:
    """The smallest difference of the two largest values in any pooling window: 0 would be a tie.

    Windows of zeros are left out: ReLU or dropout made them, and lets no gradient through whoever gets it.
    """
    gaps = []
    original = F.max_pool3d

    def measured(x, kernel, stride):
        n, c, k, j, i = x.shape
        a, b, d = kernel
        windows = x.detach().reshape(n, c, k // a, a, j // b, b, i // d, d).permute(0, 1, 2, 4, 6, 3, 5, 7).flatten(5)
        if windows.shape[-1] > 1:
            top = windows.topk(2, -1).values
            gaps.append((top[..., 0] - top[..., 1])[top[..., 0] != 0].min().item())
        return original(x, kernel, stride)

    F.max_pool3d = measured
    run()
    F.max_pool3d = original
    return min(gaps)


class Run:
    """One case in one precision."""

    def __init__(self, case: dict, given: dict, dtype: torch.dtype):
        self.case, self.dtype = case, dtype
        self.model = make_model(case["options"]).to(dtype)
        for name, tensor in named_parameters(self.model) + named_statistics(self.model):
            tensor.data.copy_(given["tensors"][name])
        self.input = given["input"].to(dtype)
        self.target = given["target"].to(dtype)
        self.weight = None if given["weight"] is None else given["weight"].to(dtype)
        self.masks = {name: mask.to(dtype) for name, mask in given["masks"].items()}

    def similarity(self, logits: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
        return asymmetric_similarity(logits, target, self.case["betas"], self.case["smoothing"], weight)

    def loss(self, logits: Tensor) -> Tensor:
        return deeply_supervised(self.similarity, logits, self.model.auxiliary_logits, self.target, self.weight)

    def penalty(self) -> Tensor:
        return sum(DECAY * (p**2).sum() for name, p in named_parameters(self.model) if decayed(name))

    def train(self) -> dict:
        result = {}
        self.model.eval()
        with torch.no_grad():
            result["logitsInference"] = self.model(self.input)
        self.model.train()
        parameters = named_parameters(self.model)
        adam = torch.optim.Adam(
            [p for _, p in parameters],
            lr=ADAM["learningRate"],
            betas=(ADAM["beta1"], ADAM["beta2"]),
            eps=ADAM["epsilon"],
        )
        losses, penalties = [], []
        for step in range(STEPS + 1):
            logits = self.model(self.input, self.masks)
            loss, penalty = self.loss(logits), self.penalty()
            losses.append(loss.item())
            penalties.append(penalty.item())
            if step == 0:
                result["logitsTraining"] = logits.detach()
                gradients = torch.autograd.grad(loss, [p for _, p in parameters], retain_graph=True)
                result["gradients"] = {name: g for (name, _), g in zip(parameters, gradients)}
                result["statistics"] = {name: s.clone() for name, s in named_statistics(self.model)}
            adam.zero_grad()
            (loss + penalty).backward()
            adam.step()
        return result | {"losses": losses, "penalties": penalties}


def draw(case: dict, random: np.random.RandomState) -> dict:
    """Everything that the case is given: weights, statistics, input, target, masks."""
    options, batch = case["options"], case["batch"]
    shape = tuple(reversed(case["patch"]))
    model = make_model(options).double()
    initialize(model, torch.Generator().manual_seed(random.randint(2**31)))
    tensors = {}
    for name, tensor in named_parameters(model) + named_statistics(model):
        size = tuple(tensor.shape)
        drawn = {
            "scale": lambda: 1 + 0.2 * random.randn(*size),
            "shift": lambda: 0.2 * random.randn(*size),
            "bias": lambda: 0.1 * random.randn(*size),
            "mean": lambda: 0.3 * random.randn(*size),
            "variance": lambda: random.uniform(0.5, 2, size),
            "weight": lambda: tensor.detach(),
        }[name.split(".")[-1]]()
        tensors[name] = single(drawn)
        tensor.data.copy_(tensors[name])

    target = make_target(options, batch, shape)
    image = random.randn(batch, options.channels, *shape)
    image[:, 0] += 1.5 * (target[:, 0] if options.outputs == 1 else target[:, 1] - target[:, 2])
    weight = None
    if case["weighted"]:
        # The last planes along j and the first along k stand for padding.
        weight = np.ones((batch, 1, *shape), np.uint8)
        weight[:, :, :1] = 0
        weight[:, :, :, -3:] = 0

    class Sizes(dict):
        """Stands for the masks once, to learn their names and shapes in the order of use."""

        def __missing__(self, name):
            return Ones(self, name)

    class Ones:
        def __init__(self, sizes, name):
            self.sizes, self.name = sizes, name

        def __rmul__(self, y):
            self.sizes[self.name] = tuple(y.shape)
            return y

    given = {
        "tensors": tensors,
        "input": single(image),
        "target": torch.from_numpy(target),
        "weight": None if weight is None else torch.from_numpy(weight),
        "masks": {},
    }
    if options.dropout > 0:
        sizes = Sizes()
        model.train()
        model(given["input"], sizes)
        given["masks"] = {
            name: torch.from_numpy((random.uniform(size=size) >= options.dropout).astype(np.uint8))
            for name, size in sizes.items()
        }
    return given


CASES = [
    {
        "name": "stem stride 2, batch normalization, one class, dropout",
        "options": Options(channels=2, init=5, growth=2, layers=3, levels=2),
        "patch": (24, 16, 8),
        "batch": 2,
        "betas": [1.5],
        "smoothing": 0.0,
        "seed": 3,
        "weighted": False,
    },
    {
        "name": "no stem stride, anisotropic pooling, instance normalization, two classes by softmax",
        "options": Options(
            channels=2,
            outputs=3,
            init=5,
            growth=2,
            layers=2,
            levels=2,
            stem_stride=(1, 1, 1),
            pooling=((2, 2, 1),),
            normalization="instance",
            dropout=0.0,
        ),
        "patch": (12, 8, 6),
        "batch": 1,
        "betas": [1.5, 2.0],
        "smoothing": 1 + 1.5**2,
        "seed": 7,
        "weighted": False,
    },
    {
        "name": "stem stride 2, 2, 1, group normalization, odd channels, padding that does not count, dropout",
        "options": Options(
            channels=1,
            init=3,
            growth=2,
            layers=2,
            levels=2,
            stem_stride=(2, 2, 1),
            pooling=((2, 1, 2),),
            normalization="group",
            groups=4,
        ),
        "patch": (16, 12, 4),
        "batch": 2,
        "betas": [2.0],
        "smoothing": 5.0,
        "seed": 5,
        "weighted": True,
    },
    {
        "name": "no stem stride, batch normalization, two classes by softmax, padding that does not count",
        "options": Options(
            channels=1, outputs=3, init=4, growth=2, layers=2, levels=1, stem_stride=(1, 1, 1), dropout=0.2
        ),
        "patch": (10, 8, 6),
        "batch": 1,
        "betas": [1.0, 1.0],
        "smoothing": 2.0,
        "seed": 8,
        "weighted": True,
    },
    {
        "name": "deep supervision at two levels, anisotropic, instance normalization, padding that does not count",
        "options": Options(
            channels=1,
            init=3,
            growth=2,
            layers=1,
            levels=3,
            stem_stride=(2, 2, 1),
            pooling=((2, 2, 1), (1, 2, 2)),
            normalization="instance",
            dropout=0.0,
            deep_supervision=True,
        ),
        "patch": (16, 16, 8),
        "batch": 1,
        "betas": [1.5],
        "smoothing": 1.0,
        "seed": 27,
        "weighted": True,
    },
    {
        "name": "U-Net, batch normalization, dropout, deep supervision, padding that does not count",
        "options": UNetOptions(channels=2, init=3, maximal=5, levels=2, dropout=0.25, deep_supervision=True),
        "patch": (16, 8, 8),
        "batch": 2,
        "betas": [1.5],
        "smoothing": 1.0,
        "seed": 12,
        "weighted": True,
    },
    {
        "name": "U-Net, no stem stride, anisotropic, group normalization, two classes by softmax, deep supervision",
        "options": UNetOptions(
            channels=1,
            outputs=3,
            init=3,
            maximal=5,
            levels=3,
            stem_stride=(1, 1, 1),
            pooling=((2, 2, 1), (2, 1, 2)),
            normalization="group",
            groups=2,
            deep_supervision=True,
        ),
        "patch": (16, 8, 8),
        "batch": 1,
        "betas": [1.0, 2.0],
        "smoothing": 1.0,
        "seed": 20,
        "weighted": True,
    },
]


def options_json(options: Options) -> dict:
    is_unet = isinstance(options, UNetOptions)
    own = {"maximalFilters": options.maximal} if is_unet else {"growth": options.growth, "layers": options.layers}
    return {
        "architecture": "unet" if is_unet else "fc-densenet",
        "channels": options.channels,
        "outputs": options.outputs,
        "initialFilters": options.init,
        **own,
        "levels": options.levels,
        "stemStride": options.stem_stride,
        "pooling": options.pooling,
        "normalization": options.normalization,
        "groups": options.groups,
        "dropout": options.dropout,
        "deepSupervision": options.deep_supervision,
    }


def difference(a: Tensor, b: Tensor) -> float:
    return ((a.double() - b).abs().max() / b.abs().max()).item()


def main() -> None:
    torch.set_num_threads(1)
    binary = bytearray()
    out = []
    for index, case in enumerate(CASES):
        given = draw(case, np.random.RandomState(case["seed"]))
        exact = Run(case, given, torch.float64).train()
        rough = Run(case, given, torch.float32).train()
        probe = Run(case, given, torch.float64)
        gap = max_pool_gap(lambda: probe.model(probe.input, probe.masks))
        assert gap > 0, "a tie in a max-pool window: choose another seed"
        worst = max(exact["gradients"], key=lambda n: difference(rough["gradients"][n], exact["gradients"][n]))
        noise = difference(rough["gradients"][worst], exact["gradients"][worst])
        assert noise < 1e-4, "a ReLU so near its kink that float32 takes the other side: choose another seed"

        tensors: list[dict] = []

        def add(role: str, name: str, tensor: Tensor) -> None:
            bytes_wanted = tensor.dtype == torch.uint8
            array = tensor.detach().numpy().astype(np.uint8 if bytes_wanted else "<f4")
            tensors.append(
                {
                    "role": role,
                    "name": name,
                    "dataType": "uint8" if bytes_wanted else "float32",
                    "shape": list(array.shape),
                    "offset": len(binary),
                }
            )
            binary.extend(array.tobytes())
            binary.extend(bytes(-len(binary) % 4))

        probed = Run(case, given, torch.float64).model
        add("input", "input", given["input"])
        add("target", "target", given["target"])
        if given["weight"] is not None:
            add("weight", "weight", given["weight"])
        for name, mask in given["masks"].items():
            add("mask", name, mask)
        for name, _ in named_parameters(probed):
            add("parameter", name, given["tensors"][name])
        for name, _ in named_statistics(probed):
            add("statistic", name, given["tensors"][name])
        add("logitsInference", "logits", exact["logitsInference"])
        add("logitsTraining", "logits", exact["logitsTraining"])
        for name, gradient in exact["gradients"].items():
            add("gradient", name, gradient)
        for name, statistic in exact["statistics"].items():
            add("statisticAfterStep", name, statistic)

        out.append(
            {
                "name": case["name"],
                "options": options_json(case["options"]),
                "patch": case["patch"],
                "batch": case["batch"],
                "betas": case["betas"],
                "smoothing": case["smoothing"],
                "adam": ADAM,
                "decay": DECAY,
                "loss": exact["losses"][0],
                "losses": exact["losses"],
                "penalties": exact["penalties"],
                "float32": {
                    "logitsInference": difference(rough["logitsInference"], exact["logitsInference"]),
                    "logitsTraining": difference(rough["logitsTraining"], exact["logitsTraining"]),
                    "gradients": noise,
                    "losses": difference(*(torch.tensor(run["losses"], dtype=torch.float64) for run in (rough, exact))),
                },
                "tensors": tensors,
            }
        )
        print(case["name"])
        print("  losses", [round(x, 5) for x in exact["losses"]])
        print("  float32", out[-1]["float32"], worst)

    folder = Path(__file__).parent
    (folder / "network.bin").write_bytes(binary)
    lines = ['{"format": ' + json.dumps(FORMAT, indent=1) + ',\n"cases": [']
    for index, case in enumerate(out):
        head = {key: value for key, value in case.items() if key != "tensors"}
        tensors = ",\n".join("  " + json.dumps(tensor) for tensor in case["tensors"])
        end = "" if index == len(out) - 1 else ","
        lines.append(json.dumps(head, indent=1)[:-2] + ',\n "tensors": [\n' + tensors + "\n ]\n}" + end)
    (folder / "network.json").write_text("\n".join(lines) + "\n]}\n")
    print(len(binary), "bytes")


if __name__ == "__main__":
    main()
