import { DRAG_MODE, Niivue, NVImage, SLICE_TYPE } from '@niivue/niivue';
import type { IntensityWindow } from '../../src/report/intensity-window.ts';
import { encodeNifti } from '../../src/volume/nifti-write.ts';
import type { ScalarVolume, Triple } from '../../src/volume/volume.ts';
import { COLORMAPS, type MapName } from './colormaps.ts';
import type { Rgb } from './mask-codes.ts';

/** What is under the crosshair. */
export interface Place {
  /** In mm, RAS+. */
  readonly mm: Triple;
  /** Of the volumes in RAS order. */
  readonly voxel: Triple;
}

/** A stroke of the brush has ended: the mask layer before and after it, in RAS order. */
export interface Stroke {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

export type Planes = 'all' | 'axial' | 'coronal' | 'sagittal' | '3d';

const SLICE_TYPES = {
  all: SLICE_TYPE.MULTIPLANAR,
  axial: SLICE_TYPE.AXIAL,
  coronal: SLICE_TYPE.CORONAL,
  sagittal: SLICE_TYPE.SAGITTAL,
  '3d': SLICE_TYPE.RENDER,
} as const satisfies Readonly<Record<Planes, SLICE_TYPE>>;

type Tiles = Parameters<Niivue['setCustomLayout']>[0];
/** The axial plane large and the two others beside or below it: left, top, width and height as shares of the canvas. */
const WIDE: Tiles = [
  { sliceType: SLICE_TYPE.AXIAL, position: [0.01, 0.02, 0.49, 0.96] },
  { sliceType: SLICE_TYPE.CORONAL, position: [0.51, 0.02, 0.48, 0.47] },
  { sliceType: SLICE_TYPE.SAGITTAL, position: [0.51, 0.51, 0.48, 0.47] },
];
const TALL: Tiles = [
  { sliceType: SLICE_TYPE.AXIAL, position: [0.02, 0.01, 0.96, 0.58] },
  { sliceType: SLICE_TYPE.CORONAL, position: [0.02, 0.61, 0.47, 0.38] },
  { sliceType: SLICE_TYPE.SAGITTAL, position: [0.51, 0.61, 0.47, 0.38] },
];

/**
 * The picture of a scan in three planes with a mask layer and colored maps over it. All volumes that it is given are in RAS order on one grid;
 * so NiiVue's own order, which its drawing layer has, is theirs.
 */
export class ScanView {
  private readonly maps = new Map<MapName, NVImage>();
  private shown: Uint8Array | null = null;
  private planes: Planes = 'all';
  private readonly resizing: ResizeObserver;
  /** Called when the crosshair moves, when a stroke of the brush ends, and when the window is dragged with the right button. */
  onPlace: (place: Place) => void = () => undefined;
  onStroke: (stroke: Stroke) => void = () => undefined;
  onWindow: (window: IntensityWindow) => void = () => undefined;

  private constructor(
    private readonly niivue: Niivue,
    private readonly canvas: HTMLCanvasElement,
  ) {
    niivue.onLocationChange = (location) => {
      const { mm, vox } = location as { mm: ArrayLike<number>; vox: ArrayLike<number> };
      this.onPlace({ mm: tripleOf(mm), voxel: tripleOf(vox) });
    };
    niivue.onDrawingChanged = () => this.endStroke();
    niivue.onMouseUp = () => {
      const scan = niivue.volumes[0];
      if (scan !== undefined) this.onWindow({ low: scan.cal_min as number, high: scan.cal_max as number });
    };
    this.resizing = new ResizeObserver(() => this.arrange());
    this.resizing.observe(canvas);
  }

  /**
   * Draws into a canvas from now on.
   *
   * @throws Error where the browser has no WebGL 2
   */
  static async open(canvas: HTMLCanvasElement): Promise<ScanView> {
    const niivue = new Niivue({
      backColor: [0, 0, 0, 1],
      // Nothing is loading where a series is still to be chosen.
      loadingText: '',
      crosshairColor: [0.35, 0.72, 1, 0.6],
      crosshairWidth: 0.6,
      crosshairWidthUnit: 'mm',
      crosshairGap: 8,
      dragMode: DRAG_MODE.windowing,
      dragAndDropEnabled: false,
      isColorbar: false,
      isOrientCube: false,
      isNearestInterpolation: false,
      isRadiologicalConvention: true,
      fontColor: [0.85, 0.88, 0.92, 1],
      fontMinPx: 12,
      fontSizeScaling: 0.3,
      logLevel: 'error',
      maxDrawUndoBitmaps: 1,
      multiplanarPadPixels: 6,
      show3Dcrosshair: true,
      showAllOrientationMarkers: true,
      tileMargin: 0,
    });
    for (const [name, map] of Object.entries(COLORMAPS)) niivue.addColormap(name, map);
    await niivue.attachToCanvas(canvas, false);
    return new ScanView(niivue, canvas);
  }

  /** Shows a scan; maps and the mask layer of the one before go. */
  async showScan(scan: ScalarVolume, window: IntensityWindow): Promise<void> {
    const { niivue } = this;
    niivue.closeDrawing();
    this.maps.clear();
    this.shown = null;
    const place = niivue.volumes.length > 0 ? niivue.frac2mm(niivue.scene.crosshairPos, 0, true) : null;
    while (niivue.volumes.length > 0) niivue.removeVolumeByIndex(niivue.volumes.length - 1);
    niivue.addVolume(await imageOf(scan, 'scan', 'gray', window));
    const own = niivue.volumes[0] as NVImage;
    if (own.permRAS?.join() !== '1,2,3') throw new Error(`the scan is not in RAS order: ${String(own.permRAS)}`);
    if (place !== null) niivue.scene.crosshairPos = niivue.mm2frac(place, 0, true);
    niivue.createEmptyDrawing();
    niivue.drawScene();
  }

