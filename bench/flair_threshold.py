"""The baseline that a trained model must beat: a threshold on the FLAIR scan, chosen on the other patients.

    /usr/bin/python3 bench/flair_threshold.py DATA

DATA is a BIDS folder with `*_FLAIR.nii.gz` and `derivatives/manual/.../*_label-lesion_mask.nii.gz`. Intensities are
z-scores within the brain (the non-zero voxels); for each patient the threshold with the highest mean Dice over all
other patients is applied. Needs Debian's python3-nibabel.
"""

import sys
from pathlib import Path

import nibabel as nib
import numpy as np

THRESHOLDS = np.arange(0.5, 6.01, 0.05)


def dice_by_threshold(flair: Path, mask: Path) -> np.ndarray:
    image = np.asarray(nib.load(flair).get_fdata())
    lesion = np.asarray(nib.load(mask).dataobj) > 0
    brain = image != 0
    values = (image[brain] - image[brain].mean()) / image[brain].std()
    reference = lesion[brain]
    scores = []
    for threshold in THRESHOLDS:
        predicted = values > threshold
        scores.append(2 * (predicted & reference).sum() / max(1, predicted.sum() + lesion.sum()))
    return np.array(scores)


root = Path(sys.argv[1])
names, rows = [], []
for flair in sorted(root.glob("sub-*/anat/*_FLAIR.nii.gz")):
    name = flair.name.split("_")[0]
    names.append(name)
    rows.append(dice_by_threshold(flair, next(root.glob(f"derivatives/manual/{name}/anat/*_label-lesion_mask.nii.gz"))))
scores = np.array(rows)
chosen = []
for index, name in enumerate(names):
    best = np.delete(scores, index, axis=0).mean(axis=0).argmax()
    chosen.append(scores[index, best])
    print(f"{name}\t{THRESHOLDS[best]:.2f}\t{scores[index, best]:.3f}")
print(f"mean\t\t{np.mean(chosen):.3f}")
