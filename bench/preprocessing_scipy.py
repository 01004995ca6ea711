"""The pieces of bench/preprocessing.mjs by numpy and scipy: FOLDER. Reads their names, a line each, and answers with CPU milliseconds."""

import json
import sys
import time
from pathlib import Path

import numpy as np
from scipy import ndimage

folder = Path(sys.argv[1])
options = json.loads((folder / "grids.json").read_text())
shape = options["shape"][::-1]  # [k, j, i]
data = np.fromfile(folder / "data", np.float32).reshape(shape)
mask = np.fromfile(folder / "mask", np.uint8).reshape(shape)


def resample(grid, volume, order):
    """The source's affine is the identity, so the target's leads from its indices to the source's; a diagonal one runs separately."""
    affine = np.array(options["grids"][grid]["affine"]).reshape(4, 4)
    matrix, offset = affine[:3, :3][::-1, ::-1], affine[:3, 3][::-1]
    if np.count_nonzero(matrix - np.diag(np.diag(matrix))) == 0:
        matrix = np.diag(matrix)
    mode = "nearest" if grid == "other spacing" else "constant"
    target = options["grids"][grid]["shape"][::-1]
    return ndimage.affine_transform(volume, matrix, offset, output_shape=tuple(target), order=order, mode=mode)


pieces = {
    "linear, other spacing": lambda: resample("other spacing", data, 1),
    "cubic, other spacing": lambda: resample("other spacing", data, 3),
    "labels, other spacing": lambda: resample("other spacing", mask, 0),
    "linear, turned": lambda: resample("turned", data, 1),
    "cubic, turned": lambda: resample("turned", data, 3),
    "percentiles 0.5 and 99.5": lambda: np.percentile(data.astype(np.float64), [0.5, 99.5]),
    "Gaussian blur, three axes": lambda: ndimage.gaussian_filter(data, options["sigma"], mode="nearest", truncate=4),
    "distance transform": lambda: ndimage.distance_transform_edt(mask == 0),
    "connected components": lambda: ndimage.label(mask, ndimage.generate_binary_structure(3, 2))[0],
}
for line in sys.stdin:
    name = line.rstrip("\n")
    start = time.process_time()
    result = pieces[name]()
    spent = 1000 * (time.process_time() - start)
    np.asarray(result, np.float32).tofile(folder / f"{name}.float32")
    print(spent, flush=True)
