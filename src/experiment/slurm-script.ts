import type { RunTask } from './executor.ts';
import type { SlurmOptions } from './slurm-options.ts';

/** Where the jobs of an experiment run, and what they call. */
export interface SlurmSetting {
  /** Name of the experiment. */
  readonly name: string;
  /** The words that start rarevox, before those of a run. */
  readonly command: readonly string[];
  /** The folder from which the paths in the words are seen, as an absolute path. */
  readonly workingFolder: string;
  /** Folder of the experiment, as an absolute path. */
  readonly out: string;
  /** Folder in which each run has one of its key's name. */
  readonly runs: string;
  readonly options: SlurmOptions;
}

/** Seconds before the time limit at which a run is told to write its checkpoint; Slurm may be a minute early. */
const SIGNAL_SECONDS = 120;

/** Folder of an experiment's job scripts, their output and what became of each run. */
export function slurmFolder(out: string): string {
  return `${out}/slurm`;
}

/** Where the job of a run writes the status that it ended with. */
export function statusFile(out: string, key: string): string {
  return `${slurmFolder(out)}/${key}.status`;
}

/** What a task of the array wrote, and what Slurm wrote of it. */
export function taskOutputFile(out: string, job: string, index: number): string {
  return `${slurmFolder(out)}/${job}_${index}.txt`;
}

/**
 * The batch script of an array job with one task a run, for Bash. A task that Slurm is about to end at its time limit stops its run at a
 * checkpoint and puts itself back into the queue, unless the run has written nothing since its start: then it never would.
 */
export function runsScript(tasks: readonly RunTask[], setting: SlurmSetting): string {
  const { name, command, out, runs, options } = setting;
  const { arrayLimit } = options;
  const limit = arrayLimit === undefined ? '' : `%${arrayLimit}`;
  const folder = slurmFolder(out);
  return `#!/bin/bash
# The runs of the experiment ${name}, one a task of the array.
${directives(
  [
    ['job-name', `rarevox-${name}`],
    ['array', `0-${tasks.length - 1}${limit}`],
    ['output', `${escaped(folder)}/%A_%a.txt`],
    ['open-mode', 'append'],
    ['requeue', null],
    ['signal', `B:USR1@${SIGNAL_SECONDS}`],
    ['cpus-per-task', String(options.cpusPerTask)],
  ],
  setting,
)}
case $SLURM_ARRAY_TASK_ID in
${tasks.map(({ key, label, words }, index) => `  ${index}) # ${label.replaceAll('\n', ' ')}\n    key=${quoted(key)} words=(${words.map(quoted).join(' ')}) ;;`).join('\n')}
esac
run=${quoted(runs)}/$key
status_file=${quoted(folder)}/$key.status
start_file=${quoted(folder)}/$key.start
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

${command.map(quoted).join(' ')} "\${words[@]}" &
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
`;
}

/** The batch script of the job that makes the tables, once no run is queued any more. */
export function tablesScript(words: readonly string[], setting: SlurmSetting): string {
  const { name, command, out } = setting;
  return `#!/bin/bash
# The tables of the experiment ${name}.
${directives(
  [
    ['job-name', `rarevox-${name}-tables`],
    ['output', `${escaped(slurmFolder(out))}/tables.txt`],
  ],
  setting,
)}
exec ${[...command, ...words].map(quoted).join(' ')}
`;
}

/** The lines that sbatch reads, those that every job has and the user's own last. */
function directives(
  own: readonly (readonly [string, string | null])[],
  { workingFolder, options: { partition, time, memory, extra } }: SlurmSetting,
): string {
  const all: (readonly [string, string | null])[] = [...own, ['chdir', workingFolder]];
  if (partition !== undefined) all.push(['partition', partition]);
  if (time !== undefined) all.push(['time', time]);
  if (memory !== undefined) all.push(['mem', memory]);
  for (const option of extra) {
    const [name, value] = option.slice(2).split(/=(.*)/);
    all.push([name as string, value ?? null]);
  }
  return all.map(([name, value]) => `#SBATCH --${name}${value === null ? '' : `=${directiveValue(value)}`}\n`).join('');
}

/** A value in a line for sbatch, which splits words and takes quotes much as a shell does. */
function directiveValue(value: string): string {
  return /^[\w./:,@%+=-]+$/.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
}

/** A path in which sbatch finds no placeholder such as %j. */
function escaped(path: string): string {
  return path.replaceAll('%', '%%');
}

/** A word for Bash. */
function quoted(word: string): string {
  return /^[\w./:,@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
