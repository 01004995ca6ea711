/**
 * Makes the working copy ready to run, with nothing but Node and npm: installs what the lockfile names when
 * `node_modules` is missing or was made from another lockfile, then compiles when a source is newer than the last
 * build. `npm test`, `npm run demo` and the others call it first, so that each works on a fresh clone. With
 * `--install-only` it does not compile.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

if (!installMatchesLockfile()) {
  say('Installing the packages that package-lock.json names …');
  // npm 12 will no longer hand the line in .npmrc to install scripts; the environment variable does the same.
  run(npmCommand(), ['ci', '--no-audit', '--no-fund'], { ONNXRUNTIME_NODE_INSTALL: 'skip', ...process.env });
}
if (!process.argv.includes('--install-only') && !buildIsCurrent()) {
  say('Compiling …');
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  run(npmCommand(), ['run', '--silent', 'build'], process.env);
}

/**
 * npm keeps a copy of what it installed in node_modules/.package-lock.json: the lockfile's entries without the root
 * and without optional packages for other platforms. The install is current when it holds every required package
 * at the locked version.
 */
function installMatchesLockfile() {
  const copy = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(copy)) return false;
  const locked = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(copy, 'utf8')).packages;
  return Object.entries(locked).every(([path, entry]) => {
    if (path === '') return true;
    const present = installed[path];
    return present === undefined ? entry.optional === true : present.version === entry.version;
  });
}

/** The build is current when the command and the pages are younger than every source and setting that goes into them. */
function buildIsCurrent() {
  const outputs = [join(root, 'dist', 'cli', 'main.js'), join(root, 'dist', 'web', 'index.html')];
  if (!outputs.every(existsSync)) return false;
  const built = Math.min(...outputs.map((path) => statSync(path).mtimeMs));
  const inputs = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'].map((name) => join(root, name));
  for (const folder of ['src', 'web', 'models'].filter((name) => existsSync(join(root, name)))) {
    for (const item of readdirSync(join(root, folder), { recursive: true })) inputs.push(join(root, folder, item));
  }
  return inputs.every((path) => statSync(path).mtimeMs <= built);
}

function npmCommand() {
  return process.platform === 'win32' ? 'npm.cmd' : 'npm';
}

function run(command, args, env) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env,
    shell: process.platform === 'win32',
  });
  if (result.error !== undefined) {
    say(`Cannot start ${command}: ${result.error.message}`);
    process.exit(1);
  }
  if (result.status !== 0) {
    say(`\`${command} ${args.join(' ')}\` failed; its words are above.`);
    process.exit(result.status ?? 1);
  }
}

function say(text) {
  process.stderr.write(`${text}\n`);
}
