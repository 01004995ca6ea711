/** The lesions of one case: their volumes in mm3, and whether the other mask touches them. */
export interface LesionVolumes {
  readonly reference: readonly LesionVolume[];
  readonly predicted: readonly LesionVolume[];
}

export interface LesionVolume {
  /** mm3 */
  readonly volume: number;
  /** Whether it shares a voxel with the other mask. */
  readonly touched: boolean;
}

/** Lesions of one class of volume, over all cases. */
export interface LesionSizeClass {
  /** mm3: volumes above `from`, up to and with `to`; the last class has no end. */
  readonly from: number;
  readonly to: number | null;
  /** Lesions of the reference, those that the prediction touches, and their share; null where there is none. */
  readonly n_ref: number;
  readonly n_ref_touched: number;
  readonly LTPR: number | null;
  /** Lesions of the prediction, those that touch no reference voxel, and their share. */
  readonly n_pred: number;
  readonly n_pred_false: number;
  readonly LFPR: number | null;
}

/**
 * Ends of the classes in mm3. Anima's and many a study's smallest lesion has 3 mm3; a ball of 3, 6, 10 mm has 14, 113, 524 mm3.
 */
const ENDS = [3, 10, 30, 100, 300, 1000, null] as const;

/** Detection by lesion size: the lesions of all cases pooled, so that a case with many lesions weighs more. */
export function lesionSizeClasses(cases: readonly LesionVolumes[]): LesionSizeClass[] {
  return ENDS.map((to, index) => {
    const from = index === 0 ? 0 : (ENDS[index - 1] as number);
    const inClass = ({ volume }: LesionVolume): boolean => volume > from && (to === null || volume <= to);
    const present = cases.flatMap((item) => item.reference.filter(inClass));
    const predicted = cases.flatMap((item) => item.predicted.filter(inClass));
    const found = present.filter(({ touched }) => touched).length;
    const wrong = predicted.filter(({ touched }) => !touched).length;
    return {
      from,
      to,
      n_ref: present.length,
      n_ref_touched: found,
      LTPR: present.length === 0 ? null : found / present.length,
      n_pred: predicted.length,
      n_pred_false: wrong,
      LFPR: predicted.length === 0 ? null : wrong / predicted.length,
    };
  });
}
