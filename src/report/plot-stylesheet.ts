/**
 * The rules for what plot.ts draws. Colors are the page's variables: `--text`, `--quiet`, `--card`, `--line`, `--dash` and `--s1` to `--s6`.
 */
export const PLOT_STYLESHEET = `
.keys { display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 0 0 4px; padding: 0; list-style: none; font-size: 13.5px; }
.keys li { display: inline-flex; gap: 7px; align-items: center; }
.keys svg { width: 34px; height: 14px; flex: none; }
.plot { display: block; width: 100%; height: auto; max-width: 620px; margin: 0 auto; }
.plot text { fill: var(--quiet); font: 13px system-ui, "Segoe UI", sans-serif; font-variant-numeric: tabular-nums; }
.plot text.name { fill: var(--text); }
.plot .grid, .plot .axis, .plot .zero, .plot .level { fill: none; stroke: var(--line); stroke-width: 1; }
.plot .axis { stroke: var(--dash); }
.plot .zero { stroke: var(--dash); stroke-dasharray: 2 4; }
.plot .level { stroke: var(--s2); stroke-width: 1.8; }
.plot .level.limit { stroke-dasharray: 7 4; }
.s1 { --series: var(--s1); } .s2 { --series: var(--s2); } .s3 { --series: var(--s3); }
.s4 { --series: var(--s4); } .s5 { --series: var(--s5); } .s6 { --series: var(--s6); }
.d2 { --dashes: 8 4; } .d3 { --dashes: 2 3; } .d4 { --dashes: 10 3 2 3; } .d5 { --dashes: 14 5; } .d6 { --dashes: 5 2 1 2 1 2; }
.line { fill: none; stroke: var(--series); stroke-width: 2; stroke-linejoin: round; stroke-dasharray: var(--dashes, none); }
.line.thin { stroke: var(--quiet); stroke-width: 0.8; opacity: 0.55; }
.mark { fill: var(--series); stroke: var(--card); stroke-width: 1; }
.mark.chosen { stroke: var(--text); stroke-width: 1.8; }
.mark.mean { fill: var(--card); stroke: var(--text); stroke-width: 1.8; }
.fill { fill: var(--series); }
.fill.s2 { fill-opacity: 0.3; stroke: var(--series); stroke-width: 1.5; }
.box { fill: var(--series); fill-opacity: 0.22; stroke: var(--series); stroke-width: 1.3; }
.whisker { fill: none; stroke: var(--series); stroke-width: 1.3; }
.median { fill: none; stroke: var(--series); stroke-width: 3; }
.point { fill: var(--card); fill-opacity: 0.6; stroke: var(--series); stroke-width: 1.1; }
`;
