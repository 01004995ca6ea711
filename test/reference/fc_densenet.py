"""The FC-DenseNet of method section 2 in PyTorch: what the TypeScript network is compared with and timed against.

Run it with Debian's python3-torch (1.13): `/usr/bin/python3 test/reference/fc_densenet.py` prints the parameter counts
and checks the published ones. Triples in `Options` are in the order i, j, k; tensors are [N, C, K, J, I].
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

EPSILON = 1.1e-5
# The share of a moving statistic that stays at each update: Keras's meaning of momentum; PyTorch's is 1 minus it.
MOMENTUM = 0.99
Triple = tuple[int, int, int]
Masks = dict[str, Tensor]


@dataclass(frozen=True)
class Options:
    channels: int
    outputs: int = 1
    init: int = 48
    growth: int = 12
    layers: int = 4
    levels: int = 5
    stem_stride: Triple = (2, 2, 2)
    # One stride a level, first level first; 2, 2, 2 where the list ends.
    pooling: tuple[Triple, ...] = ()
    normalization: str = "batch"
    # At most so many groups under group normalization: the largest divisor of the channels not above it is taken.
    groups: int = 8
    dropout: float = 0.2
    # 1x1x1 outputs at the decoder's levels, all but the coarsest and but one at full resolution; used in training only.
    deep_supervision: bool = False

    def pooling_of(self, level: int) -> Triple:
        return self.pooling[level] if level < len(self.pooling) else (2, 2, 2)

    @property
    def has_stem_stride(self) -> bool:
        return self.stem_stride != (1, 1, 1)

    @property
    def auxiliary_levels(self) -> list[int]:
        """Levels of the decoder with an output of their own, the finest first."""
        first = 0 if self.has_stem_stride else 1
        return list(range(first, self.levels - 1)) if self.deep_supervision else []


PRESETS = {
    "tiny": (dict(init=16, growth=8, layers=2, levels=3), (64, 64, 64)),
    "compact": (dict(init=24, growth=8, layers=3, levels=4), (96, 96, 96)),
    "paper": (dict(init=48, growth=12, layers=4, levels=5), (128, 128, 128)),
}


def kernel_order(triple: Triple) -> Triple:
    """From i, j, k to a kernel's K, J, I."""
    return (triple[2], triple[1], triple[0])


def empty(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.zeros(*shape))


class Normalization(nn.Module):
    """Batch, instance or group normalization with a trained scale and shift for each channel."""

    def __init__(self, channels: int, options: Options):
        super().__init__()
        self.kind = options.normalization
        self.scale = nn.Parameter(torch.ones(channels))
        self.shift = nn.Parameter(torch.zeros(channels))
        self.groups = next(g for g in range(min(options.groups, channels), 0, -1) if channels % g == 0)
        if self.kind == "batch":
            self.register_buffer("mean", torch.zeros(channels))
            self.register_buffer("variance", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        if self.kind == "instance":
            return F.instance_norm(x, weight=self.scale, bias=self.shift, eps=EPSILON)
        if self.kind == "group":
            return F.group_norm(x, self.groups, self.scale, self.shift, EPSILON)
        if not self.training:
            return F.batch_norm(x, self.mean, self.variance, self.scale, self.shift, False, 0.0, EPSILON)
        # With momentum 1 PyTorch leaves the batch's own statistics here, at no cost. Its variance is the unbiased one,
        # and Keras, whose convention the method follows, averages the biased.
        mean, unbiased = torch.zeros_like(self.mean), torch.zeros_like(self.variance)
        y = F.batch_norm(x, mean, unbiased, self.scale, self.shift, True, 1.0, EPSILON)
        count = x.numel() // x.shape[1]
        self.mean.mul_(MOMENTUM).add_(mean, alpha=1 - MOMENTUM)
        self.variance.mul_(MOMENTUM).add_(unbiased, alpha=(1 - MOMENTUM) * (count - 1) / count)
        return y


class StemReduction(nn.Module):
    def __init__(self, options: Options):
        super().__init__()
        self.stride = kernel_order(options.stem_stride)
        self.weight = empty(options.init, options.channels, *self.stride)
        self.bias = empty(options.init)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(F.conv3d(x, self.weight, self.bias, stride=self.stride))


class StemConvolution(nn.Module):
    """Convolution - normalization - ReLU."""

    # Its own tensors come before those of the modules inside it, because they are used first.
    own_first = True

    def __init__(self, channels: int, options: Options):
        super().__init__()
        self.weight = empty(options.init, channels, 3, 3, 3)
        self.normalization = Normalization(options.init, options)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.normalization(F.conv3d(x, self.weight, padding=1)))


class NormalizedConvolution(nn.Module):
    """Normalization - ReLU - convolution."""

    def __init__(self, channels: int, filters: int, kernel: int, options: Options):
        super().__init__()
        self.normalization = Normalization(channels, options)
        self.weight = empty(filters, channels, kernel, kernel, kernel)
        self.padding = kernel // 2

    def forward(self, x: Tensor) -> Tensor:
        return F.conv3d(F.relu(self.normalization(x)), self.weight, padding=self.padding)


