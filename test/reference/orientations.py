"""Cuts the eight files of test/reference/orientations out of niivue's: one image stored along eight orientations.

Run: /usr/bin/python3 test/reference/orientations.py FOLDER
FOLDER is packages/niivue/tests/images/nifti_space of https://github.com/niivue/niivue. Needs nibabel (made with 5.0.0).
The same box of the head is cut out of each file by slicing along its own axes, so that the voxels keep the order in which
they came; nothing is resampled or reoriented.
"""

import gzip
import pathlib
import sys

import nibabel as nib
import numpy as np

OUT = pathlib.Path(__file__).parent / "orientations"
# First and last voxel along x, y, z of the 64 x 79 x 67 voxels in RAS order.
BOX = {"R": (20, 44), "A": (30, 60), "S": (22, 40)}
OPPOSITE = {"L": "R", "P": "A", "I": "S"}

OUT.mkdir(exist_ok=True)
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.nii.gz")):
    image = nib.load(path)
    slices = []
    for letter, extent in zip(nib.aff2axcodes(image.affine), image.shape):
        first, last = BOX[OPPOSITE.get(letter, letter)]
        slices.append(slice(extent - 1 - last, extent - first) if letter in OPPOSITE else slice(first, last + 1))
    stored = np.asanyarray(image.dataobj.get_unscaled())[tuple(slices)]
    header = image.header.copy()
    affine = image.slicer[tuple(slices)].affine
    cut = nib.Nifti1Image(stored, affine, header)
    cut.header.set_slope_inter(image.dataobj.slope, image.dataobj.inter)
    (OUT / path.name).write_bytes(gzip.compress(cut.to_bytes(), mtime=0))
