import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/random.ts';
import { makeScan, tinyConfig } from '../synthetic-scan.ts';
import { childrenOf, isAlive } from './child-processes.ts';
import { start, until } from './command-line.ts';
import { expectSameRun, killRepeatedly, loggedSteps, type RunCommand, startOrResume } from './resumed-run.ts';
import { writeBids, writeConfig } from './synthetic-dataset.ts';

const STEPS = 16;
const VALIDATE_EVERY = 5;

let folder = '';
let command: Omit<RunCommand, 'out'> = { data: '', config: '' };
let whole = '';

/** Batch normalization, so that moving statistics are carried on, batches of two augmented patches, and validations. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rarevox-'));
  command = { data: `${folder}/data`, config: `${folder}/config.json` };
  await writeBids(command.data, [makeScan(1), makeScan(2), makeScan(3)]);
  writeConfig(command.config, {
    steps: STEPS,
    batch: 2,
    network: { ...(tinyConfig().network as object), normalization: 'batch' },
    augmentation: 'standard',
    validation: ['03'],
    validateEvery: VALIDATE_EVERY,
    checkpointSeconds: 0,
    seed: 5,
  });
  whole = `${folder}/whole`;
  const { status, stderr } = await startOrResume({ ...command, out: whole }).ended;
  expect(status, stderr).toBe(0);
  expect(loggedSteps({ ...command, out: whole })).toBe(STEPS);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a run that is cut short and resumed', () => {
  it('ends with the bytes of an uninterrupted one after two kills, with another number of threads', async () => {
    const run = { ...command, out: `${folder}/killed`, workers: 1 };
    const plan = { kills: 2, patience: 20_000, validateEvery: VALIDATE_EVERY, random: new Random('kills', 1) };
    const { killed, last } = await killRepeatedly(run, plan);
    expect(last.status, last.stderr).toBe(0);
    expect(killed).toBeGreaterThanOrEqual(1);
    expectSameRun(run.out, whole);
  });

  it('stops at Ctrl-C with a checkpoint, says how to go on, and goes on to the same end', async () => {
    const run = { ...command, out: `${folder}/interrupted` };
    const running = startOrResume(run);
    await until(running, () => loggedSteps(run) >= 3);
    running.process.kill('SIGINT');
    const { status, stderr } = await running.ended;
    expect(status).toBe(130);
    expect(stderr).toContain(`to continue: rarevox train ${run.data} --out ${run.out} --resume`);
    const steps = loggedSteps(run);
    expect(steps).toBeLessThan(STEPS);
    const ofValidation = ['checkpoint_best.safetensors', 'validation.png'];
    expect(
      readdirSync(run.out)
        .filter((name) => !ofValidation.includes(name))
        .sort(),
    ).toEqual([
      'checkpoint_latest.safetensors',
      'config.json',
      'events.out.tfevents.0.rarevox',
      'fingerprint.json',
      'log.jsonl',
      'progress.svg',
      'splits_final.json',
    ]);

    const refused = await start(['predict', run.data, '--model', run.out, '--out', `${folder}/none`]).ended;
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain(`${run.out} has no model.onnx yet`);

    expect((await startOrResume(run).ended).status).toBe(0);
    expectSameRun(run.out, whole);
  });

  it.skipIf(process.platform !== 'linux').each(['SIGUSR1', 'SIGTERM'] as const)(
    'stops at %s after the step with a status that says "again later", and goes on to the same end',
    async (signal) => {
      const run = { ...command, out: `${folder}/${signal}` };
      const running = startOrResume(run);
      await until(running, () => loggedSteps(run) >= 3);
      // As a batch system may do, to every process of the job, and twice.
      for (const id of [running.process.pid as number, ...childrenOf(running.process.pid as number)]) {
        process.kill(id, signal);
        process.kill(id, signal);
      }
      const { status, stderr } = await running.ended;
      expect(status).toBe(75);
      expect(stderr).toBe(
        `Interrupted; to continue: rarevox train ${run.data} --out ${run.out} --resume\nrarevox: stopped by ${signal}\n`,
      );
      expect(loggedSteps(run)).toBeLessThan(STEPS);
      expect((await startOrResume(run).ended).status).toBe(0);
      expectSameRun(run.out, whole);
    },
  );

  it.skipIf(process.platform !== 'linux')('says so when the compute process alone is killed', async () => {
    const run = { ...command, out: `${folder}/child` };
    const running = startOrResume(run);
    await until(running, () => loggedSteps(run) >= 2);
    const [child] = childrenOf(running.process.pid as number);
    process.kill(child, 'SIGKILL');
    const { status, stderr } = await running.ended;
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^The compute process was killed; most likely the machine ran out of memory: .*checkpoint_latest\.safetensors holds the run up to step \d+: continue it with --resume\.\n$/,
    );

    // What a kill in the middle of a write leaves is cleared away.
    writeFileSync(`${run.out}/.log.jsonl.01234567-89ab-cdef-0123-456789abcdef.tmp`, 'half');
    expect((await startOrResume(run).ended).status).toBe(0);
    expectSameRun(run.out, whole);
  });

  it.skipIf(process.platform !== 'linux')(
    'refuses a second process, and leaves no compute process behind when it is killed',
    async () => {
      const run = { ...command, out: `${folder}/orphan` };
      const running = startOrResume(run);
      await until(running, () => loggedSteps(run) >= 1);
      const children = childrenOf(running.process.pid as number);
      expect(children).toHaveLength(1);
      const second = await startOrResume(run).ended;
      expect(second).toMatchObject({ status: 1, stdout: '' });
      expect(second.stderr).toContain(`${run.out} is in use by process ${running.process.pid} on `);
      running.process.kill('SIGKILL');
      await running.ended;
      while (isAlive(children[0])) await new Promise((resolve) => setTimeout(resolve, 20));
    },
  );

  it('does nothing new when it is complete, and refuses to begin in the same folder', async () => {
    const run = { ...command, out: whole };
    const before = readFileSync(`${whole}/model.onnx`);
    expect((await startOrResume(run).ended).status).toBe(0);
    expect(readFileSync(`${whole}/model.onnx`).equals(before)).toBe(true);
    const { status, stderr } = await start(['train', run.data, '--out', whole, '--config', run.config]).ended;
    expect(status).toBe(2);
    expect(stderr).toBe(`${whole} holds a run already: continue it with --resume, or choose another folder.\n`);
    const options = await start(['train', run.data, '--out', whole, '--resume', '--seed', '2']).ended;
    expect(options.status).toBe(2);
    expect(options.stderr).toContain('leave --seed out');
  });
});