class DenseLayer(nn.Module):
    def __init__(self, channels: int, options: Options):
        super().__init__()
        self.bottleneck = NormalizedConvolution(channels, 4 * options.growth, 1, options)
        self.growth = NormalizedConvolution(4 * options.growth, options.growth, 3, options)
        self.rate = options.dropout

    def forward(self, x: Tensor, name: str, masks: Masks | None) -> Tensor:
        y = self.growth(self.bottleneck(x))
        if not self.training or self.rate == 0:
            return y
        if masks is None:
            return F.dropout(y, self.rate)
        return y * masks[f"{name}.dropout"] / (1 - self.rate)


class DenseBlock(nn.Module):
    """Gives the whole concatenation, oldest first, and the layers' new maps alone."""

    def __init__(self, channels: int, options: Options):
        super().__init__()
        self.layer = nn.ModuleList(
            DenseLayer(channels + n * options.growth, options) for n in range(options.layers)
        )

    def dense(self, x: Tensor, name: str, masks: Masks | None) -> tuple[Tensor, Tensor]:
        made: list[Tensor] = []
        for n, layer in enumerate(self.layer):
            made.append(layer(torch.cat([x, *made], 1), f"{name}.layer.{n}", masks))
        return torch.cat([x, *made], 1), torch.cat(made, 1)


