// Time and peak memory of predicting cubes of growing size: prints a table and draws docs/images/prediction-scaling.svg.
//
//   npm run build && node bench/prediction-scaling.mjs --preset tiny --rounds 3
//
// A whole `predict` each, in processes of its own. The sizes take turns; figures are medians of the times and maxima of the memory.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    preset: { type: 'string', default: 'tiny' },
    sides: { type: 'string', default: '64,96,128,160,192,224,256' },
    channels: { type: 'string', default: '3' },
    views: { type: 'string', default: '1' },
    overlap: { type: 'string', default: '0.5' },
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    out: { type: 'string', default: fileURLToPath(new URL('../docs/images/prediction-scaling.svg', import.meta.url)) },
  },
});
const { preset, channels, views, overlap, threads } = values;

function run(side) {
  const script = fileURLToPath(new URL('rarevox-volume.mjs', import.meta.url));
  const options = [
    '--preset',
    preset,
    '--channels',
    channels,
    '--views',
    views,
    '--overlap',
    overlap,
    '--threads',
    threads,
  ];
  const parameters = [script, ...options, '--shape', `${side},${side},${side}`];
  const { status, stdout, stderr } = spawnSync(process.execPath, parameters, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

/**
 * Bytes a voxel that the call has to hold in any case: the images and the prepared ones in float32, the brain on both grids, the
 * probabilities and the mask.
 */
const OWN_BYTES = 8 * Number(channels) + 2 + 4 + 1;

const sizes = values.sides.split(',').map((side) => ({ side: Number(side), runs: [] }));
for (let round = 0; round < Number(values.rounds); round++) {
  for (const { side, runs } of sizes) {
    runs.push(run(side));
    console.error(`${side}: ${runs.at(-1).seconds.toFixed(1)} s, CPU ${runs.at(-1).cpu_seconds.toFixed(1)} s`);
  }
}
const points = sizes.map(({ side, runs }) => {
  const voxels = side ** 3;
  const peak = (part) => Math.max(...runs.map(({ memory }) => memory[part]));
  const total = Math.max(...runs.map(({ memory }) => memory.parent + memory.child + memory.files));
  return {
    side,
    tiles: runs[0].tiles,
    millions: voxels / 1e6,
    seconds: median(runs.map(({ seconds }) => seconds)),
    cpu: median(runs.map(({ cpu_seconds }) => cpu_seconds)),
    parent: peak('parent') / 1e6,
    child: peak('child') / 1e6,
    total: total / 1e6,
    own: (OWN_BYTES * voxels) / 1e6,
  };
});

console.log(
  `${preset}, ${channels} channels, overlap ${overlap}, ${views} view(s), ${values.rounds} round(s); ${threads} threads, ${cpus()[0].model}, ` +
    `${cpus().length} cores\n`,
);
const header = [
  'cube',
  'tiles',
  's',
  'CPU s',
  'CPU ms a tile',
  'peak MB',
  'parent',
  'compute process',
  'own arrays',
  'beyond',
];
const rows = points.map((point) => [
  point.side,
  point.tiles,
  point.seconds.toFixed(1),
  point.cpu.toFixed(1),
  ((1000 * point.cpu) / point.tiles).toFixed(0),
  point.total.toFixed(0),
  point.parent.toFixed(0),
  point.child.toFixed(0),
  point.own.toFixed(0),
  (point.total - point.own).toFixed(0),
]);
console.log([header, header.map(() => '---:'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n'));

/** The straight line of least squares, and the share of the variance that it explains. */
function line(xs, ys) {
  const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const [mx, my] = [mean(xs), mean(ys)];
  const slope = mean(xs.map((x, n) => (x - mx) * (ys[n] - my))) / mean(xs.map((x) => (x - mx) ** 2));
  const intercept = my - slope * mx;
  const residual = mean(xs.map((x, n) => (ys[n] - intercept - slope * x) ** 2));
  return { slope, intercept, explained: 1 - residual / mean(ys.map((y) => (y - my) ** 2)) };
}

const millions = points.map((point) => point.millions);
const time = line(
  millions,
  points.map((point) => point.cpu),
);
const beyond = line(
  millions,
  points.map((point) => point.total - point.own),
);
console.log(
  `\nCPU time: ${time.slope.toFixed(2)} s a million voxels, R2 ${time.explained.toFixed(4)}; memory beyond the own arrays: ` +
    `${beyond.intercept.toFixed(0)} MB and ${beyond.slope.toFixed(1)} MB a million voxels`,
);

const [width, height, left, top, plot] = [760, 330, 60, 40, 240];
const color = { time: '#1f6f8b', fit: '#99a8b2', total: '#b3541e', own: '#8a8d3c', beyond: '#5b4b8a' };

/** One chart: axes with round ticks, and series as lines with points. */
function chart(x0, title, unit, series) {
  const largestY = Math.max(...series.flatMap(({ ys }) => ys));
  const step = [1, 2, 5].flatMap((n) => [0, 1, 2, 3].map((power) => n * 10 ** power)).sort((a, b) => a - b);
  const tick = step.find((size) => largestY / size <= 6) ?? largestY;
  const endY = Math.ceil(largestY / tick) * tick;
  const endX = 18;
  const x = (value) => (x0 + (plot * value) / endX).toFixed(1);
  const y = (value) => (top + plot - (plot * value) / endY).toFixed(1);
  const text = (at, content, more = '') => `<text x="${at[0]}" y="${at[1]}" ${more}>${content}</text>`;
  const parts = [text([x0, top - 16], title, 'font-weight="bold"')];
  for (let value = 0; value <= endY; value += tick) {
    parts.push(`<line x1="${x0}" x2="${x0 + plot}" y1="${y(value)}" y2="${y(value)}" stroke="#e3e6e8"/>`);
    parts.push(text([x0 - 6, Number(y(value)) + 4], value, 'text-anchor="end"'));
  }
  for (let value = 0; value <= endX; value += 3) {
    parts.push(text([x(value), top + plot + 16], value, 'text-anchor="middle"'));
  }
  parts.push(text([x0 + plot / 2, top + plot + 34], 'million voxels', 'text-anchor="middle"'));
  for (const [index, { name, stroke, ys, dashed }] of series.entries()) {
    const at = ys.map((value, n) => `${x(millions[n])},${y(value)}`);
    const dash = dashed ? ' stroke-dasharray="5 4"' : '';
    parts.push(`<polyline points="${at.join(' ')}" fill="none" stroke="${stroke}" stroke-width="2"${dash}/>`);
    if (!dashed) {
      for (const point of at) {
        const [cx, cy] = point.split(',');
        parts.push(`<circle cx="${cx}" cy="${cy}" r="3" fill="${stroke}"/>`);
      }
    }
    parts.push(text([x0 + 10, top + 14 + 16 * index], `${name}, ${unit}`, `fill="${stroke}"`));
  }
  return parts.join('\n');
}

const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="#333">
<rect width="${width}" height="${height}" fill="#fff"/>
${chart(left, `Predicting cubes of ${points[0].side} to ${points.at(-1).side} voxels a side: time`, 's', [
  { name: 'CPU time', stroke: color.time, ys: points.map((point) => point.cpu) },
  {
    name: 'straight line',
    stroke: color.fit,
    ys: millions.map((n) => Math.max(0, time.intercept + time.slope * n)),
    dashed: true,
  },
])}
${chart(left + plot + 130, 'Peak memory', 'MB', [
  { name: 'both processes', stroke: color.total, ys: points.map((point) => point.total) },
  { name: 'the volume’s own arrays', stroke: color.own, ys: points.map((point) => point.own) },
  { name: 'beyond those', stroke: color.beyond, ys: points.map((point) => point.total - point.own) },
])}
</svg>
`;
writeFileSync(values.out, svg);
