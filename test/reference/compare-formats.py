"""Compares what rarevox reads from NRRD, MetaImage and DICOM with independent readers, and prints a table.

Run from the repository's root after `npm run build`:
    /usr/bin/python3 test/reference/compare-formats.py FOLDER...
With --write, what the independent readers read of test/reference/formats goes to expected.json there instead, for the tests:
    /usr/bin/python3 test/reference/compare-formats.py --write
Every .nrrd, .mha and .dcm[.gz] file below the folders is read, and every folder that holds one DICOM series. Needs numpy,
nibabel, pydicom and gdcm (Debian 12: python3-nibabel python3-pydicom python3-gdcm). NRRD and MetaImage are read here by a few
lines of numpy, DICOM by pydicom with GDCM's codecs, the geometry of mosaics by NiBabel. Exits with 1 where anything differs.
"""

import gzip
import hashlib
import io
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings
import zlib

import nibabel as nib
import numpy as np
import pydicom

warnings.simplefilter("ignore")
from nibabel.nicom import dicomwrappers  # noqa: E402, it warns when it is imported

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
NRRD_TYPES = {"short": "i2", "int": "i4", "unsigned short": "u2", "unsigned char": "u1", "uchar": "u1", "float": "f4", "double": "f8"}
META_TYPES = {"MET_SHORT": "i2", "MET_USHORT": "u2", "MET_UCHAR": "u1", "MET_CHAR": "i1", "MET_INT": "i4", "MET_FLOAT": "f4", "MET_DOUBLE": "f8"}


def affine_of(columns, origin):
    affine = np.eye(4)
    affine[:3, :3] = np.array(columns).T
    affine[:3, 3] = origin
    return LPS_TO_RAS @ affine


def numbers(text):
    return [float(part) for part in re.findall(r"[-+0-9.eE]+", text)]


def read_nrrd(path):
    head, _, body = path.read_bytes().partition(b"\n\n")
    fields = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line and line[0] != "#")
    assert fields["space"] == "left-posterior-superior"
    dtype = np.dtype(NRRD_TYPES[fields["type"]]).newbyteorder({"little": "<", "big": ">"}[fields.get("endian", "little")])
    data = np.frombuffer(gzip.decompress(body) if fields["encoding"] == "gzip" else body, dtype)
    shape = [int(size) for size in fields["sizes"].split()]
    columns = np.array(numbers(fields["space directions"])).reshape(3, 3)
    return data.reshape(shape, order="F"), affine_of(columns, numbers(fields["space origin"]))


def read_meta(path):
    head, _, body = path.read_bytes().partition(b"ElementDataFile = LOCAL\n")
    fields = dict(re.split(r"\s*=\s*", line, maxsplit=1) for line in head.decode().splitlines())
    order = ">" if fields["BinaryDataByteOrderMSB"] == "True" else "<"
    dtype = np.dtype(META_TYPES[fields["ElementType"]]).newbyteorder(order)
    data = np.frombuffer(zlib.decompress(body) if fields["CompressedData"] == "True" else body, dtype)
    rows = np.array(numbers(fields["TransformMatrix"])).reshape(3, 3)
    spacing = np.array(numbers(fields["ElementSpacing"]))
    shape = [int(size) for size in fields["DimSize"].split()]
    return data.reshape(shape, order="F"), affine_of(rows * spacing[:, None], numbers(fields["Offset"]))


def load_dicom(path):
    content = path.read_bytes()
    return pydicom.dcmread(io.BytesIO(gzip.decompress(content) if path.suffix == ".gz" else content))


def planes_of(file):
    """(position, orientation, spacing, stated distance, slope, intercept, pixels) of each frame."""
    pixels = file.pixel_array
    if "PerFrameFunctionalGroupsSequence" not in file:
        distance = file.get("SpacingBetweenSlices") or file.get("SliceThickness") or 1
        scale = float(file.get("RescaleSlope", 1)), float(file.get("RescaleIntercept", 0))
        return [(file.ImagePositionPatient, file.ImageOrientationPatient, file.PixelSpacing, distance, *scale, pixels)]
    planes = []
    for group, frame in zip(file.PerFrameFunctionalGroupsSequence, pixels):
        measures = group.PixelMeasuresSequence[0]
        scale = group.PixelValueTransformationSequence[0]
        planes.append(
            (
                group.PlanePositionSequence[0].ImagePositionPatient,
                group.PlaneOrientationSequence[0].ImageOrientationPatient,
                measures.PixelSpacing,
                measures.SliceThickness,
                float(scale.RescaleSlope),
                float(scale.RescaleIntercept),
                frame,
            )
        )
    return planes


