import { css } from 'lit';

/** What controls and cards look like in every component. Constructed stylesheets, which a strict content security policy allows. */
export const sharedStyles = css`
  :host {
    display: block;
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  h2,
  h3 {
    margin: 0;
    font-size: 15px;
    line-height: 1.3;
    letter-spacing: -0.005em;
  }
  h3 {
    font-size: 14px;
  }
  p {
    margin: 0;
  }
  .quiet {
    color: var(--quiet);
  }
  .small {
    font-size: 13px;
    line-height: 1.45;
  }
  .number {
    font-variant-numeric: tabular-nums;
  }
  .row {
    display: flex;
    align-items: center;
    gap: 8px;
  }
  .spread {
    justify-content: space-between;
  }
  .stack {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 10px;
  }
  button,
  select,
  input {
    font: inherit;
    color: inherit;
  }
  button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 7px;
    min-height: 34px;
    padding: 4px 12px;
    border: 1px solid var(--field);
    border-radius: 8px;
    background: var(--card);
    cursor: pointer;
    white-space: nowrap;
  }
  button:hover:not(:disabled) {
    border-color: var(--accent);
    color: var(--accent);
  }
  button:disabled {
    border-color: var(--line);
    color: var(--quiet);
    cursor: not-allowed;
    opacity: 0.75;
  }
  button.primary {
    min-height: 42px;
    border-color: var(--accent);
    background: var(--accent);
    color: var(--on-accent);
    font-weight: 600;
  }
  button.primary:hover:not(:disabled) {
    background: var(--accent-strong);
    border-color: var(--accent-strong);
    color: var(--on-accent);
  }
  button.primary:disabled {
    border-color: transparent;
    background: var(--line);
    color: var(--quiet);
  }
  button.link {
    min-height: 0;
    padding: 0;
    border: 0;
    background: none;
    color: var(--accent);
    text-decoration: underline;
    text-underline-offset: 2px;
  }
  button[aria-pressed='true'] {
    border-color: var(--accent);
    background: var(--accent-back);
    color: var(--accent);
    font-weight: 600;
  }
  select,
  input[type='number'] {
    min-height: 34px;
    padding: 4px 8px;
    border: 1px solid var(--field);
    border-radius: 8px;
    background: var(--card);
  }
  input[type='range'] {
    width: 100%;
    height: 24px;
    margin: 0;
    accent-color: var(--accent);
    cursor: pointer;
  }
  input[type='checkbox'],
  input[type='radio'] {
    width: 16px;
    height: 16px;
    margin: 0;
    accent-color: var(--accent);
  }
  :focus-visible {
    outline: 3px solid var(--accent);
    outline-offset: 2px;
  }
  a {
    color: var(--accent);
  }
  svg.icon {
    width: 18px;
    height: 18px;
    flex: none;
    fill: none;
    stroke: currentcolor;
    stroke-width: 1.8;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .swatch {
    width: 14px;
    height: 14px;
    flex: none;
    border-radius: 4px;
  }
  .visually-hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;
