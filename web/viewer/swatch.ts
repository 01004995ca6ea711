import { html, type TemplateResult } from 'lit';
import type { Rgb } from './mask-codes.ts';

/** A patch of a color. An SVG's attributes may be set under a policy that forbids style attributes. */
export function swatch([red, green, blue]: Rgb): TemplateResult {
  return html`<svg class="swatch" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
    <rect width="1" height="1" fill="rgb(${red} ${green} ${blue})"></rect>
  </svg>`;
}
