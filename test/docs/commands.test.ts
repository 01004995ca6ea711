import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import { runProgram } from '../../src/cli/run-program.ts';
import { parseTrainConfig } from '../../src/train/config.ts';

const root = join(import.meta.dirname, '..', '..');
const pages = ['README.md', 'samples/README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)]
  .filter((page) => page.endsWith('.md'))
  .map((page) => ({ page, text: readFileSync(join(root, page), 'utf8') }));

/** The fenced blocks of a language. */
function blocksOf(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map((match) => match[1] as string);
}

/** The words of a command line as a shell splits them: blanks part, double quotes hold together, variables are 0 here. */
function wordsOf(line: string): string[] {
  return [...line.replaceAll(/\$\w+/g, '0').matchAll(/(?:"[^"]*"|[^\s"])+/g)].map(([word]) => word.replaceAll('"', ''));
}

/** Command lines of rarevox in a text of many lines, without the name of the program. */
function rarevoxLines(text: string): string[] {
  return text.split('\n').flatMap((line) => /^[\s$]*(?:npx )?rarevox (.+?)(?: {3,}.*)?$/.exec(line)?.[1] ?? []);
}

/** Parses a command line as the program would, and does nothing. */
async function parse(line: string): Promise<{ status: number; error: string }> {
  const program = createProgram();
  for (const command of program.commands) command.action(() => undefined);
  let error = '';
  const status = await runProgram(program, wordsOf(line), {
    error: {
      write: (text) => {
        error += text;
      },
    },
    debug: false,
  });
  return { status, error };
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text;
}

const documented = pages.flatMap(({ page, text }) =>
  blocksOf(text, 'bash').flatMap((block) => rarevoxLines(block).map((line) => ({ place: page, line }))),
);
const program = createProgram();
const inHelp = [program, ...program.commands].flatMap((command) =>
  rarevoxLines(helpOf(command).replace(/^Usage:.*/m, '')).map((line) => ({ place: `${command.name()} --help`, line })),
);

describe('the command lines of the documentation', () => {
  it('are found', () => {
    expect(documented.filter(({ place }) => place === 'README.md').length).toBeGreaterThanOrEqual(6);
    expect(inHelp.length).toBeGreaterThanOrEqual(10);
  });

  it.each([...documented, ...inHelp])('$place: rarevox $line', async ({ line }) => {
    expect(await parse(line)).toEqual({ status: 0, error: '' });
  });

  it('would be refused with an option or a command that does not exist', async () => {
    expect((await parse('train DATA --out RUN --minuts 3')).status).toBe(2);
    expect((await parse('segment DATA')).status).toBe(2);
  });
});

describe('what the documentation names', () => {
  it('runs npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const named = pages.flatMap(({ text }) => [...text.matchAll(/npm (?:run ([\w:]+)|(test))\b/g)]);
    expect(named.length).toBeGreaterThan(5);
    for (const [, script, test] of named) expect(Object.keys(scripts)).toContain(script ?? test);
  });

  it('holds training options that are valid', () => {
    const blocks = pages.flatMap(({ text }) => blocksOf(text, 'json'));
    expect(blocks.length).toBeGreaterThan(0);
    for (const block of blocks) {
      const options = JSON.parse(block);
      const config = parseTrainConfig({ ...options, spacing: options.spacing === 'own' ? null : options.spacing });
      expect(config).toMatchObject({ preset: options.preset ?? 'compact', network: options.network ?? {} });
    }
  });

  it('links to files and headings that are there', () => {
    const broken: string[] = [];
    for (const { page, text } of pages) {
      for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (target === undefined || /^https?:/.test(target)) continue;
        const [path, heading] = target.split('#') as [string, string?];
        const file = path === '' ? join(root, page) : join(root, dirname(page), path);
        if (!existsSync(file)) broken.push(`${page}: ${target}`);
        else if (heading !== undefined && !anchorsOf(readFileSync(file, 'utf8')).includes(heading)) {
          broken.push(`${page}: ${target}`);
        }
      }
    }
    expect(broken).toEqual([]);
  });
});

/** The anchors that GitHub gives to headings: lower case, blanks to hyphens, other punctuation gone. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    (heading as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
