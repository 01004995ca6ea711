import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { slurmCommands } from './slurm.ts';

/* With programs of Slurm's names that write down their words and answer as Slurm 22.05 does; test/e2e/slurm.long.ts takes the real ones. */

describe.skipIf(process.platform === 'win32')('the commands of Slurm', () => {
  const { PATH } = process.env;
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rarevox-'));
    process.env.PATH = `${folder}:/usr/bin:/bin`;
  });
  afterEach(() => {
    process.env.PATH = PATH;
    rmSync(folder, { recursive: true, force: true });
  });

  function put(name: string, answer: string): void {
    const program = `${folder}/${name}`;
    writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$@" > ${folder}/words\n${answer}\n`);
    chmodSync(program, 0o755);
  }
  const words = (): string[] => readFileSync(`${folder}/words`, 'utf8').trimEnd().split('\n');

  it('hand a script in and take its number', async () => {
    put('sbatch', 'echo 12');
    expect(await slurmCommands.submit('runs.sh', ['--dependency=afterany:3'])).toBe('12');
    expect(words()).toEqual(['--parsable', '--dependency=afterany:3', 'runs.sh']);
    put('sbatch', "echo '13;cluster'");
    expect(await slurmCommands.submit('runs.sh', [])).toBe('13');
  });

  it('tell why a script was refused', async () => {
    put(
      'sbatch',
      `echo 'sbatch: error: invalid partition specified: nope' >&2
echo 'sbatch: error: Batch job submission failed: Invalid partition name specified' >&2
exit 1`,
    );
    await expect(slurmCommands.submit('runs.sh', [])).rejects.toThrow(
      'Slurm refused runs.sh: invalid partition specified: nope; Batch job submission failed: Invalid partition name specified',
    );
  });

  it('count what is left of a job, and say why it waits', async () => {
    put('squeue', "echo 'PD Resources'; echo 'PD Priority'; echo 'R None'; echo 'CG None'; echo");
    expect(await slurmCommands.queued('12')).toEqual({ running: 2, waiting: 2, reason: 'Resources' });
    expect(words()).toContain('--jobs=12');
    put('squeue', '');
    expect(await slurmCommands.queued('12')).toEqual({ running: 0, waiting: 0, reason: null });
    put('squeue', "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1");
    expect(await slurmCommands.queued('12')).toEqual({ running: 0, waiting: 0, reason: null });
    put('squeue', "echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2; exit 1");
    expect(await slurmCommands.queued('12')).toBeNull();
  });

  it('cancel a job', async () => {
    put('scancel', '');
    await slurmCommands.cancel('12');
    expect(words()).toEqual(['12']);
  });

  it('say that there is no Slurm', async () => {
    process.env.PATH = folder;
    await expect(slurmCommands.submit('runs.sh', [])).rejects.toThrow(
      'There is no Slurm on this machine (sbatch is not found): call rarevox where jobs are submitted from, or leave --executor slurm out.',
    );
  });
});
