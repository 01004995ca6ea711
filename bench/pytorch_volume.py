"""Times PyTorch's sliding window over the scan that rarevox-volume.mjs exported, with the same network, tiles, views and window.

    /usr/bin/python3 bench/pytorch_volume.py FOLDER --threads 2

What is timed is the sliding window alone: the prepared scan and the network are in memory. Prints one line of JSON: seconds, CPU seconds, tiles, peak
resident memory in bytes, and the largest difference of the probabilities within the brain from rarevox's.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import sys
import time
from itertools import product
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).parent.parent / "test" / "reference"))
from fc_densenet import PRESETS, FcDenseNet, Options, named_parameters, named_statistics  # noqa: E402

# Flipped axes of [C, K, J, I]: identity, and 180 degrees in each plane; both sides of i alone for two views.
VIEWS = {1: [()], 2: [(), (3,)], 4: [(), (3, 2), (3, 1), (2, 1)]}


def starts(length: int, patch: int, overlap: float) -> list[int]:
    """As few tiles as have the overlap, spread evenly."""
    if length < patch:
        raise ValueError("this benchmark's scans are no smaller than the patch")
    steps = math.ceil((length - patch) / max(1, math.floor(patch * (1 - overlap) + 1e-9)))
    return [math.floor(step * (length - patch) / max(1, steps) + 0.5) for step in range(steps + 1)]


def spline(length: int) -> Tensor:
    """The quadratic window of Hashemi et al. 2019 for even lengths, with mean 1."""
    n = np.arange(length)
    t = (2 * np.minimum(n, length - 1 - n) + 1) / length
    weights = np.where(t < 0.5, (2 * t) ** 2 / 2, 1 - (2 * (t - 1)) ** 2 / 2)
    return torch.from_numpy(weights / weights.mean()).float()


def load_network(folder: Path, scan: dict) -> FcDenseNet:
    network, _ = PRESETS[scan["preset"]]
    model = FcDenseNet(Options(channels=scan["channels"], **network))
    values = np.fromfile(folder / "parameters.bin", np.float32)
    offsets = np.cumsum([0, *scan["parameters"].values()])
    given = {name: values[o : o + n] for o, (name, n) in zip(offsets, scan["parameters"].items())}
    for name, tensor in named_parameters(model) + named_statistics(model):
        tensor.data.copy_(torch.from_numpy(given.pop(name)).reshape(tensor.shape))
    assert not given, f"parameters that the network lacks: {list(given)}"
    return model.eval()


@torch.inference_mode()
def sliding_window(model: FcDenseNet, image: Tensor, brain: Tensor, scan: dict) -> tuple[Tensor, int]:
    size = tuple(reversed(scan["patch"]))
    window = torch.einsum("k,j,i->kji", *(spline(length) for length in size))
    sums, weights = torch.zeros(brain.shape), torch.zeros(brain.shape)
    tiles = 0
    for corner in product(*(starts(n, p, scan["overlap"]) for n, p in zip(brain.shape, size))):
        box = tuple(slice(s, s + p) for s, p in zip(corner, size))
        if not brain[box].any():
            continue
        tiles += 1
        patch = image[(slice(None), *box)]
        for axes in VIEWS[scan["views"]]:
            vote = torch.sigmoid(model(patch.flip(axes)[None]))[0].flip(axes)[0]
            sums[box] += window * vote
            weights[box] += window
    return sums / weights.clamp_min(1e-20), tiles


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    scan = json.loads((given.folder / "scan.json").read_text())
    shape = tuple(reversed(scan["shape"]))
    image = torch.from_numpy(np.fromfile(given.folder / "image.bin", np.float32)).reshape(-1, *shape)
    brain = torch.from_numpy(np.fromfile(given.folder / "brain.bin", np.uint8)).reshape(shape) > 0
    model = load_network(given.folder, scan)
    begin, cpu_begin = time.perf_counter(), time.process_time()
    probabilities, tiles = sliding_window(model, image, brain, scan)
    seconds, cpu_seconds = time.perf_counter() - begin, time.process_time() - cpu_begin
    # Linux counts ru_maxrss in KiB.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    ours = torch.from_numpy(np.fromfile(given.folder / "probabilities.bin", np.float32)).reshape(shape)
    difference = (probabilities - ours)[brain].abs().max().item()
    deviation = ours[brain].std().item()
    print(
        json.dumps(
            {
                "seconds": seconds,
                "cpu_seconds": cpu_seconds,
                "tiles": tiles,
                "peak_resident_bytes": peak,
                "largest_difference": difference,
                "deviation": deviation,
            }
        )
    )


if __name__ == "__main__":
    main()
