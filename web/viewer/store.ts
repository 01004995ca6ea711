import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { BrowserPrediction } from '../../src/browser/predict-scan.ts';
import type { Label } from '../../src/dataset/subject.ts';
import type { MaskLesion } from '../../src/predict/lesions.ts';
import type { Grid, LabelVolume, ScalarVolume } from '../../src/volume/volume.ts';
import type { Place } from './scan-view.ts';
import type {
  Brush,
  Comparison,
  Decision,
  Display,
  ModelState,
  Notice,
  Result,
  Scan,
  Settings,
  ShippedModel,
  Work,
} from './state.ts';

/** A scan that is shown. */
export interface ShownScan {
  readonly name: string;
  /** On its own grid, and the same in RAS order. */
  readonly grid: Grid;
  readonly volume: ScalarVolume;
  readonly range: { readonly low: number; readonly high: number };
}

export type Mask = LabelVolume & { readonly data: Uint8Array };

/** A prediction, and what is made of it by hand. */
export interface Predicted {
  /** What the files that are saved are called after. */
  readonly subject: string;
  readonly modelName: string;
  /** The scans that were predicted. */
  readonly files: readonly { readonly modality: string; readonly name: string }[];
  readonly hasBrainMask: boolean;
  readonly seconds: number;
  /** The grid of the scan, and everything on it as it came. */
  readonly grid: Grid;
  readonly maps: BrowserPrediction;
  /** The model's own decision, and the one that holds now. */
  readonly defaults: Decision;
  readonly decision: Decision;
  /** In RAS order, with the corrections of the brush. */
  readonly mask: Mask;
  readonly result: Result;
}

/** A mask that was dropped, compared with the reference without a prediction. */
export interface Compared {
  readonly name: string;
  readonly referenceName: string;
  /** In RAS order. */
  readonly mask: Mask;
  readonly labels: readonly Label[];
  readonly lesions: readonly MaskLesion[];
  /** In mm3, of the whole mask. */
  readonly volume: number;
  readonly comparison: Comparison;
}

export interface State {
  /** Whether files are being read. */
  readonly opening: boolean;
  readonly scans: readonly Scan[];
  readonly shipped: readonly ShippedModel[];
  readonly model: ModelState;
  readonly hasGpu: boolean;
  readonly settings: Settings;
  readonly work: Work | null;
  readonly notices: readonly Notice[];
  readonly tab: 'scan' | 'result';
  readonly shown: ShownScan | null;
  /** In RAS order. */
  readonly reference: Mask | null;
  readonly predicted: Predicted | null;
  /** Null wherever there is a prediction. */
  readonly compared: Compared | null;
  readonly display: Display;
  readonly brush: Brush;
  readonly place: Place | null;
}

const START: State = {
  opening: false,
  scans: [],
  shipped: [],
  model: { kind: 'none' },
  hasGpu: false,
  settings: { device: 'auto', overlap: null, window: null, views: null, voteSpread: false },
  work: null,
  notices: [],
  tab: 'scan',
  shown: null,
  reference: null,
  predicted: null,
  compared: null,
  display: {
    fill: 0.25,
    outline: 1,
    maps: 0.7,
    window: { low: 0, high: 1 },
    planes: 'all',
    mask: true,
    reference: true,
    map: 'none',
  },
  brush: { tool: 'look', size: 3, label: 1 },
  place: null,
};

/** All that the page knows. Parts of it are replaced, never changed; whoever subscribes is told. */
export class Store {
  private current: State = START;
  private readonly listeners = new Set<() => void>();

  get state(): State {
    return this.current;
  }

  update(patch: Partial<State>): void {
    this.current = { ...this.current, ...patch };
    for (const listener of this.listeners) listener();
  }

  /** @returns what ends it */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  notify(kind: Notice['kind'], text: string): void {
    if (this.current.notices.some((notice) => notice.text === text)) return;
    this.update({ notices: [...this.current.notices, { kind, text }] });
  }
}

/** Renders a component anew whenever the store changes. */
export class StoreController implements ReactiveController {
  private end: () => void = () => undefined;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly store: Store,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.end = this.store.subscribe(() => this.host.requestUpdate());
  }

  hostDisconnected(): void {
    this.end();
  }
}
