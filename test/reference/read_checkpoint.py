"""Reads a rarevox checkpoint (safetensors) from the description of its format alone, and prints JSON.

    /usr/bin/python3 test/reference/read_checkpoint.py RUN/checkpoint_latest.safetensors [NAME.npy ...]

The JSON has the state's keys and each tensor's type, shape, sum and sum of squares (in float64). With names, it also
writes those tensors as NumPy files. The format (https://github.com/huggingface/safetensors): 8 bytes with the header's
length as uint64, little-endian; the header, JSON with dtype, shape and data_offsets of each tensor; the values.
"""

import json
import struct
import sys

import numpy

TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2",
    "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?",
}  # fmt: skip


def read_checkpoint(path):
    """The metadata, and the tensors by name."""
    with open(path, "rb") as file:
        data = file.read()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    values = memoryview(data)[8 + length :]
    tensors = {}
    covered = 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        start, end = entry["data_offsets"]
        if start != covered:
            sys.exit(f"{name} begins at byte {start} of the values, after {covered}")
        covered = end
        tensors[name] = numpy.frombuffer(values[start:end], TYPES[entry["dtype"]]).reshape(entry["shape"])
    if covered != len(values):
        sys.exit(f"{len(values) - covered} bytes after the last tensor")
    return metadata, tensors


if __name__ == "__main__":
    metadata, tensors = read_checkpoint(sys.argv[1])
    for name in sys.argv[2:]:
        numpy.save(name, tensors[name.removesuffix(".npy")])
    summary = {
        name: {
            "dtype": str(tensor.dtype),
            "shape": list(tensor.shape),
            "sum": float(tensor.sum(dtype="f8")),
            "squares": float(numpy.square(tensor, dtype="f8").sum()),
        }
        for name, tensor in tensors.items()
    }
    print(json.dumps({"state": sorted(json.loads(metadata.get("state", "{}"))), "tensors": summary}, indent=1))
