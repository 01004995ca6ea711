"""Segments a scan with a model of rarevox and nothing of rarevox: onnxruntime, numpy and nibabel.

    python3 segment_with_onnxruntime.py model.onnx mask.nii.gz flair.nii.gz t1.nii.gz

The scans come in the order of the model's modalities, skull-stripped, on one grid. It gives the mask of `rarevox predict` with the
model's defaults, for models that keep each scan's voxel size, or scans that have the model's already.
"""

import itertools, json, sys
import nibabel, numpy, onnxruntime

model, out, *files = sys.argv[1:]  # the scans in the order of the model's modalities
session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
entries = session.get_modelmeta().custom_metadata_map
about, post = json.loads(entries["rarevox"]), json.loads(entries["postprocessing.json"])
plan, patch = about["preprocess"], about["patch"][::-1]  # k, j, i
assert (post["padding"], post["window"]) == ("fit", "spline") and len(files) == len(plan["modalities"])

# To RAS+, [channel, K, J, I]; a model with a spacing of its own wants the scans resampled to it first.
scans = [nibabel.as_closest_canonical(nibabel.load(file)) for file in files]
spacing = scans[0].header.get_zooms()[:3]
assert plan["spacing"] is None or numpy.allclose(spacing, plan["spacing"], rtol=0.01)
whole = numpy.stack([scan.get_fdata(dtype=numpy.float32).T for scan in scans])

def mode(values):
    """The center of the fullest bin of a smoothed histogram, and the width of the peak above it."""
    counts, edges = numpy.histogram(values, 256, numpy.percentile(values, [0.5, 99.5]))
    weights = numpy.exp(-0.5 * (numpy.arange(-32, 33) / 8) ** 2)
    density = numpy.convolve(counts, weights)[32:]
    peak = density[:256].argmax()
    first = peak + numpy.argmax(density[peak:] <= density[peak] / 2)
    bins = numpy.interp(-density[peak] / 2, -density[first - 1 : first + 1], [first - 1, first]) - peak
    width = edges[1] - edges[0]
    return edges[0] + (peak + 0.5) * width, bins * width / numpy.sqrt(2 * numpy.log(2))

# Crop to the brain and normalize within it.
is_brain = whole[0] != 0
box = tuple(slice(index.min(), index.max() + 1) for index in numpy.nonzero(is_brain))
image, brain = whole[(slice(None), *box)], is_brain[box]
for channel, modality in zip(image, plan["modalities"]):
    kind = plan["normalization"]
    kind = kind if isinstance(kind, str) else kind[modality]
    if kind == "percentile":
        channel[:] = channel.clip(*numpy.percentile(channel[brain].astype(float), [0.5, 99.5]))
    mean, deviation = channel[brain].mean(dtype=float), channel[brain].std(dtype=float)
    if kind == "mode":
        mean, deviation = mode(channel[brain].astype(float))
    channel[:] = channel / mean if kind == "mean" else (channel - mean) / deviation
    channel[~brain] = 0

def starts(length, size):
    """First voxels of the patches along an axis; a short axis gets one patch around its middle."""
    if length <= size:
        return [-((size - length) // 2)]
    steps = -(-(length - size) // max(1, int(size * (1 - post["overlap"]) + 1e-9)))
    return [int(step * (length - size) / steps + 0.5) for step in range(steps + 1)]

def window(size):
    edge = numpy.minimum(numpy.arange(size), numpy.arange(size)[::-1])
    t = (2 * edge + 1) / size if size % 2 == 0 else 2 * (edge + 1) / (size + 1)
    return numpy.where(t < 0.5, (2 * t) ** 2 / 2, 1 - (2 * (t - 1)) ** 2 / 2)

# Average the views of each patch, and the patches, weighted by the window.
shape = brain.shape
weight = window(patch[0])[:, None, None] * window(patch[1])[:, None] * window(patch[2])
sums, weights = numpy.zeros((about["network"]["outputs"], *shape)), numpy.zeros(shape)
for corner in itertools.product(*map(starts, shape, patch)):
    inside = [(max(0, s), min(n, s + p)) for s, n, p in zip(corner, shape, patch)]
    volume = tuple(slice(a, b) for a, b in inside)
    part = tuple(slice(a - s, b - s) for (a, b), s in zip(inside, corner))
    if not brain[volume].any():
        continue
    tile = numpy.zeros((len(image), *patch), numpy.float32)
    tile[(slice(None), *part)] = image[(slice(None), *volume)]
    votes = 0
    for view in post["view_names"]:  # identity, flip-i, flip-jk, …
        axes = [-1 - "ijk".index(axis) for axis in view.removeprefix("flip-")] if view != "identity" else []
        answer = session.run(["probabilities"], {"image": numpy.ascontiguousarray(numpy.flip(tile, axes))[None]})[0][0]
        votes = votes + numpy.flip(answer, axes) / len(post["view_names"])
    sums[(slice(None), *volume)] += (votes * weight)[(slice(None), *part)]
    weights[volume] += weight[part]
fused = sums / numpy.where(weights > 0, weights, 1)

# Back to the scan's grid, and the decision.
values = [label["value"] for label in about["labels"]]
if len(values) == 1:
    mask = numpy.where((fused[0] >= post["decision"]["threshold"]) & (fused[0] > 0), values[0], 0)
else:
    mask = numpy.array([0, *values])[fused.argmax(axis=0)]
labels = numpy.zeros(whole.shape[1:], numpy.uint8)
labels[box] = numpy.where(brain, mask, 0)
first = nibabel.load(files[0])
back = nibabel.orientations.ornt_transform([[0, 1], [1, 1], [2, 1]], nibabel.io_orientation(first.affine))
nibabel.save(nibabel.Nifti1Image(nibabel.apply_orientation(labels.T, back), first.affine), out)
