import { CURVE_COLORS } from './curve-colors.ts';
import { PLOT_STYLESHEET } from './plot-stylesheet.ts';

const LIGHT = `
  color-scheme: light;
  --page: #f6f7f9; --card: #ffffff; --text: #1b222c; --quiet: #5a6472; --line: #dde2e9; --bar: #cfe0fb;
  --accent: #1f58b5; --warning: #9a3a08; --warning-back: #fdeee3; --dash: #8b95a3;
  --s1: #0072b2; --s2: #c04e00; --s3: #007d5a; --s4: #a23e7a; --s5: #4a5361; --s6: #7d6100;
  ${CURVE_COLORS.light}`;

const DARK = `
  color-scheme: dark;
  --page: #0f1318; --card: #181e26; --text: #e6ebf2; --quiet: #a1acbb; --line: #2c3542; --bar: #27446f;
  --accent: #8ab8ff; --warning: #ffb27d; --warning-back: #3a2516; --dash: #778293;
  --s1: #56b4e9; --s2: #ff9d2e; --s3: #2fd0a0; --s4: #e59bc4; --s5: #c8d0dc; --s6: #f0e442;
  ${CURVE_COLORS.dark}`;

/**
 * The report's one stylesheet, for light and dark screens, and for paper, where it is light and nothing is cut off. Pictures stay black
 * everywhere, as on a reading screen. The colors of outlines and plots are those of Okabe and Ito (Color Universal Design, 2008), which can
 * be told apart with any color vision, some made darker on white and lighter on black; and dashes or the shapes of marks tell the same.
 */
