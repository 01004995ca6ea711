import type { DataSet } from 'dicom-parser';
import { DataError } from '../../errors.ts';
import type { Triple } from '../volume.ts';
import { decimals, itemOf, type ParsedDicom, refusingDamage, TAG } from './data-set.ts';
import { mosaicOf } from './mosaic.ts';
import { type PixelFormat, pixelFormatOf } from './pixel-format.ts';

/** Where a slice's voxels stand in the pixels of its file. */
export interface SliceSource {
  readonly path: string;
  /** Which frame of the file, from 0. */
  readonly frame: number;
  /** Column and row of the slice's first voxel in the frame: not 0 in a mosaic. */
  readonly corner: readonly [number, number];
}

/** One slice of a scan: a plane of voxels with its place in the patient, LPS, in mm. */
export interface Slice {
  readonly source: SliceSource;
  readonly series: string;
  /** Voxels along i (columns) and j (rows). */
  readonly extent: readonly [number, number];
  readonly format: PixelFormat;
  /** Distance of neighbors along i and along j: the other way round than DICOM's PixelSpacing. */
  readonly spacing: readonly [number, number];
  /** Unit vectors along i and j. */
  readonly directions: readonly [Triple, Triple];
  /** Center of the first voxel. */
  readonly position: Triple;
  /** Distance to the next slice as the header states it, for scans of one slice. */
  readonly statedDistance: number;
  /** Orders slices at one place: the volumes of a series. */
  readonly order: readonly number[];
  /** value = stored * slope + intercept. */
  readonly slope: number;
  readonly intercept: number;
}

/** What a list of series tells of each. */
export interface SeriesLabel {
  readonly uid: string;
  readonly modality: string;
  readonly description: string;
  readonly isLocalizer: boolean;
}

/** @throws DataError naming the file where it is damaged */
export function seriesLabelOf({ dataSet, path }: ParsedDicom): SeriesLabel {
  return refusingDamage(path, () => ({
    uid: dataSet.string(TAG.seriesUid) ?? '',
    modality: dataSet.string(TAG.modality) ?? '',
    description: dataSet.string(TAG.seriesDescription) ?? '',
    isLocalizer: /LOCALIZER/i.test(dataSet.string(TAG.imageType) ?? ''),
  }));
}

/** Whether the file holds pixels at all: reports, presentation states and contours do not. */
export function hasPixels({ dataSet, path }: ParsedDicom): boolean {
  return refusingDamage(
    path,
    () => dataSet.elements[TAG.pixelData] !== undefined && dataSet.uint16(TAG.rows) !== undefined,
  );
}

/**
 * The slices of a file: one of a classic image, one a frame of an enhanced multi-frame image, the tiles of a Siemens mosaic.
 *
 * @throws DataError naming the file where its pixels or their place in the patient are not those of a scan
 */
export function slicesOf(parsed: ParsedDicom): Slice[] {
  return refusingDamage(parsed.path, () => readSlices(parsed));
}

function readSlices(parsed: ParsedDicom): Slice[] {
  const { dataSet, path } = parsed;
  const format = pixelFormatOf(parsed);
  const series = dataSet.string(TAG.seriesUid) ?? '';
  const shared = itemOf(dataSet, TAG.sharedFunctionalGroups);
  const perFrame = dataSet.elements[TAG.perFrameFunctionalGroups]?.items;
  if (perFrame !== undefined && perFrame.length !== format.frames) {
    throw new DataError(
      `${path}: it describes ${perFrame.length} frames where it claims to have ${format.frames}; copy or download it again.`,
    );
  }
  const slices: Slice[] = [];
  for (let frame = 0; frame < format.frames; frame++) {
    const group = perFrame?.[frame]?.dataSet;
    /** The item of a functional group: the frame's own, or that of all frames; else the file itself. */
    const place = (sequence: string): DataSet => itemOf(group, sequence) ?? itemOf(shared, sequence) ?? dataSet;
    const measures = place(TAG.pixelMeasuresSequence);
    const position = decimals(place(TAG.planePositionSequence), TAG.position, 3);
    const orientation = decimals(place(TAG.planeOrientationSequence), TAG.orientation, 6);
    const pixelSpacing = decimals(measures, TAG.pixelSpacing, 2);
    if (position === undefined || orientation === undefined || pixelSpacing === undefined) {
      throw new DataError(
        `${path}: it does not say where in the patient it lies (ImagePositionPatient, ImageOrientationPatient, ` +
          'PixelSpacing): it is a screenshot or a secondary capture; take the original series.',
      );
    }
    if (pixelSpacing.some((spacing) => !(spacing > 0))) {
      throw new DataError(`${path}: its PixelSpacing is ${pixelSpacing.join(' x ')} mm; export the series again.`);
    }
    const scaling = place(TAG.pixelValueTransformationSequence);
    const frameContent = place(TAG.frameContentSequence);
    slices.push({
      source: { path, frame, corner: [0, 0] },
      series,
      extent: [format.columns, format.rows],
      format,
      spacing: [pixelSpacing[1], pixelSpacing[0]],
      directions: [orientation.slice(0, 3), orientation.slice(3)] as unknown as [Triple, Triple],
      position: position as unknown as Triple,
      statedDistance:
        decimals(measures, TAG.spacingBetweenSlices, 1)?.[0] ?? decimals(measures, TAG.sliceThickness, 1)?.[0] ?? 1,
      order: [
        frameContent.uint32(TAG.temporalPosition) ?? 0,
        dataSet.intString(TAG.acquisitionNumber) ?? 0,
        dataSet.intString(TAG.instanceNumber) ?? 0,
        frame,
      ],
      slope: decimals(scaling, TAG.rescaleSlope, 1)?.[0] ?? 1,
      intercept: decimals(scaling, TAG.rescaleIntercept, 1)?.[0] ?? 0,
    });
  }
  return /MOSAIC/.test(dataSet.string(TAG.imageType) ?? '')
    ? slices.flatMap((slice) => mosaicOf(parsed, slice))
    : slices;
}
