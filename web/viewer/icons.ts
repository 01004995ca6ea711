import { html, type SVGTemplateResult, svg, type TemplateResult } from 'lit';

/** Line icons on a 24 by 24 grid, drawn for rarevox. Beside text, or in a button with a label of its own: hidden from screen readers. */
const PATHS = {
  open: svg`<path d="M3 7a2 2 0 0 1 2-2h4l2 2h8a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2z"/>`,
  file: svg`<path d="M6 3h8l4 4v14H6z"/><path d="M14 3v4h4"/>`,
  play: svg`<path d="M7 4.5v15l12-7.5z"/>`,
  stop: svg`<rect x="6" y="6" width="12" height="12" rx="1.5"/>`,
  brush: svg`<path d="M14 10 20 4"/><path d="M14.5 9.5c1.6 1.6 1.2 3.6-.2 4.9-1.9 1.8-5.3 4.6-9.8 4.6 1.7-1.2 1.4-2.7 2-4.3.7-2 1.9-3.4 3.3-4.8 1.4-1.3 3.2-1.9 4.7-.4z"/>`,
  eraser: svg`<path d="m8 20-4.5-4.5a1.5 1.5 0 0 1 0-2.1l9-9a1.5 1.5 0 0 1 2.1 0l5 5a1.5 1.5 0 0 1 0 2.1L11 20z"/><path d="M20 20H8"/><path d="m8 9 7 7"/>`,
  undo: svg`<path d="M9 14 4 9l5-5"/><path d="M4 9h10a6 6 0 0 1 0 12h-3"/>`,
  crosshair: svg`<path d="M12 3v7M12 14v7M3 12h7M14 12h7"/><circle cx="12" cy="12" r="7"/>`,
  layers: svg`<path d="m12 3 9 5-9 5-9-5z"/><path d="m3 13 9 5 9-5"/>`,
  download: svg`<path d="M12 4v11"/><path d="m7 11 5 5 5-5"/><path d="M4 20h16"/>`,
  close: svg`<path d="M6 6l12 12M18 6 6 18"/>`,
  warning: svg`<path d="M12 4 2.5 20h19z"/><path d="M12 10v4.5M12 17.3v.200"/>`,
  info: svg`<circle cx="12" cy="12" r="9"/><path d="M12 11v5.5M12 7.6v.200"/>`,
  lock: svg`<rect x="5" y="11" width="14" height="9" rx="2"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>`,
  reset: svg`<path d="M4 4v6h6"/><path d="M4.6 10A8 8 0 1 1 4 14"/>`,
} satisfies Record<string, SVGTemplateResult>;

export type IconName = keyof typeof PATHS;

export function icon(name: IconName): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${PATHS[name]}</svg>`;
}