export const STYLESHEET = `
:root {${LIGHT}
  --reference: #56c7ff; --prediction: #ff9d2e;
}
@media screen and (prefers-color-scheme: dark) { :root {${DARK} } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, "Segoe UI", sans-serif; }
main, header, footer { max-width: 1280px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 36px; padding-bottom: 4px; }
footer { padding-top: 8px; padding-bottom: 48px; color: var(--quiet); font-size: 14px; }
h1 { margin: 0; font-size: 28px; line-height: 1.2; letter-spacing: -0.01em; }
h2 { margin: 40px 0 12px; font-size: 20px; }
h3, h4 { margin: 0; font-size: 16px; }
main > section > h3 { margin: 20px 0 10px; }
p { margin: 4px 0 12px; max-width: 78ch; }
a { color: var(--accent); }
a:focus-visible, summary:focus-visible, input:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.quiet { color: var(--quiet); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.warning { background: var(--warning-back); color: var(--warning); border-radius: 8px; padding: 10px 14px; max-width: none; }
.notes { padding-left: 20px; max-width: 90ch; }

.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(148px, 1fr)); gap: 12px; margin: 0; }
.tile { padding: 14px 16px 12px; }
.tile dt { font-size: 14.5px; font-weight: 600; }
.tile dd { margin: 0; font-size: 28px; font-weight: 600; line-height: 1.25; font-variant-numeric: tabular-nums; }
.tile dd.interval { font-weight: 600; }
.tile dd.aside { font-size: 13px; font-weight: 400; line-height: 1.4; color: var(--quiet); }

.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { padding: 7px 8px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
thead th { color: var(--quiet); font-weight: 600; vertical-align: bottom; }
th:first-child, td:first-child, th.text, td.text { text-align: left; }
tbody th { font-weight: 500; }
tbody tr:last-child > *, tfoot tr:last-child > * { border-bottom: 0; }
tfoot th, tfoot td { font-weight: 600; }
tfoot tr:first-child > * { border-top: 2px solid var(--line); }
th:first-child, td:first-child { padding-left: 16px; }
th:last-child, td:last-child { padding-right: 16px; }
td.bar { min-width: 96px; background: linear-gradient(to right, var(--bar) var(--share), transparent 0) no-repeat 4px 50% / calc(100% - 8px) 66%; }
.none { color: var(--dash); }
.strong { font-weight: 700; }
.below { margin-top: 8px; font-size: 14px; max-width: none; }
tr.best > td { font-weight: 700; }
.grouped tr > td:first-child { padding-left: 8px; }
.grouped thead th, .grouped td.text { white-space: normal; }
.wide { font-size: 13.5px; } .wide :is(th, td):not(:first-child, :last-child) { padding-left: 6px; padding-right: 6px; }
tbody tr.group > * { border-top: 2px solid var(--line); }
.facts { overflow-x: auto; }
.facts th { width: 1%; color: var(--quiet); }
.facts td { white-space: normal; overflow-wrap: anywhere; }
.command { margin: 0 0 12px; padding: 12px 16px; white-space: pre-wrap; overflow-wrap: anywhere; font: 14px/1.5 ui-monospace, Consolas, monospace; }
.badge { display: inline-block; margin-left: 8px; padding: 0 8px; border-radius: 99px; font-size: 12.5px; background: var(--warning-back); color: var(--warning); }

.legend { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: 4px 22px; align-items: center; margin: 0 0 14px; padding: 10px 16px; font-size: 14.5px; }
.legend label { display: inline-flex; gap: 8px; align-items: center; cursor: pointer; }
.legend svg { width: 34px; height: 12px; background: #000; border-radius: 3px; }
.legend svg path { stroke-width: 2.5; }
.case { scroll-margin-top: 64px; margin: 0 0 16px; padding: 14px 16px 16px; }
h3.group { margin: 18px 0 10px; }
.case-head { display: flex; flex-wrap: wrap; gap: 2px 20px; align-items: baseline; margin-bottom: 10px; font-size: 14.5px; }
.case-head span { color: var(--quiet); font-variant-numeric: tabular-nums; }
.pictures { display: flex; flex-wrap: wrap; gap: 10px; }
figure { position: relative; margin: 0; min-width: min(150px, 45%); max-width: 420px; }
figure a.open { display: block; background: #000; border-radius: 6px; overflow: hidden; cursor: zoom-in; }
figure svg { display: block; width: 100%; height: auto; }
figcaption { margin-top: 4px; font-size: 13px; color: var(--quiet); }
.outline { fill: none; stroke-width: 1.4; }
.outline.reference { stroke: var(--reference); }
.outline.prediction { stroke: var(--prediction); stroke-dasharray: 4 2.5; }
.edges text { fill: #d3dbe5; stroke: #000; stroke-width: 0.2em; paint-order: stroke; text-anchor: middle; dominant-baseline: central; font-family: system-ui, sans-serif; }
body:has(#show-reference:not(:checked)) .pictures .outline.reference { display: none; }
rect.probability { fill: #56b4e9; fill-opacity: 0.6; }
body:has(#show-probability:not(:checked)) .pictures image.probability { display: none; }
.lesions { margin-top: 12px; max-height: 420px; overflow: auto; }
.facts + details, .facts + .facts { margin-top: 12px; }
body:has(#show-prediction:not(:checked)) .pictures .outline.prediction { display: none; }

a.close { display: none; }
figure:target { max-width: none; position: fixed; inset: 0; z-index: 3; display: grid; place-items: center; padding: 44px 16px 40px; background: rgba(0, 0, 0, 0.94); }
figure:target a.open { display: contents; }
figure:target svg { width: 100%; height: 100%; }
figure:target .outline { stroke-width: 2; }
figure:target figcaption { position: absolute; bottom: 8px; color: #d5dce6; font-size: 15px; }
figure:target a.close { display: block; position: absolute; top: 10px; right: 18px; color: #fff; font-size: 16px; padding: 2px 10px; }

.curve { padding: 10px; margin-bottom: 12px; }
.curve svg { display: block; width: 100%; height: auto; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 12px; align-items: start; }
.chart { padding: 14px 16px; min-width: 0; break-inside: avoid; }
.chart h3 { margin-bottom: 6px; font-size: 15px; }
.chart .caption { margin: 6px 0 0; font-size: 13px; line-height: 1.4; color: var(--quiet); max-width: none; }
${PLOT_STYLESHEET}
details { padding: 12px 16px; }
summary { cursor: pointer; font-weight: 600; }
details td, details th { white-space: normal; }
@page { margin: 12mm; }
@media print {
  * { print-color-adjust: exact; }
  body { background: #fff; font-size: 11pt; }
  main, header, footer { max-width: none; padding: 0; }
  header { padding-top: 0; }
  h2, h3 { break-after: avoid; }
  h2 { margin-top: 22px; }
  .card { border-radius: 4px; }
  .scroll, .facts, .lesions { overflow: visible; max-height: none; }
  table { font-size: 8.5pt; }
  .wide { font-size: 6.2pt; }
  .grouped { font-size: 7pt; } .grouped th, .grouped td { padding: 3px 4px; }
  thead th, td.text { white-space: normal; } td.text { overflow-wrap: anywhere; }
  .wide th, .wide td { padding: 3px 3px; }
  .wide tbody th { white-space: normal; overflow-wrap: anywhere; }
  td.bar { min-width: 0; }
  thead { display: table-header-group; }
  tr, .tile, .chart, figure, .case { break-inside: avoid; }
  .tiles { grid-template-columns: repeat(4, 1fr); gap: 8px; }
  .tile { padding: 8px 10px; } .tile dd { font-size: 19px; }
  .charts { grid-template-columns: 1fr 1fr; gap: 8px; }
  .chart { padding: 8px 10px; }
  .chart .caption, .keys, .below, figcaption { font-size: 8pt; }
  .chart h3 { font-size: 9.5pt; }
  .pictures { flex-wrap: nowrap; gap: 6px; }
  figure { min-width: 0; }
  .case { padding: 8px 10px; }
  .legend { position: static; padding: 6px 10px; font-size: 9pt; }
  .legend input, .screen { display: none; }
  details::details-content { display: block; content-visibility: visible; block-size: auto; }
  figure:target { position: relative; inset: auto; display: block; padding: 0; background: none; }
  figure:target a.open { display: block; } figure:target a.close { display: none; }
  figure:target figcaption { position: static; color: var(--quiet); font-size: 13px; }
}
`;