  /** Shows a map over the scan, in place of the one of that name; null takes it away. */
  async showMap(name: MapName, map: ScalarVolume | null, opacity: number): Promise<void> {
    const before = this.maps.get(name);
    this.maps.delete(name);
    if (before !== undefined) this.niivue.removeVolume(before);
    if (map === null) return;
    const image = await imageOf(map, name, name, COLORMAPS[name]);
    image.opacity = opacity;
    this.maps.set(name, image);
    this.niivue.addVolume(image);
  }

  setMapOpacity(name: MapName, opacity: number): void {
    const image = this.maps.get(name);
    if (image === undefined) return;
    this.niivue.setOpacity(this.niivue.getVolumeIndexByID(image.id), opacity);
  }

  /** @param colors by the code in the mask layer; others are not shown */
  setMaskColors(colors: ReadonlyMap<number, Rgb>): void {
    const lut = new Uint8ClampedArray(256 * 4);
    for (const [code, [red, green, blue]] of colors) lut.set([red, green, blue, 255], 4 * code);
    this.niivue.drawLut = { lut, labels: Array.from({ length: 256 }, (_, code) => String(code)) };
    if (this.niivue.volumes.length > 0) this.niivue.updateGLVolume();
  }

  /** @param codes in RAS order, see mask-codes.ts; kept, and not to be changed before the next call */
  showMask(codes: Uint8Array): void {
    const bitmap = this.niivue.drawBitmap;
    if (bitmap === null) throw new Error('showMask: there is no scan');
    bitmap.set(codes);
    this.shown = codes;
    this.niivue.refreshDrawing(true);
  }

  /** @param fill and outline from 0 to 1; an outline of 0 fills up to the edge */
  setMaskOpacity(fill: number, outline: number): void {
    this.niivue.drawRimOpacity = outline === 0 ? -1 : outline;
    // NiiVue passes over a layer of opacity 0 with its outline.
    this.niivue.setDrawOpacity(Math.max(fill, 0.004));
  }

  setWindow({ low, high }: IntensityWindow): void {
    const scan = this.niivue.volumes[0];
    if (scan === undefined) return;
    scan.cal_min = low;
    scan.cal_max = high;
    this.niivue.refreshLayers(scan, 0);
    this.niivue.drawScene();
  }

  setPlanes(planes: Planes): void {
    this.planes = planes;
    this.arrange();
    this.niivue.setSliceType(SLICE_TYPES[planes]);
  }

  /** Lets the mouse paint a code of the mask layer, 0 to erase; null gives the mouse back to the crosshair. */
  setBrush(brush: { readonly code: number; readonly size: number } | null): void {
    this.niivue.setDrawingEnabled(brush !== null);
    if (brush === null) return;
    this.niivue.opts.penSize = brush.size;
    this.niivue.setPenValue(brush.code, false);
  }

  /** Paints at the crosshair, in the axial plane: for those who don't use the mouse. */
  paintHere(): void {
    const { niivue } = this;
    if (!niivue.opts.drawingEnabled) return;
    const [x, y, z] = niivue.frac2vox(niivue.scene.crosshairPos);
    niivue.drawPenAxCorSag = 0;
    niivue.drawPt(x as number, y as number, z as number, niivue.opts.penValue);
    niivue.drawPenAxCorSag = -1;
    niivue.refreshDrawing(true);
    this.endStroke();
  }

  moveCrosshair([x, y, z]: Triple): void {
    if (this.niivue.volumes.length > 0) this.niivue.moveCrosshairInVox(x, y, z);
  }

  /** @param mm in RAS+ */
  goTo(mm: Triple): void {
    // Without the last argument NiiVue takes an oblique scan's millimeters for those of its upright twin.
    this.niivue.scene.crosshairPos = this.niivue.mm2frac([mm[0], mm[1], mm[2]], 0, true);
    this.niivue.createOnLocationChange();
    this.niivue.drawScene();
  }

  close(): void {
    this.resizing.disconnect();
    const { gl } = this.niivue;
    this.niivue.cleanup();
    gl.getExtension('WEBGL_lose_context')?.loseContext();
  }

  private arrange(): void {
    const { niivue, canvas } = this;
    if (this.planes === 'all') niivue.setCustomLayout(canvas.clientWidth > canvas.clientHeight ? WIDE : TALL);
    else if (niivue.getCustomLayout() !== null) niivue.clearCustomLayout();
  }

  private endStroke(): void {
    const { drawBitmap } = this.niivue;
    this.niivue.drawClearAllUndoBitmaps();
    if (drawBitmap === null || this.shown === null) return;
    this.onStroke({ before: this.shown, after: drawBitmap });
  }
}

/** A NiiVue image of a volume in RAS order. */
async function imageOf(
  volume: ScalarVolume,
  name: string,
  colormap: string,
  { low, high }: IntensityWindow,
): Promise<NVImage> {
  const bytes = await encodeNifti(volume, null, { gzip: false });
  return NVImage.loadFromUrl({
    url: bytes.buffer as ArrayBuffer,
    name: `${name}.nii`,
    colormap,
    cal_min: low,
    cal_max: high,
    trustCalMinMax: true,
    ignoreZeroVoxels: false,
  });
}

function tripleOf(values: ArrayLike<number>): Triple {
  return [values[0] as number, values[1] as number, values[2] as number];
}
