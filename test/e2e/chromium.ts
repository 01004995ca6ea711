import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { staticFiles } from '../../src/node/static-files.ts';
import { startWebServer, type WebServer } from '../../src/node/web-server.ts';
import { findBrowser } from './browser.ts';
import type { ComputePage } from './compute-page/main.ts';

/** Flags with which WebGPU computes on the processor, where there is no GPU. */
export const SOFTWARE_WEBGPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/** A served folder, opened in a Chromium of its own. */
export interface ServedPages {
  readonly browser: Browser;
  readonly page: Page;
  readonly url: string;
  /** Addresses of all that was asked for. */
  readonly requests: readonly string[];
  /** Errors and warnings of the console, of scripts and of the Content-Security-Policy. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Starts a Chromium without a window; there must be one. */
export function openBrowser(flags: readonly string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: findBrowser() as string,
    args: ['--no-sandbox', '--disable-dev-shm-usage', ...flags],
  });
}

/** Serves a folder as `rarevox view` does, with its strict headers, and opens a page of it. */
export async function openPages(folder: string, file: string, flags: readonly string[] = []): Promise<ServedPages> {
  const server: WebServer = await startWebServer(await staticFiles(folder));
  const browser = await openBrowser(flags);
  const page = await browser.newPage();
  const [requests, complaints]: [string[], string[]] = [[], []];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${server.url}${file}`);
  return {
    ...{ browser, page, url: server.url, requests, complaints },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/** Builds the page `compute-page/`, which hands `rarevox/browser` to tests. */
export async function buildComputePage(): Promise<{ folder: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'rarevox-page-'));
  await build({
    configFile: false,
    root: join(import.meta.dirname, 'compute-page'),
    base: './',
    publicDir: join(import.meta.dirname, '..', '..', 'web', 'public'),
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
    worker: { format: 'es' },
  });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Calls one of the functions of `compute-page/main.ts`. */
export function callPage<K extends keyof ComputePage>(
  page: Page,
  name: K,
  ...words: Parameters<ComputePage[K]>
): Promise<Awaited<ReturnType<ComputePage[K]>>> {
  const call = async ([method, values]: readonly [string, readonly unknown[]]): Promise<unknown> => {
    const { computePage } = globalThis as unknown as { computePage: Record<string, (...all: unknown[]) => unknown> };
    return computePage[method]?.(...values);
  };
  return page.evaluate(call, [name, words] as const) as Promise<Awaited<ReturnType<ComputePage[K]>>>;
}
