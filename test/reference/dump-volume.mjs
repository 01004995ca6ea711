// Reads NIfTI files with rarevox for compare-with-nibabel.py: one path a line comes in; for each a line of JSON goes out, with
// the shape, the affine, and per 3D volume the file that its voxels were written to as little-endian float32.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readImage } from '../../dist/index.js';
import { nodeFileAccess } from '../../dist/node/index.js';

const folder = process.argv[2];
for await (const path of createInterface({ input: process.stdin })) {
  try {
    const { volume, header } = await readImage(nodeFileAccess, path, { frame: 0 });
    const frames = [];
    for (let frame = 0; frame < header.frames; frame++) {
      const { data } = frame === 0 ? volume : (await readImage(nodeFileAccess, path, { frame })).volume;
      frames.push(join(folder, `${frame}.raw`));
      writeFileSync(frames[frame], new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
    console.log(JSON.stringify({ shape: header.dimensions, affine: volume.affine, frames }));
  } catch (error) {
    console.log(JSON.stringify({ fault: String(error.message) }));
  }
}
