"""Augmentations by SciPy, PyTorch and NumPy, to compare src/augmentation with (augmentation-reference.test.ts).

The images come from a small linear congruential generator (Numerical Recipes' constants) that the test repeats, so that only the
results are stored, i fastest. Run: /usr/bin/python3 test/reference/augmentation.py > test/reference/augmentation.json
"""

import json

import numpy as np
import torch
from scipy.ndimage import affine_transform, gaussian_filter
from scipy.spatial.transform import Rotation

SPATIAL = [
    # seed, shape, spacing, start, patch, degrees about i j k, scale, flips
    (1, (12, 11, 8), (1.0, 1.5, 3.0), (2, 1, 1), (7, 6, 5), (20.0, -35.0, 50.0), (1.0, 1.0, 1.0), (1, 1, 1)),
    (2, (12, 11, 8), (0.7, 0.9, 2.5), (3, 2, 2), (6, 7, 4), (0.0, 0.0, 27.5), (1.3, 1.3, 1.0), (-1, 1, 1)),
    (3, (9, 10, 11), (1.2, 1.0, 0.8), (-1, 4, 3), (8, 7, 6), (-12.0, 140.0, 8.0), (0.75, 0.75, 0.75), (-1, -1, 1)),
]
BLUR = [(4, (9, 7, 6), 0.8), (5, (5, 12, 3), 1.6)]
LOW_RESOLUTION = [(6, (9, 8, 7), (0.55, 0.55, 0.55)), (7, (10, 5, 4), (0.7, 0.7, 1.0)), (8, (6, 6, 6), (0.9, 1.0, 0.3))]
# seed, number of voxels, factor or exponent
INTENSITY = [(9, 200, 0.8), (10, 200, 1.2), (11, 333, 1.47)]


def image_of(seed, shape):
    """Values around 0 like z-scores, indexed [i, j, k]."""
    state = seed
    values = np.zeros(int(np.prod(shape)))
    for v in range(values.size):
        state = (1664525 * state + 1013904223) % 2**32
        values[v] = 4 * state / 2**32 - 2
    return values.astype(np.float32).astype(np.float64).reshape(shape, order="F")


def stored(array):
    return [float(f"{x:.7g}") for x in np.asarray(array, np.float64).ravel(order="F")]


def spatial(seed, shape, spacing, start, patch, degrees, scale, flips):
    turn = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()
    matrix = np.diag(1 / np.array(spacing)) @ turn @ np.diag(np.array(flips) / np.array(scale)) @ np.diag(spacing)
    half = (np.array(patch) - 1) / 2
    offset = np.array(start) + half - matrix @ half
    image = image_of(seed, shape)
    values = affine_transform(image, matrix, offset, output_shape=patch, order=1, mode="nearest")
    positions = np.stack(np.meshgrid(*[np.arange(n) for n in patch], indexing="ij"), -1) @ matrix.T + offset
    inside = np.all((positions >= -0.5) & (positions < np.array(shape) - 0.5), axis=-1)
    return dict(
        seed=seed, shape=shape, spacing=spacing, start=start, patch=patch, degrees=degrees, scale=scale, flips=flips,
        values=stored(np.where(inside, values, 0)), inside=[int(x) for x in inside.ravel(order="F")],
    )  # fmt: skip


def blur(seed, shape, sigma):
    # Weights beyond the border are left out and the others normalized to 1.
    smooth = lambda x: gaussian_filter(x, sigma, mode="constant", truncate=int(np.ceil(4 * sigma)) / sigma)
    return dict(seed=seed, shape=shape, sigma=sigma, values=stored(smooth(image_of(seed, shape)) / smooth(np.ones(shape))))


def low_resolution(seed, shape, scale):
    image = torch.from_numpy(image_of(seed, shape))[None, None]
    coarse = [round(n * s) for n, s in zip(shape, scale)]
    down = torch.nn.functional.interpolate(image, coarse, mode="nearest-exact")
    up = torch.nn.functional.interpolate(down, shape, mode="trilinear", align_corners=False)
    return dict(seed=seed, shape=shape, scale=scale, values=stored(up[0, 0].numpy()))


def contrast(x, factor):
    return np.clip((x - x.mean()) * factor + x.mean(), x.min(), x.max())


def gamma(x, exponent, invert):
    x = -x if invert else x
    span = x.max() - x.min()
    y = ((x - x.min()) / span) ** exponent * span + x.min()
    y = (y - y.mean()) / y.std() * x.std() + x.mean()
    return -y if invert else y


def intensity(seed, count, number):
    x = image_of(seed, (count, 1, 1))
    return dict(
        seed=seed, count=count, number=number, contrast=stored(contrast(x, number)), gamma=stored(gamma(x, number, False)),
        gammaInverted=stored(gamma(x, number, True)),
    )  # fmt: skip


print(
    json.dumps(
        dict(
            spatial=[spatial(*case) for case in SPATIAL],
            blur=[blur(*case) for case in BLUR],
            lowResolution=[low_resolution(*case) for case in LOW_RESOLUTION],
            intensity=[intensity(*case) for case in INTENSITY],
        )
    )
)
