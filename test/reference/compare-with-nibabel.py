"""Compares what rarevox and NiBabel read from every NIfTI file of some folders, and prints a table.

Run from the repository's root, after `npm run build`:
  /usr/bin/python3 test/reference/compare-with-nibabel.py FOLDER...
Needs numpy and nibabel. Exits with status 1 where anything differs.

Voxels are compared as float32, which is what rarevox holds: both sides compute stored * slope + intercept in double precision and
round once, so they must be equal bit by bit. Affines must agree to 1e-6 of their largest entry, since NiBabel rounds some steps
of the qform to single precision.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

import nibabel as nib
import numpy as np

HERE = pathlib.Path(__file__).parent


def compare(read, path, folder):
    process_in, process_out = read
    process_in.write(f"{path}\n")
    process_in.flush()
    found = json.loads(process_out.readline())
    if "fault" in found:
        return None, found["fault"], "", ""
    image = nib.load(path)
    values = image.get_fdata(caching="unchanged", dtype=np.float64).astype(np.float32)
    shape = list(image.shape) + [1] * (3 - image.ndim)
    frames = [np.fromfile(name, "<f4") for name in found["frames"]]
    ours = np.concatenate(frames)
    theirs = values.ravel(order="F")
    affine = np.array(found["affine"]).reshape(4, 4)
    difference = np.abs(affine - image.affine).max()
    voxels = "equal" if np.array_equal(ours, theirs, equal_nan=True) else (
        f"{np.sum(ours != theirs)} differ" if ours.shape == theirs.shape else "other count"
    )
    return (
        "equal" if found["shape"] == shape else f"{found['shape']} against {shape}",
        "equal" if difference == 0 else (
            f"within {difference:.0e}" if difference <= 1e-6 * np.abs(image.affine).max() else f"{difference:.3g} apart"
        ),
        voxels,
        f"{'x'.join(map(str, image.shape))} {image.get_data_dtype().newbyteorder('=')}",
    )


def main():
    paths = []
    for root in sys.argv[1:]:
        found = [path for path in pathlib.Path(root).rglob("*") if re.search(r"\.(nii|hdr)(\.gz)?$", path.name)]
        paths += [(path, path.relative_to(root)) for path in sorted(found)]
    rows, failures = [], 0
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            ["node", HERE / "dump-volume.mjs", folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for path, name in paths:
            shape, affine, voxels, kind = compare((process.stdin, process.stdout), path, folder)
            fine = shape == "equal" and voxels == "equal" and (affine == "equal" or affine.startswith("within"))
            failures += not fine
            rows.append((str(name), kind, str(shape), affine, voxels))
        process.stdin.close()
        process.wait()
    print("| file | what | shape | affine | voxels |")
    print("| --- | --- | --- | --- | --- |")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    exact = sum(row[3] == "equal" for row in rows)
    print(f"\n{len(rows)} files: {len(rows) - failures} equal ({exact} of them with the affine equal to the last bit), {failures} not")
    sys.exit(1 if failures else 0)


main()
