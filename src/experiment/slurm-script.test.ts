import { describe, expect, it } from 'vitest';
import type { RunTask } from './executor.ts';
import { slurmOptionsSchema } from './slurm-options.ts';
import { runsScript, type SlurmSetting, tablesScript } from './slurm-script.ts';

const tasks: readonly RunTask[] = [
  { key: 'a1', label: 'beta 1; fold 0, seed 0', words: ['experiment-run', "the doctor's.yaml", '--run', 'a1'] },
  { key: 'b2', label: 'beta 2; fold 0, seed 0', words: ['experiment-run', "the doctor's.yaml", '--run', 'b2'] },
];

function setting(options: object, changed: Partial<SlurmSetting> = {}): SlurmSetting {
  return {
    name: 'paper-beta',
    command: ['/usr/bin/node', '/opt/rarevox/main.js'],
    workingFolder: '/home/me/study',
    out: '/home/me/study/beta',
    runs: 'trained here',
    options: slurmOptionsSchema.parse({ cpusPerTask: 2, ...options }),
    ...changed,
  };
}

describe('the script of the runs', () => {
  it('is an array job with a task a run', () => {
    const options = {
      ...{ partition: 'long', time: '4:00:00', memory: '8G', arrayLimit: 4 },
      extra: ['--account=lab', '--comment=beta = 1, 3', '--exclusive', '--signal=B:USR1@300'],
    };
    expect(runsScript(tasks, setting(options))).toBe(`#!/bin/bash
# The runs of the experiment paper-beta, one a task of the array.
#SBATCH --job-name=rarevox-paper-beta
#SBATCH --array=0-1%4
#SBATCH --output=/home/me/study/beta/slurm/%A_%a.txt
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:USR1@120
#SBATCH --cpus-per-task=2
#SBATCH --chdir=/home/me/study
#SBATCH --partition=long
#SBATCH --time=4:00:00
#SBATCH --mem=8G
#SBATCH --account=lab
#SBATCH --comment="beta = 1, 3"
#SBATCH --exclusive
#SBATCH --signal=B:USR1@300

case $SLURM_ARRAY_TASK_ID in
  0) # beta 1; fold 0, seed 0
    key=a1 words=(experiment-run 'the doctor'\\''s.yaml' --run a1) ;;
  1) # beta 2; fold 0, seed 0
    key=b2 words=(experiment-run 'the doctor'\\''s.yaml' --run b2) ;;
esac
run='trained here'/$key
status_file=/home/me/study/beta/slurm/$key.status
start_file=/home/me/study/beta/slurm/$key.start
rm -f "$status_file"
touch "$start_file"

signals=0
process=
stop() {
  signals=$((signals + 1))
  # Not SIGUSR1, at which Node.js opens its debugger until the command has begun.
  if [ -n "$process" ]; then kill -TERM "$process" 2> /dev/null; fi
}
trap stop USR1

/usr/bin/node /opt/rarevox/main.js "\${words[@]}" &
process=$!
if [ "$signals" -gt 0 ]; then kill -TERM "$process"; fi
# A signal cuts the wait short while the run writes its checkpoint.
while :; do
  before=$signals
  wait "$process"
  status=$?
  if [ "$signals" -eq "$before" ]; then break; fi
done

if [ "$signals" -gt 0 ] && [ "$status" -ne 0 ]; then
  if [ -n "$(find "$run" -type f -newer "$start_file" -print -quit 2> /dev/null)" ]; then
    echo "Stopped at the time limit, and requeued."
    scontrol requeue "$SLURM_JOB_ID" && exit "$status"
  else
    echo "Stopped at the time limit without a checkpoint: give the runs more by --time." >&2
  fi
fi
echo "$status" > "$status_file.tmp"
mv "$status_file.tmp" "$status_file"
exit "$status"
`);
  });

  it('asks for nothing that was not asked for', () => {
    const directives = runsScript(tasks, setting({})).match(/^#SBATCH .*$/gm);
    expect(directives).toEqual([
      '#SBATCH --job-name=rarevox-paper-beta',
      '#SBATCH --array=0-1',
      '#SBATCH --output=/home/me/study/beta/slurm/%A_%a.txt',
      '#SBATCH --open-mode=append',
      '#SBATCH --requeue',
      '#SBATCH --signal=B:USR1@120',
      '#SBATCH --cpus-per-task=2',
      '#SBATCH --chdir=/home/me/study',
    ]);
  });

  it('takes folders of any name', () => {
    const script = runsScript(tasks, setting({}, { workingFolder: '/data/50% "of" us', out: '/data/50% "of" us/out' }));
    expect(script).toContain('#SBATCH --chdir="/data/50% \\"of\\" us"\n');
    expect(script).toContain('#SBATCH --output="/data/50%% \\"of\\" us/out/slurm/%A_%a.txt"\n');
    expect(script).toContain(`status_file='/data/50% "of" us/out/slurm'/$key.status\n`);
  });
});

it('makes the tables in a job of their own', () => {
  const options = { time: '30', arrayLimit: 4, extra: ['--account=lab'] };
  expect(tablesScript(['experiment', 'a b.yaml', '--tables-only'], setting(options))).toBe(`#!/bin/bash
# The tables of the experiment paper-beta.
#SBATCH --job-name=rarevox-paper-beta-tables
#SBATCH --output=/home/me/study/beta/slurm/tables.txt
#SBATCH --chdir=/home/me/study
#SBATCH --time=30
#SBATCH --account=lab

exec /usr/bin/node /opt/rarevox/main.js experiment 'a b.yaml' --tables-only
`);
});

describe('the options', () => {
  it.each([
    { time: '90' },
    { time: '1:30:00' },
    { time: '2-12' },
    { time: '2-12:00:00' },
    { memory: '8000' },
    { memory: '8g' },
    { partition: 'gpu,long' },
    { extra: ['--exclusive', '--comment=a = b'] },
  ])('take %j', (given) => {
    expect(slurmOptionsSchema.parse({ cpusPerTask: 1, ...given })).toMatchObject(given);
  });

  it.each([
    { time: '1h' },
    { time: '' },
    { memory: '8 GB' },
    { partition: 'two words' },
    { cpusPerTask: 0 },
    { arrayLimit: 0 },
    { extra: ['account=lab'] },
    { extra: ['-A lab'] },
    { extra: ['--account lab'] },
    { extra: ['--comment=a\nrm -rf x'] },
    { qos: 'short' },
  ])('refuse %j', (given) => {
    expect(slurmOptionsSchema.safeParse({ cpusPerTask: 1, ...given }).success).toBe(false);
  });
});
