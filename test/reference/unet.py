"""The plain 3D U-Net of method section 2 in PyTorch, and deep supervision of either network.

Run it with Debian's python3-torch (1.13): `/usr/bin/python3 test/reference/unet.py` prints the presets' parameter counts.
Options are the FC-DenseNet's, of which `growth` and `layers` mean nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fc_densenet import (
    Auxiliary,
    Masks,
    Normalization,
    Options,
    StemReduction,
    Upsampling,
    empty,
    kernel_order,
    named_parameters,
    named_statistics,
)


@dataclass(frozen=True)
class UNetOptions(Options):
    maximal: int = 320
    dropout: float = 0.0

    def filters(self, level: int) -> int:
        return min(self.maximal, self.init * 2**level)


PRESETS = {
    "tiny": dict(init=16, levels=3, normalization="instance"),
    "compact": dict(init=22, levels=4, normalization="instance"),
    "paper": dict(init=42, levels=5, normalization="batch"),
}


class Convolution(nn.Module):
    """3x3x3 convolution - normalization - ReLU."""

    own_first = True

    def __init__(self, channels: int, filters: int, options: UNetOptions):
        super().__init__()
        self.weight = empty(filters, channels, 3, 3, 3)
        self.normalization = Normalization(filters, options)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.normalization(F.conv3d(x, self.weight, padding=1)))


class Block(nn.Module):
    """Two convolutions, then dropout."""

    def __init__(self, channels: int, filters: int, options: UNetOptions):
        super().__init__()
        self.convolution = nn.ModuleList(Convolution(n, filters, options) for n in (channels, filters))
        self.rate = options.dropout

    def block(self, x: Tensor, name: str, masks: Masks | None) -> Tensor:
        for convolution in self.convolution:
            x = convolution(x)
        if not self.training or self.rate == 0:
            return x
        return F.dropout(x, self.rate) if masks is None else x * masks[f"{name}.dropout"] / (1 - self.rate)


class Decoder(Block):
    def __init__(self, level: int, options: UNetOptions):
        filters = options.filters(level)
        super().__init__(2 * filters, filters, options)
        stride = kernel_order(options.pooling_of(level))
        self.upsample = Upsampling(options.filters(level + 1), filters, stride, stride, activated=False)
        if level in options.auxiliary_levels:
            self.auxiliary = Auxiliary(filters, options)


class Head(nn.Module):
    def __init__(self, options: UNetOptions):
        super().__init__()
        if options.has_stem_stride:
            stride = kernel_order(options.stem_stride)
            self.upsample = Upsampling(options.init, options.init, stride, stride)
        self.weight = empty(options.outputs, options.init, 1, 1, 1)
        self.bias = empty(options.outputs)

    def forward(self, x: Tensor) -> Tensor:
        return F.conv3d(self.upsample(x) if hasattr(self, "upsample") else x, self.weight, self.bias)


class UNet(nn.Module):
    def __init__(self, options: UNetOptions):
        super().__init__()
        self.options = options
        self.stem = nn.Module()
        if options.has_stem_stride:
            self.stem.reduction = StemReduction(options)
        first = options.init if options.has_stem_stride else options.channels
        inputs = [first, *(options.filters(level) for level in range(options.levels))]
        self.encoder = nn.ModuleList(
            Block(inputs[level], options.filters(level), options) for level in range(options.levels)
        )
        self.center = Block(inputs[-1], options.filters(options.levels), options)
        self.decoder = nn.ModuleDict()
        for level in reversed(range(options.levels)):
            self.decoder[str(level)] = Decoder(level, options)
        self.head = Head(options)

    def forward(self, x: Tensor, masks: Masks | None = None) -> Tensor:
        """As `FcDenseNet.forward`."""
        options = self.options
        if options.has_stem_stride:
            x = self.stem.reduction(x)
        skips = []
        for level, encoder in enumerate(self.encoder):
            skips.append(encoder.block(x, f"encoder.{level}", masks))
            pooling = kernel_order(options.pooling_of(level))
            x = F.max_pool3d(skips[level], pooling, pooling)
        x = self.center.block(x, "center", masks)
        self.auxiliary_logits: list[Tensor] = []
        for level in reversed(range(options.levels)):
            decoder = self.decoder[str(level)]
            x = decoder.block(torch.cat([decoder.upsample(x), skips[level]], 1), f"decoder.{level}", masks)
            if self.training and hasattr(decoder, "auxiliary"):
                self.auxiliary_logits.insert(0, decoder.auxiliary(x))
        return self.head(x)


def deeply_supervised(
    loss: Callable[[Tensor, Tensor, Tensor | None], Tensor],
    logits: Tensor,
    auxiliary: list[Tensor],
    target: Tensor,
    weight: Tensor | None,
) -> Tensor:
    """The losses at all depths, weighted by 1, 1/2, 1/4, ... over their sum.

    One output: a coarse voxel is positive, or counts, where any of its voxels that count is, or counts. Several: the voxel
    in the middle decides on both.
    """
    total, norm = loss(logits, target, weight), 1.0
    for depth, coarse in enumerate(auxiliary, 1):
        window = tuple(t // c for t, c in zip(target.shape[2:], coarse.shape[2:]))
        seen = target if weight is None else target * weight
        if target.shape[1] == 1:
            reduced = [None if x is None else F.max_pool3d(x, window, window) for x in (seen, weight)]
        else:
            at = tuple(slice(size // 2, None, size) for size in window)
            reduced = [None if x is None else x[(slice(None), slice(None), *at)] for x in (seen, weight)]
        total = total + 2.0**-depth * loss(coarse, *reduced)
        norm += 2.0**-depth
    return total / norm


def print_parameter_counts() -> None:
    for preset, sizes in PRESETS.items():
        model = UNet(UNetOptions(channels=3, **sizes))
        trained = sum(p.numel() for _, p in named_parameters(model))
        statistics = sum(s.numel() for _, s in named_statistics(model))
        print(f"{preset}, 3 channels: {trained} trained, {statistics} statistics, {trained + statistics} in all")


if __name__ == "__main__":
    print_parameter_counts()
