import { spawn } from 'node:child_process';

/**
 * Opens an address in the user's browser, if there is a screen to show it on.
 * @returns whether it was tried
 */
export function openBrowser(url: string): boolean {
  const command = browserCommand(url, process.platform, process.env);
  if (command === null) return false;
  const child = spawn(command.file, command.parameters, { stdio: 'ignore', detached: true });
  // Without a browser the address that was printed remains.
  child.on('error', () => undefined);
  child.unref();
  return true;
}

/** What opens an address on a system; null where it has no screen. */
export function browserCommand(
  url: string,
  platform: NodeJS.Platform,
  environment: NodeJS.ProcessEnv,
): { readonly file: string; readonly parameters: readonly string[] } | null {
  if (platform === 'darwin') return { file: 'open', parameters: [url] };
  // `start` takes its first quoted word for a title.
  if (platform === 'win32') return { file: 'cmd', parameters: ['/c', 'start', '""', url] };
  const hasScreen = [environment.DISPLAY, environment.WAYLAND_DISPLAY].some(
    (name) => name !== undefined && name !== '',
  );
  return hasScreen ? { file: 'xdg-open', parameters: [url] } : null;
}