def read_dicom(paths):
    files = [load_dicom(path) for path in paths]
    if "MOSAIC" in files[0].ImageType:
        wrapper = dicomwrappers.wrapper_from_data(files[0])
        # NiBabel has the row as the first axis, and stays in DICOM's coordinates.
        return wrapper.get_data().transpose(1, 0, 2), LPS_TO_RAS @ wrapper.affine[:, [1, 0, 2, 3]]
    planes = [plane for file in files for plane in planes_of(file)]
    orientation = np.array(planes[0][1], float)
    normal = np.cross(orientation[:3], orientation[3:])
    planes.sort(key=lambda plane: normal @ np.array(plane[0], float))
    positions = np.array([plane[0] for plane in planes], float)
    count = len(planes)
    step = (positions[-1] - positions[0]) / (count - 1) if count > 1 else normal * float(planes[0][3])
    rows, columns = [float(value) for value in planes[0][2]]
    data = np.stack([plane[6].T * plane[4] + plane[5] for plane in planes], axis=-1)
    return data, affine_of([orientation[:3] * columns, orientation[3:] * rows, step], positions[0])


def targets(folder):
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if path.is_dir():
            files = sorted(path.glob("*.dcm"))
            if len(files) > 1 and len({load_dicom(file).SeriesInstanceUID for file in files}) == 1:
                yield path, lambda files=files: read_dicom(files)
        elif path.name.endswith(".nrrd"):
            yield path, lambda path=path: read_nrrd(path)
        elif path.name.endswith(".mha"):
            yield path, lambda path=path: read_meta(path)
        elif re.search(r"\.dcm(\.gz)?$", path.name):
            yield path, lambda path=path: read_dicom([path])


def rarevox(*words):
    return subprocess.run(["node", "dist/cli/main.js", *words], check=True, capture_output=True, text=True).stdout


def write():
    """The values as a hash of their doubles, i fastest."""
    folder = pathlib.Path(__file__).parent / "formats"
    expected = []
    for path, read in targets(folder):
        data, affine = read()
        values = hashlib.sha256(np.asarray(data, "<f8").tobytes(order="F")).hexdigest()
        name = str(path.relative_to(folder))
        expected.append({"file": name, "shape": list(data.shape), "affine": affine.ravel().tolist(), "values": values})
    lines = ",\n".join(json.dumps(entry) for entry in expected)
    (folder / "expected.json").write_text(f"[\n{lines}\n]\n")


def main():
    if sys.argv[1:] == ["--write"]:
        return write()
    different = 0
    print("| file | shape | type | affine differs by, mm | values differ by |\n|---|---|---|---|---|")
    for folder in sys.argv[1:]:
        for path, read in targets(folder):
            data, affine = read()
            info = json.loads(rarevox("info", "--json", str(path)))[0]
            with tempfile.TemporaryDirectory() as place:
                rarevox("convert", str(path), f"{place}/out.nii")
                image = nib.load(f"{place}/out.nii")
                values = np.asarray(image.dataobj)
            shape = list(values.shape) == list(data.shape) == info["shape"]
            distance = np.abs(np.array(info["affine"]) - affine).max()
            # NIfTI-1 holds an affine in single precision.
            written = np.abs(image.affine - affine).max() / np.abs(affine).max()
            expected = data if values.dtype.kind in "iu" else data.astype(values.dtype)
            apart = np.abs(values.astype(float) - expected.astype(float)).max() if shape else np.nan
            same = shape and distance < 1e-9 and written < 1e-7 and apart == 0
            different += not same
            name = path.relative_to(folder)
            print(f"| {name} | {'x'.join(map(str, info['shape']))} | {values.dtype} | {distance:.1g} | {apart:g} |{'' if same else ' DIFFERENT'}")
    sys.exit(1 if different else 0)


main()
