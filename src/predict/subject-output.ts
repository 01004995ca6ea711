import type { Subject } from '../dataset/subject.ts';
import type { FileAccess } from '../volume/file-access.ts';
import type { NiftiHeader } from '../volume/nifti-header.ts';
import { encodeNifti } from '../volume/nifti-write.ts';
import type { ScalarVolume } from '../volume/volume.ts';
import type { Ensemble } from './ensemble.ts';
import { encodeLesions } from './lesions-table.ts';
import { outputNames } from './output-names.ts';
import type { Prediction } from './predict.ts';
import { isSamePrediction, sidecarOf } from './sidecar.ts';

export interface OutputOptions {
  readonly files: FileAccess;
  /** The output folder. */
  readonly out: string;
  readonly saveProbabilities: boolean;
  readonly saveVoteSpread?: boolean | undefined;
  /** Version of rarevox, for the sidecars. */
  readonly version: string;
}

interface OutputFile {
  readonly path: string;
  readonly content: Uint8Array | string;
}

/**
 * The files of one subject's prediction. The sidecar is written last and deleted first: where it is, all others are, and
 * are those that it tells of, wherever a run was killed.
 */
export class SubjectOutput {
  private readonly options: OutputOptions;
  private readonly id: string;
  private readonly names: ReturnType<typeof outputNames>;
  private readonly sidecar: string;

  private constructor(options: OutputOptions, id: string, names: ReturnType<typeof outputNames>, sidecar: string) {
    this.options = options;
    this.id = id;
    this.names = names;
    this.sidecar = sidecar;
  }

  static async of(ensemble: Ensemble, subject: Subject, options: OutputOptions): Promise<SubjectOutput> {
    const names = outputNames(
      subject.id,
      ensemble.labels.map(({ name }) => name),
    );
    const sidecar = await sidecarOf(options.files, ensemble, subject, options.version);
    return new SubjectOutput(options, subject.id, names, sidecar);
  }

  get mask(): string {
    return this.pathOf(this.names.mask);
  }

  /** Whether everything that is asked for is there already, made from the same scans by the same models and settings. */
  async isFinished(): Promise<boolean> {
    const { files, saveProbabilities, saveVoteSpread } = this.options;
    const { mask, sidecar, lesions, probabilities, voteSpread } = this.names;
    const path = this.pathOf(sidecar);
    if (!(await files.exists(path)) || !isSamePrediction(await files.readText(path), this.sidecar)) return false;
    const asked = [
      mask,
      lesions,
      ...(saveProbabilities ? probabilities : []),
      ...(saveVoteSpread === true ? voteSpread : []),
    ];
    for (const name of asked) if (!(await files.exists(this.pathOf(name)))) return false;
    return true;
  }

  /**
   * Writes all files or none, in place of all that an earlier prediction of the subject left.
   * @param header of the scan's first image, where that is a NIfTI file
   */
  async write(prediction: Prediction, header: NiftiHeader | null): Promise<void> {
    const output = await this.encode(prediction, header);
    await this.clear();
    const { files } = this.options;
    for (const [index, { path, content }] of output.entries()) {
      try {
        await files.write(path, content);
      } catch (error) {
        for (const written of output.slice(0, index)) await files.remove(written.path).catch(() => undefined);
        throw error;
      }
    }
  }

  private async encode(
    { mask, probabilities, voteSpread, lesions }: Prediction,
    header: NiftiHeader | null,
  ): Promise<OutputFile[]> {
    const { names } = this;
    const output: OutputFile[] = [];
    const addMaps = async (paths: readonly string[], maps: readonly ScalarVolume[]): Promise<void> => {
      for (const [index, map] of maps.entries()) {
        const path = this.pathOf(paths[index] as string);
        output.push({ path, content: await encodeNifti(map, header, { gzip: true }) });
      }
    };
    if (this.options.saveProbabilities) await addMaps(names.probabilities, probabilities);
    if (voteSpread !== null) await addMaps(names.voteSpread, voteSpread);
    output.push({ path: this.mask, content: await encodeNifti(mask, header, { gzip: true }) });
    output.push({ path: this.pathOf(names.lesions), content: encodeLesions(this.id, lesions) });
    output.push({ path: this.pathOf(names.sidecar), content: this.sidecar });
    return output;
  }

  /** Deletes what an earlier prediction left, the sidecar first, and what a killed one began to write. */
  private async clear(): Promise<void> {
    const { files } = this.options;
    const { mask, sidecar, lesions, probabilities, voteSpread } = this.names;
    for (const name of [sidecar, lesions, mask, ...probabilities, ...voteSpread]) {
      const path = this.pathOf(name);
      await files.remove(path);
      const folder = path.slice(0, path.lastIndexOf('/'));
      if (await files.exists(folder)) await files.removeUnfinished(folder, path.slice(folder.length + 1));
    }
  }

  private pathOf(name: string): string {
    return `${this.options.out}/${name}`;
  }
}
