#!/usr/bin/env python3
"""Cuts the sample scans from the development data; needs numpy and nibabel.

    python3 samples/make-samples.py DATA

DATA holds `ms/` (BIDS) and `Task04_Hippocampus/` (Medical Segmentation Decathlon). Nothing is drawn at random and the
gzip headers carry no time, so the same data give the same bytes. The texts beside the scans (README, LICENSES, JSON,
participants.tsv) are written by hand, except hippocampus/dataset.json.
"""
import gzip
import json
import pathlib
import shutil
import sys

import nibabel
import numpy as np

SITE = 'tabriz'
TEST = 'sub-tabriz09'  # the site's last subject by name; every other subject is for training
MODALITIES = ('FLAIR', 'T1w')
IN_PLANE_MARGIN = 4  # voxels around the brain along i and j
SLICE_MARGIN = 1  # slices below and above the lesions of a training subject
HIPPOCAMPUS_CASES = 6  # the first ones of dataset.json


def main():
    data = pathlib.Path(sys.argv[1])
    samples = pathlib.Path(__file__).resolve().parent
    cut_ms(data / 'ms', samples / 'ms')
    copy_hippocampus(data / 'Task04_Hippocampus', samples / 'hippocampus')


def cut_ms(source, target):
    for folder in sorted(source.glob(f'sub-{SITE}*')):
        subject = folder.name
        flair = nibabel.load(folder / 'anat' / f'{subject}_FLAIR.nii.gz')
        mask_name = pathlib.Path('derivatives', 'manual', subject, 'anat', f'{subject}_label-lesion_mask.nii.gz')
        mask = nibabel.load(source / mask_name)
        brain = np.asanyarray(flair.dataobj) > 0
        start, stop = box(brain)
        start[:2] -= IN_PLANE_MARGIN
        stop[:2] += IN_PLANE_MARGIN
        if subject != TEST:
            lesion_start, lesion_stop = box(np.asanyarray(mask.dataobj) > 0)
            start[2] = lesion_start[2] - SLICE_MARGIN
            stop[2] = lesion_stop[2] + SLICE_MARGIN
        start = np.maximum(start, 0)
        stop = np.minimum(stop, flair.shape)
        for modality in MODALITIES:
            name = pathlib.Path(subject, 'anat', f'{subject}_{modality}.nii.gz')
            write_crop(nibabel.load(source / name), start, stop, np.int16, target / name)
        write_crop(mask, start, stop, np.uint8, target / mask_name)


def box(mask):
    """First and one past the last index of a mask along each axis."""
    indices = np.argwhere(mask)
    return indices.min(0), indices.max(0) + 1


def write_crop(image, start, stop, dtype, path):
    stored = image.dataobj.get_unscaled() if hasattr(image.dataobj, 'get_unscaled') else np.asanyarray(image.dataobj)
    i, j, k = (slice(a, b) for a, b in zip(start, stop))
    crop = np.ascontiguousarray(stored[i, j, k])
    assert (crop == crop.astype(dtype)).all(), f'{path}: values do not fit {dtype}'
    affine = image.affine.copy()
    affine[:3, 3] += affine[:3, :3] @ start  # world position of the crop's first voxel
    header = nibabel.Nifti1Header()
    header.set_data_dtype(dtype)
    header.set_xyzt_units('mm', 'sec')
    cut = nibabel.Nifti1Image(crop.astype(dtype), affine, header)
    cut.set_sform(affine, code=1)
    cut.set_qform(affine, code=1)
    cut.header.set_slope_inter(image.dataobj.slope, image.dataobj.inter)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(cut.to_bytes(), 9, mtime=0))


def copy_hippocampus(source, target):
    description = json.loads((source / 'dataset.json').read_text())
    description['training'] = description['training'][:HIPPOCAMPUS_CASES]
    description['numTraining'] = len(description['training'])
    for case in description['training']:
        for name in case.values():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, target / name)
    (target / 'dataset.json').write_text(json.dumps(description, indent=2) + '\n')


main()
