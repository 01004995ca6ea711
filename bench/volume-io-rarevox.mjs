// One measurement of bench/volume-io.mjs: `base`, `make SHAPE OUT`, `float32 IN OUT` or `copy IN OUT`.
import { nodeFileAccess } from '../dist/node/index.js';
import { copyNifti } from '../dist/volume/nifti-copy.js';
import { readImage } from '../dist/volume/nifti-read.js';
import { writeNifti } from '../dist/volume/nifti-write.js';

const [mode, ...parameters] = process.argv.slice(2);
const start = performance.now();
let middle = start;

if (mode === 'make') {
  const [shape, out] = parameters;
  await writeNifti(nodeFileAccess, out, phantom(shape.split(',').map(Number)), int16Header(), { keepDatatype: true });
} else if (mode === 'float32') {
  const [scan, out] = parameters;
  const { volume, header } = await readImage(nodeFileAccess, scan);
  middle = performance.now();
  await writeNifti(nodeFileAccess, out, volume, header, { keepDatatype: true });
} else if (mode === 'copy') {
  const [scan, out] = parameters;
  await copyNifti(nodeFileAccess, scan, out);
}
const end = performance.now();
const peak = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ read: (middle - start) / 1000, write: (end - middle) / 1000, peak }));

function phantom(shape) {
  const [width, height, depth] = shape;
  const data = new Float32Array(width * height * depth);
  let state = 1;
  // xorshift32; the sum of four uniform numbers is normal enough.
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  let index = 0;
  for (let k = 0; k < depth; k++) {
    for (let j = 0; j < height; j++) {
      for (let i = 0; i < width; i++) {
        const [x, y, z] = [(2 * i) / width - 1, (2 * j) / height - 1, (2 * k) / depth - 1];
        const isInside = (x / 0.7) ** 2 + (y / 0.8) ** 2 + (z / 0.75) ** 2 < 1;
        const noise = uniform() + uniform() + uniform() + uniform() - 2;
        const smooth = 600 + 150 * Math.sin(9 * x) * Math.cos(7 * y) + 80 * Math.sin(11 * z);
        data[index++] = Math.round(isInside ? smooth + 25 * noise : Math.abs(6 * noise));
      }
    }
  }
  return { kind: 'scalar', shape, affine: [-0.5, 0, 0, 120, 0, 0.5, 0, -130, 0, 0, 0.5, -90, 0, 0, 0, 1], data };
}

/** A header to write int16 with: a NIfTI-1 one of nothing else. */
function int16Header() {
  const bytes = new Uint8Array(352);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, 348, true);
  view.setFloat32(108, 352, true);
  bytes.set([0x6e, 0x2b, 0x31], 344);
  return {
    version: 1,
    littleEndian: true,
    shape: [1, 1, 1],
    affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    datatype: 'int16',
    slope: 1,
    intercept: 0,
    isPair: false,
    voxelOffset: 352,
    bytes,
  };
}
