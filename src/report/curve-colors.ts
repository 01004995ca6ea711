/** The variables that `trainingChart` draws with, for a stylesheet. */
export const CURVE_COLORS = {
  light:
    '--curve-text: #4a5361; --curve-grid: #dde2e9; --curve-loss: #2563c9; --curve-validation: #b3540f; --curve-quiet: #8b95a3;',
  dark: '--curve-text: #a9b4c4; --curve-grid: #303a48; --curve-loss: #7db2ff; --curve-validation: #ffab5e; --curve-quiet: #778293;',
} as const;
