import { GraphBuilder } from '../graph/builder.ts';
import type { Engine } from './engine.ts';
import { formFor, lowerProgram } from './lower-program.ts';

const NAME = 'device proof';

/**
 * Doubles a number on the engine's device, so that a device which is missing is told before there is any work to lose.
 * @throws what the engine throws, or an Error when the device computes wrongly
 */
export async function proveDevice(engine: Engine): Promise<void> {
  const b = new GraphBuilder();
  const x = b.input('x', [1]);
  const program = b.program({ twice: b.add(x, x) });
  const parameters = { kind: 'values', values: new Map() } as const;
  await engine.load(NAME, lowerProgram(program, { form: formFor(engine.device), parameters }), { optimize: false });
  const feeds = { x: { kind: 'tensor', tensor: { shape: [1], data: Float32Array.of(21) } } } as const;
  const { twice } = await engine.run(NAME, { feeds, returned: ['twice'] });
  await engine.unload(NAME);
  if (twice?.data[0] !== 42) throw new Error(`the device ${engine.device} gives 21 + 21 = ${twice?.data[0]}`);
}