class Encoder(DenseBlock):
    def __init__(self, channels: int, level: int, options: Options):
        super().__init__(channels, options)
        whole = channels + options.layers * options.growth
        self.transition = NormalizedConvolution(whole, whole // 2, 1, options)
        self.pooling = kernel_order(options.pooling_of(level))

    def forward(self, x: Tensor, name: str, masks: Masks | None) -> tuple[Tensor, Tensor]:
        """Gives the block's whole concatenation (the skip) and the input of the next level."""
        skip, _ = self.dense(x, name, masks)
        return skip, F.max_pool3d(self.transition(skip), self.pooling, self.pooling)


class Auxiliary(nn.Module):
    def __init__(self, channels: int, options: Options):
        super().__init__()
        self.weight = empty(options.outputs, channels, 1, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        return F.conv3d(x, self.weight)


class Upsampling(nn.Module):
    """Transposed convolution with a bias, then ReLU unless told otherwise, to exactly `stride` times the size."""

    def __init__(self, channels: int, filters: int, kernel: Triple, stride: Triple, activated: bool = True):
        super().__init__()
        self.activated = activated
        self.weight = empty(channels, filters, *kernel)
        self.bias = empty(filters)
        self.stride = stride
        self.padding = tuple((k - 1) // 2 for k in kernel)
        # PyTorch gives (n - 1) stride - 2 padding + kernel + output padding; the output shall have n stride.
        self.output_padding = tuple(s + 2 * p - k for s, p, k in zip(stride, self.padding, kernel))

    def forward(self, x: Tensor) -> Tensor:
        y = F.conv_transpose3d(x, self.weight, self.bias, self.stride, self.padding, self.output_padding)
        return F.relu(y) if self.activated else y


class Decoder(DenseBlock):
    def __init__(self, new_channels: int, skip_channels: int, level: int, options: Options):
        filters = options.layers * options.growth
        super().__init__(filters + skip_channels, options)
        stride = kernel_order(options.pooling_of(level))
        self.upsample = Upsampling(new_channels, filters, (3, 3, 3), stride)
        if level in options.auxiliary_levels:
            self.auxiliary = Auxiliary(filters + skip_channels + filters, options)

    def forward(self, new: Tensor, skip: Tensor, name: str, masks: Masks | None) -> tuple[Tensor, Tensor]:
        return self.dense(torch.cat([self.upsample(new), skip], 1), name, masks)


class Head(nn.Module):
    def __init__(self, channels: int, options: Options):
        super().__init__()
        if options.has_stem_stride:
            stride = kernel_order(options.stem_stride)
            self.upsample = Upsampling(channels, options.init, stride, stride)
            channels = options.init
        self.weight = empty(options.outputs, channels, 1, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        return F.conv3d(self.upsample(x) if hasattr(self, "upsample") else x, self.weight)


class FcDenseNet(nn.Module):
    def __init__(self, options: Options):
        super().__init__()
        self.options = options
        self.stem = nn.Module()
        if options.has_stem_stride:
            self.stem.reduction = StemReduction(options)
        first = options.init if options.has_stem_stride else options.channels
        self.stem.convolution = nn.ModuleList(
            StemConvolution(channels, options) for channels in (first, options.init, options.init)
        )
        new = options.layers * options.growth
        channels, skips = options.init, []
        self.encoder = nn.ModuleList()
        for level in range(options.levels):
            self.encoder.append(Encoder(channels, level, options))
            skips.append(channels + new)
            channels = (channels + new) // 2
        self.center = DenseBlock(channels, options)
        channels += new
        self.decoder = nn.ModuleDict()
        for level in reversed(range(options.levels)):
            self.decoder[str(level)] = Decoder(new, skips[level], level, options)
            channels = new + skips[level] + new
        self.head = Head(channels, options)

    def forward(self, x: Tensor, masks: Masks | None = None) -> Tensor:
        """Image [N, channels, K, J, I] to logits [N, outputs, K, J, I]; `masks` (0 and 1) replace PyTorch's dropout.

        `auxiliary_logits` then has those of deep supervision, the finest first; none in evaluation.
        """
        if self.options.has_stem_stride:
            x = self.stem.reduction(x)
        for convolution in self.stem.convolution:
            x = convolution(x)
        skips = []
        for level, encoder in enumerate(self.encoder):
            skip, x = encoder(x, f"encoder.{level}", masks)
            skips.append(skip)
        whole, new = self.center.dense(x, "center", masks)
        self.auxiliary_logits: list[Tensor] = []
        for level in reversed(range(self.options.levels)):
            decoder = self.decoder[str(level)]
            whole, new = decoder(new, skips[level], f"decoder.{level}", masks)
            if self.training and hasattr(decoder, "auxiliary"):
                self.auxiliary_logits.insert(0, decoder.auxiliary(whole))
        return self.head(whole)


def _in_order(module: nn.Module, prefix: str, attribute: str) -> Iterator[tuple[str, Tensor]]:
    mine = [(prefix + name, tensor) for name, tensor in getattr(module, attribute).items()]
    # An upsampling is registered after its block's layers and used before them, an auxiliary output after them.
    rank = {"upsample": 0, "auxiliary": 2}
    children = sorted(module.named_children(), key=lambda child: rank.get(child[0], 1))
    inside = [pair for name, child in children for pair in _in_order(child, f"{prefix}{name}.", attribute)]
    yield from mine + inside if getattr(module, "own_first", False) else inside + mine


def named_parameters(model: nn.Module) -> list[tuple[str, nn.Parameter]]:
    """The trained tensors in the order in which the network uses them (`Module.named_parameters` has another)."""
    return list(_in_order(model, "", "_parameters"))


def named_statistics(model: nn.Module) -> list[tuple[str, Tensor]]:
    """The moving statistics of batch normalization, in the order of use."""
    return list(_in_order(model, "", "_buffers"))


def decayed(name: str) -> bool:
    """Whether the loss has the term 1e-4 w^2: convolutions except the dense 3x3x3 and those that make logits."""
    bare = (".growth.weight", ".auxiliary.weight")
    return name.endswith(".weight") and not name.endswith(bare) and name != "head.weight"


def initialize(model: nn.Module, generator: torch.Generator) -> None:
    """He-normal kernels (fan-in as PyTorch and Keras take it: size 1 of the weight times the kernel's voxels)."""
    for name, parameter in named_parameters(model):
        if name.endswith(".weight"):
            fan_in = math.prod(parameter.shape[1:])
            parameter.data.normal_(0, math.sqrt(2 / fan_in), generator=generator)


def asymmetric_similarity(
    logits: Tensor, target: Tensor, betas: list[float], smoothing: float, weight: Tensor | None = None
) -> Tensor:
    """1 - F_beta by its definition (method section 3), sums over batch and voxels, mean over the foreground classes.

    `target` has the logits' shape: one output is a sigmoid's, several are softmax with the background first. `weight`
    [N, 1, K, J, I] is 0 where a voxel does not count.
    """
    if logits.shape[1] == 1:
        p, g = torch.sigmoid(logits), target
    else:
        p, g = torch.softmax(logits, 1)[:, 1:], target[:, 1:]
    w = torch.ones_like(p[:, :1]) if weight is None else weight
    over = (0, 2, 3, 4)
    tp = (w * p * g).sum(over)
    fn = (w * (1 - p) * g).sum(over)
    fp = (w * p * (1 - g)).sum(over)
    squares = torch.tensor(betas, dtype=logits.dtype) ** 2
    numerator = (1 + squares) * tp + smoothing
    similarity = numerator / ((1 + squares) * tp + squares * fn + fp + smoothing)
    return (1 - similarity).mean()


def parameter_counts(options: Options) -> dict[str, int]:
    model = FcDenseNet(options)
    trainable = sum(p.numel() for _, p in named_parameters(model))
    statistics = sum(s.numel() for _, s in named_statistics(model))
    return {"trainable": trainable, "statistics": statistics, "all": trainable + statistics}


def print_parameter_counts() -> None:
    published = [
        (Options(channels=2), 1_541_664, 1_526_544),
        (Options(channels=4), 1_542_432, 1_527_312),
        (Options(channels=5), 1_542_816, None),
        (Options(channels=4, growth=16, layers=5), 3_404_686, 3_376_812),
    ]
    for options, every, trainable in published:
        counts = parameter_counts(options)
        print(f"g={options.growth} L={options.layers} channels={options.channels}: {counts}")
        assert counts["all"] == every and trainable in (None, counts["trainable"])
    for preset, (network, _) in PRESETS.items():
        print(f"{preset}, 3 channels: {parameter_counts(Options(channels=3, **network))}")


if __name__ == "__main__":
    print_parameter_counts()
