import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { quoteForShell } from '../report/quote-for-shell.ts';
import { provenanceOfProcess, repeatableCommand } from './provenance.ts';

describe('the command line of a report', () => {
  it('is quoted so that a shell takes it back', () => {
    const words = ['plain-1.2/x=y', "it's", 'two words', '$HOME', '', '*', 'a"b', 'Δ'];
    const script = `printf '%s\\n' ${words.map(quoteForShell).join(' ')}`;
    expect(spawnSync('sh', ['-c', script], { encoding: 'utf8' }).stdout).toBe(`${words.join('\n')}\n`);
    expect(quoteForShell('plain-1.2/x=y')).toBe('plain-1.2/x=y');
  });

  it('comes with a date and versions', () => {
    const { command, date, versions } = provenanceOfProcess();
    expect(command).toMatch(/^rarevox/);
    expect(Number.isNaN(Date.parse(date))).toBe(false);
    expect(versions['Node.js']).toBe(process.versions.node);
    for (const name of ['rarevox', 'ONNX Runtime']) expect(versions[name]).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('is repeatable without the places of one machine', () => {
    const words = [
      'train',
      '/home/me/my scans/',
      '--out=/tmp/run',
      '--config',
      'C:\\options\\a.json',
      '--fold',
      '0',
      '../ms',
      'x/y',
    ];
    expect(repeatableCommand(words)).toBe("rarevox train 'my scans' --out=run --config a.json --fold 0 ../ms x/y");
  });
});
