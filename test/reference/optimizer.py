"""Writes optimizer.json: weights after each step of PyTorch's optimizers on given gradients, to compare ours with.

    /usr/bin/python3 test/reference/optimizer.py

Each case has options in rarevox's names, seven weights of which some are not decayed, eight gradients, and the weights after
each step: clipping by torch.nn.utils.clip_grad_norm_, the L2 term's gradient 2 l2 w and weight decay on the decayed weights
only, and the exponential moving average of the weights.
"""
import json
import pathlib

import torch

torch.manual_seed(1803)
DECAYED = [1, 1, 0, 1, 0, 1, 1]
STEPS = 8
LEARNING_RATE = 0.05

CASES = [
    {"optimizer": "adam"},
    {"optimizer": "adam", "l2": 0.01, "clip": 1.5},
    {"optimizer": "adam", "average": 0.3},
    {"optimizer": "adamw", "weightDecay": 0.2},
    {"optimizer": "adamw", "weightDecay": 0.01, "clip": 0.5, "average": 0.999},
    {"optimizer": "sgd", "momentum": 0.9, "l2": 0},
    {"optimizer": "sgd", "momentum": 0.99, "l2": 0.003, "clip": 2.0, "average": 0.9},
    {"optimizer": "sgd", "momentum": 0.0, "l2": 0.1},
]


def run(options):
    dtype = torch.float64
    start = torch.randn(7, dtype=dtype)
    gradients = torch.randn(STEPS, 7, dtype=dtype) * torch.tensor([0.01, 1, 3, 0.3, 1, 0, 5], dtype=dtype)
    groups = [
        torch.nn.Parameter(start[[i for i, d in enumerate(DECAYED) if d == flag]].clone()) for flag in (1, 0)
    ]
    indices = [[i for i, d in enumerate(DECAYED) if d == flag] for flag in (1, 0)]
    kind = options["optimizer"]
    decay = options.get("weightDecay", 0.01) if kind == "adamw" else 0.0
    parameters = [{"params": [groups[0]], "weight_decay": decay}, {"params": [groups[1]], "weight_decay": 0.0}]
    if kind == "adam":
        optimizer = torch.optim.Adam(parameters, lr=LEARNING_RATE)
    elif kind == "adamw":
        optimizer = torch.optim.AdamW(parameters, lr=LEARNING_RATE)
    else:
        momentum = options["momentum"]
        optimizer = torch.optim.SGD(parameters, lr=LEARNING_RATE, momentum=momentum, nesterov=momentum > 0)
    l2 = options.get("l2", 0.0 if kind == "adamw" else 1e-4)
    average, averages, weights, norms = start.clone(), [], [], []
    for step, gradient in enumerate(gradients, start=1):
        for group, index in zip(groups, indices):
            group.grad = gradient[index].clone()
        norm = torch.nn.utils.clip_grad_norm_(groups, options.get("clip", float("inf")))
        norms.append(norm.item())
        groups[0].grad += 2 * l2 * groups[0].detach()
        optimizer.step()
        now = torch.empty(7, dtype=dtype)
        for group, index in zip(groups, indices):
            now[index] = group.detach()
        weights.append(now.tolist())
        decay_now = min(options.get("average", 0.0), (1 + step) / (10 + step))
        average = decay_now * average + (1 - decay_now) * now
        averages.append(average.tolist())
    return {
        "options": options,
        "start": start.tolist(),
        "gradients": gradients.tolist(),
        "weights": weights,
        "norms": norms,
        "averages": averages if options.get("average", 0) > 0 else None,
    }


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, list):
        return [rounded(item) for item in value]
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return value


out = {"decayed": DECAYED, "learningRate": LEARNING_RATE, "cases": [run(options) for options in CASES]}
path = pathlib.Path(__file__).with_name("optimizer.json")
path.write_text(json.dumps(rounded(out)) + "\n")
