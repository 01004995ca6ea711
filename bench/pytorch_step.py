"""Times PyTorch's training step or forward pass of the FC-DenseNet, to stand beside the engine's.

    /usr/bin/python3 bench/pytorch_step.py --preset compact --channels 3 --patch 96,96,96 --threads 2 --repeats 3

A step is forward, loss (asymmetric similarity, beta 1.5, and the L2 term), backward and Adam, with dropout and batch
statistics; `--mode forward` is one patch in evaluation mode without gradients. Prints one line of JSON: seconds of each
repeat and the process's peak resident memory in bytes.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path

import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).parent.parent / "test" / "reference"))
from fc_densenet import (  # noqa: E402
    PRESETS,
    FcDenseNet,
    Options,
    asymmetric_similarity,
    decayed,
    initialize,
    named_parameters,
    parameter_counts,
)


def triple(text: str) -> tuple[int, ...]:
    sides = tuple(int(part) for part in text.replace("x", ",").split(","))
    if len(sides) != 3:
        raise argparse.ArgumentTypeError(f"a patch has three sides i,j,k; got {text!r}")
    return sides


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--preset", choices=PRESETS, default="tiny")
    parser.add_argument("--channels", type=int, default=3)
    parser.add_argument("--patch", type=triple, help="i,j,k; the preset's if not given")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--warm-up", type=int, default=1, help="runs before the timed ones")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--mode", choices=["step", "forward"], default="step")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    torch.set_num_threads(given.threads)
    network, patch = PRESETS[given.preset]
    patch = given.patch or patch
    options = Options(channels=given.channels, **network)
    model = FcDenseNet(options)
    generator = torch.Generator().manual_seed(1)
    initialize(model, generator)
    shape = tuple(reversed(patch))
    image = torch.randn(given.batch, given.channels, *shape, generator=generator)
    target = (torch.rand(given.batch, 1, *shape, generator=generator) < 0.005).float()
    parameters = named_parameters(model)
    decays = [parameter for name, parameter in parameters if decayed(name)]
    adam = torch.optim.Adam([parameter for _, parameter in parameters], lr=1e-3)

    def step() -> Tensor:
        adam.zero_grad(set_to_none=True)
        loss = asymmetric_similarity(model(image), target, [1.5], 0.0)
        loss = loss + sum(1e-4 * (parameter**2).sum() for parameter in decays)
        loss.backward()
        adam.step()
        return loss

    def forward() -> Tensor:
        with torch.no_grad():
            return torch.sigmoid(model(image))

    model.train(given.mode == "step")
    run = step if given.mode == "step" else forward
    for _ in range(given.warm_up):
        run()
    seconds = []
    for _ in range(given.repeats):
        start = time.perf_counter()
        run()
        seconds.append(round(time.perf_counter() - start, 4))
    # Linux counts ru_maxrss in KiB.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(
        json.dumps(
            {
                "engine": f"pytorch {torch.__version__}",
                "mode": given.mode,
                "preset": given.preset,
                "channels": given.channels,
                "patch": patch,
                "batch": given.batch,
                "threads": given.threads,
                "parameters": parameter_counts(options)["all"],
                "seconds": seconds,
                "peak_resident_bytes": peak,
            }
        )
    )


if __name__ == "__main__":
    main()
