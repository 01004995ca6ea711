"""One measurement of bench/volume-io.mjs with NiBabel: `base`, or `int16 IN OUT` or `float32 IN OUT`."""

import json
import resource
import sys
import time

import nibabel as nib
import numpy as np

mode, *parameters = sys.argv[1:]
start = middle = time.perf_counter()
if mode != "base":
    scan, out = parameters
    image = nib.load(scan)
    if mode == "int16":
        data = np.asanyarray(image.dataobj)
    else:
        data = image.get_fdata(dtype=np.float32, caching="unchanged")
    middle = time.perf_counter()
    # The header's own datatype, int16, in both cases.
    nib.save(nib.Nifti1Image(data, image.affine, image.header), out)
end = time.perf_counter()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"read": middle - start, "write": end - middle, "peak": peak}))
