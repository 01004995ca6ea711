import { expect, it } from 'vitest';
import { browserCommand } from './open-browser.ts';

const URL = 'http://127.0.0.1:1/#data=a';

it.each([
  ['linux', { DISPLAY: ':0' }, { file: 'xdg-open', parameters: [URL] }],
  ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, { file: 'xdg-open', parameters: [URL] }],
  ['linux', { DISPLAY: '' }, null],
  ['linux', {}, null],
  ['darwin', {}, { file: 'open', parameters: [URL] }],
  ['win32', {}, { file: 'cmd', parameters: ['/c', 'start', '""', URL] }],
] as const)('opens an address on %s with %o', (platform, environment, command) => {
  expect(browserCommand(URL, platform, environment)).toEqual(command);
});
