import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/*
 * A headless Chromium, driven by the DevTools protocol over a pipe: two streams of JSON messages, each ended by a byte of 0. That needs
 * neither a package nor a WebSocket, which Node 20 has not.
 */

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The browser's program, or null where none is installed. */
export function findBrowser(): string | null {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of NAMES) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not here.
      }
    }
  }
  return null;
}

type Message = Readonly<Record<string, unknown>>;

export interface Look {
  readonly media?: 'screen' | 'print';
  readonly scheme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
}

/** What a page did while it was opened. */
export interface Visit {
  /** Errors and warnings of the console, of scripts and of the content security policy. */
  readonly complaints: readonly string[];
  /** Addresses of everything that was asked for beside the page itself, but for data in the page. */
  readonly requests: readonly string[];
}

export class Browser {
  private readonly child: ChildProcess;
  private readonly profile: string;
  private readonly input: Writable;
  private readonly pending = new Map<number, { resolve: (value: Message) => void; reject: (error: Error) => void }>();
  private listener: (method: string, parameters: Message) => void = () => undefined;
  private count = 0;
  private session: string | undefined;

  private constructor(program: string) {
    this.profile = mkdtempSync(join(tmpdir(), 'rarevox-browser-'));
    const flags = [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-dev-shm-usage'],
      ...[
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-default-browser-check',
      ],
      ...['--remote-debugging-pipe', `--user-data-dir=${this.profile}`, 'about:blank'],
    ];
    this.child = spawn(program, flags, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    this.input = this.child.stdio[3] as Writable;
    this.input.on('error', () => undefined);
    const output = this.child.stdio[4] as Readable;
    let rest = '';
    output.setEncoding('utf8').on('data', (text: string) => {
      const messages = (rest + text).split('\0');
      rest = messages.pop() as string;
      for (const message of messages) this.receive(JSON.parse(message) as Message);
    });
    this.child.on('close', () => {
      for (const { reject } of this.pending.values()) reject(new Error('the browser ended'));
      this.pending.clear();
    });
  }

  /** Starts the browser with one page. */
  static async start(program: string): Promise<Browser> {
    const browser = new Browser(program);
    const { targetInfos } = (await browser.send('Target.getTargets')) as {
      targetInfos: { targetId: string; type: string }[];
    };
    const page = targetInfos.find(({ type }) => type === 'page');
    const target = page?.targetId ?? (await browser.send('Target.createTarget', { url: 'about:blank' })).targetId;
    const { sessionId } = await browser.send('Target.attachToTarget', { targetId: target, flatten: true });
    browser.session = sessionId as string;
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await browser.send(`${domain}.enable`);
    return browser;
  }

  /** Opens a page, waits until it is loaded, and tells what it asked for and complained of. */
  async open(url: string): Promise<Visit> {
    const complaints: string[] = [];
    const requests: string[] = [];
    const loaded = new Promise<void>((resolve) => {
      this.listener = (method, parameters) => {
        if (method === 'Page.loadEventFired') resolve();
        if (method === 'Runtime.exceptionThrown') complaints.push(JSON.stringify(parameters));
        if (method === 'Runtime.consoleAPICalled' && ['error', 'warning', 'assert'].includes(String(parameters.type))) {
          complaints.push(JSON.stringify(parameters.args));
        }
        if (method === 'Log.entryAdded') {
          const { level, text } = parameters.entry as { level: string; text: string };
          if (level === 'error' || level === 'warning') complaints.push(text);
        }
        if (method === 'Network.requestWillBeSent') {
          const { url: address } = parameters.request as { url: string };
          if (address !== url && !address.startsWith('data:')) requests.push(address);
        }
      };
    });
    await this.send('Page.navigate', { url });
    await loaded;
    // What is logged after the load event arrives before the answer to a question that was asked after it.
    await this.evaluate('new Promise((done) => setTimeout(done, 200))');
    return { complaints, requests };
  }

  async look({ media = 'screen', scheme = 'light', width = 1280, height = 900 }: Look): Promise<void> {
    const features = [{ name: 'prefers-color-scheme', value: scheme }];
    await this.send('Emulation.setEmulatedMedia', { media: media === 'print' ? 'print' : '', features });
    await this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
  }

  /** The value of an expression in the page. */
  async evaluate(expression: string): Promise<unknown> {
    const answer = await this.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (answer.exceptionDetails !== undefined) throw new Error(JSON.stringify(answer.exceptionDetails));
    return (answer.result as { value?: unknown }).value;
  }

  async pdf(): Promise<Uint8Array> {
    const { data } = await this.send('Page.printToPDF', { printBackground: false, preferCSSPageSize: true });
    return Buffer.from(data as string, 'base64');
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('close', resolve));
    await this.send('Browser.close').catch(() => undefined);
    await ended;
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  private send(method: string, params: Message = {}): Promise<Message> {
    const id = ++this.count;
    const isOwn = !method.startsWith('Target.') && !method.startsWith('Browser.');
    const message = { id, method, params, ...(isOwn && this.session !== undefined && { sessionId: this.session }) };
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.input.write(`${JSON.stringify(message)}\0`);
    });
  }

  private receive(message: Message): void {
    if (typeof message.id === 'number') {
      const waiting = this.pending.get(message.id);
      this.pending.delete(message.id);
      const error = message.error as { message: string } | undefined;
      if (error !== undefined) waiting?.reject(new Error(error.message));
      else waiting?.resolve(message.result as Message);
    } else if (typeof message.method === 'string') {
      this.listener(message.method, message.params as Message);
    }
  }
}
