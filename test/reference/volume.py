"""Reference data for src/volume: tiny NIfTI files and what NiBabel reads from them, and components as SciPy labels them.

Run from the repository's root: /usr/bin/python3 test/reference/volume.py
Needs numpy, scipy and nibabel (made with 1.24.2, 1.10.1 and 5.0.0). Writes test/reference/volume/.
"""

import gzip
import io
import json
import pathlib

import nibabel as nib
import numpy as np
from scipy import ndimage

OUT = pathlib.Path(__file__).parent / "volume"
SHAPE = (3, 4, 2)
OBLIQUE = nib.affines.from_matvec(
    nib.eulerangles.euler2mat(0.3, -0.2, 0.1) @ np.diag([-0.9, 1.1, 6.4]), [31.5, -42.25, 7.0]
)
random = np.random.default_rng(20)
files = []
pairs = []


def integers(dtype):
    info = np.iinfo(dtype)
    # The whole range, kept within what a double holds exactly.
    low, high = max(info.min, -(2**53)), min(info.max, 2**53)
    values = random.integers(low, high, SHAPE, dtype=np.int64, endpoint=True)
    values.flat[0], values.flat[1] = low, high
    return values.astype(dtype)


def save(name, data, *, version=1, endianness="<", slope=None, intercept=0.0, edit=None, gz=False, extension=None):
    kind = nib.Nifti1Image if version == 1 else nib.Nifti2Image
    header = kind.header_class(endianness=endianness)
    header.set_data_dtype(data.dtype)
    header["descrip"] = b"tiny file for tests"
    image = kind(data, OBLIQUE, header=header, dtype=data.dtype)
    if extension:
        image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", extension))
    content = bytearray(image.to_bytes())
    # Scaling is set behind NiBabel's back, which would else choose its own.
    header = kind.header_class.from_fileobj(io.BytesIO(bytes(content)))
    if slope is not None:
        header["scl_slope"], header["scl_inter"] = slope, intercept
    if edit:
        edit(header)
    block = header.binaryblock
    content[: len(block)] = block
    assert np.array_equal(
        np.frombuffer(content, data.dtype.newbyteorder(endianness), data.size, int(header["vox_offset"])),
        data.ravel(order="F"),
    )
    name += ".nii.gz" if gz else ".nii"
    (OUT / name).write_bytes(gzip.compress(bytes(content), mtime=0) if gz else bytes(content))
    read = nib.load(OUT / name)
    values = np.asarray(read.dataobj, dtype=np.float64)
    files.append(
        {
            "file": name,
            "dimensions": list(read.shape),
            "datatype": read.get_data_dtype().newbyteorder("=").name,
            "affine": read.affine.tolist(),
            "orientation": "".join(nib.aff2axcodes(read.affine)),
            "values": values.ravel(order="F").tolist(),
        }
    )


def save_pair(name, data, kind):
    image = kind(data, OBLIQUE, dtype=data.dtype)
    image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"kept in a pair"))
    nib.save(image, OUT / f"{name}.hdr")
    read = nib.load(OUT / f"{name}.hdr")
    pairs.append(
        {
            "file": name,
            "version": 1 if kind is nib.Nifti1Pair else 2,
            "affine": read.affine.tolist(),
            "values": np.asarray(read.dataobj, dtype=np.float64).ravel(order="F").tolist(),
        }
    )


def qform_only(header):
    header.set_qform(OBLIQUE, code=1)
    header["sform_code"] = 0
    # Must not be read.
    header["srow_x"] = [7, 0, 0, 0]


def both_forms(header):
    header.set_qform(np.diag([2.0, 2.0, 2.0, 1.0]), code=4)
    header.set_sform(OBLIQUE, code=1)


def main():
    OUT.mkdir(exist_ok=True)
    for dtype in ["uint8", "int8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]:
        save(dtype, integers(dtype))
    for dtype in ["float32", "float64"]:
        save(dtype, random.normal(0, 1000, SHAPE).astype(dtype))
    for dtype in ["int16", "uint32", "int64"]:
        save(f"big-endian-{dtype}", integers(dtype), endianness=">", gz=True)
    save("big-endian-float64", random.normal(0, 1, SHAPE), endianness=">")
    save("nifti2-int16", integers("int16"), version=2)
    save("nifti2-big-endian-float32", random.normal(0, 1, SHAPE).astype("float32"), version=2, endianness=">", gz=True)
    save("scaled-uint8", integers("uint8"), slope=0.5, intercept=-3.25, gz=True)
    save("scaled-int16", integers("int16"), slope=0.0123, intercept=17.5)
    save("slope-zero", integers("int16"), slope=0.0, intercept=12.0)
    save("slope-nan", integers("uint8"), slope=np.nan, intercept=np.nan)
    save("qform-only", integers("uint8"), edit=qform_only)
    save("both-forms", integers("uint8"), edit=both_forms)
    save("extension", integers("uint8"), extension=b"kept when it is written again", gz=True)
    save("frames", random.integers(-50, 50, (*SHAPE, 3)).astype("int16"), slope=2.0, intercept=1.0, gz=True)

    # From a generator of its own, so that what is above stays as it was.
    values = np.random.default_rng(21).integers(0, 200, SHAPE)
    save_pair("pair", values.astype("int16"), nib.Nifti1Pair)
    save_pair("nifti2-pair", values.astype("uint8"), nib.Nifti2Pair)

    components = []
    for seed, density in [(1, 0.12), (2, 0.25), (3, 0.4)]:
        mask = np.random.default_rng(seed).random((6, 7, 9)) < density
        entry = {"shape": [9, 7, 6], "mask": "".join("1" if v else "0" for v in mask.ravel())}
        for rank, connectivity in [(1, 6), (2, 18), (3, 26)]:
            labels, _ = ndimage.label(mask, ndimage.generate_binary_structure(3, rank))
            entry[str(connectivity)] = labels.ravel().tolist()
        components.append(entry)
    text = json.dumps({"files": files, "pairs": pairs, "components": components}, separators=(",", ":"))
    (OUT / "expected.json").write_text(text + "\n")


main()
