import { fromBinary } from '@bufbuild/protobuf';
import { z } from 'zod';
import { lowerProgram } from '../engine/lower-program.ts';
import { ModelProtoSchema, TensorProto_DataType as OnnxType } from '../engine/onnx/onnx_pb.ts';
import { DataError } from '../errors.ts';
import { elementCount, parametersOf } from '../graph/program.ts';
import { patchFault } from '../network/options.ts';
import { inferenceProgram } from './inference-program.ts';
import { DESCRIPTION_VERSION, descriptionVersionOf, migrateDescription } from './migrate-description.ts';
import { type ModelDescription, modelDescriptionSchema } from './model-card.ts';
import { documentationOf, standardMetadata } from './standard-metadata.ts';

/** A trained network: what it is, and the values of its parameters by name. */
export interface Model {
  readonly description: ModelDescription;
  readonly parameters: ReadonlyMap<string, Float32Array>;
}

/** The metadata entry that holds the description, as JSON. */
const METADATA_KEY = 'rarevox';

/**
 * Encodes a model as one ONNX file: the plain network on its training patch, with the description in its metadata, as JSON
 * for rarevox and in entries for other tools and for people.
 */
export function encodeModel({ description, parameters }: Model): Uint8Array {
  // Parsed for the order of its entries: equal models are equal files.
  const parsed = modelDescriptionSchema.parse(description);
  return lowerProgram(inferenceProgram(description.network, description.patch), {
    form: 'plain',
    parameters: { kind: 'values', values: parameters },
    metadata: { [METADATA_KEY]: JSON.stringify(parsed), ...standardMetadata(parsed) },
    documentation: documentationOf(parsed),
  });
}

/**
 * Reads what `encodeModel` wrote.
 *
 * @param file the file's name, for messages
 * @throws DataError when it is no ONNX file, not one of ours, of a newer version, or lacks a parameter
 */
export function decodeModel(bytes: Uint8Array, file: string): Model {
  const advice = 'Take a model.onnx that `rarevox train` wrote.';
  let model: ReturnType<typeof parse>;
  try {
    model = parse(bytes);
  } catch (cause) {
    throw new DataError(`${file} is not an ONNX model, or it is damaged. ${advice}`, { cause });
  }
  const entry = model.metadataProps.find(({ key }) => key === METADATA_KEY)?.value;
  if (entry === undefined) {
    throw new DataError(`${file} is an ONNX model without a rarevox description. ${advice}`);
  }
  const content = parseJson(entry);
  const version = descriptionVersionOf(content);
  if (version > DESCRIPTION_VERSION) {
    throw new DataError(`${file} was written by a newer rarevox (description version ${version}): update rarevox.`);
  }
  const parsed = modelDescriptionSchema.safeParse(migrateDescription(content));
  if (!parsed.success) {
    throw new DataError(`${file}: its rarevox description is not valid (${z.prettifyError(parsed.error)}). ${advice}`);
  }
  const description = parsed.data;
  const fault = patchFault(description.network, description.patch);
  if (fault !== null) throw new DataError(`${file}: its rarevox description is not valid (${fault}). ${advice}`);
  const parameters = new Map<string, Float32Array>();
  for (const { name, dataType, rawData } of model.graph?.initializer ?? []) {
    if (dataType !== OnnxType.FLOAT || rawData.length % 4 !== 0) continue;
    // A copy, since the bytes inside the file need not be aligned to four.
    parameters.set(name, new Float32Array(Uint8Array.from(rawData).buffer));
  }
  const program = inferenceProgram(description.network, description.patch);
  for (const { op } of [...parametersOf(program, 'weight'), ...parametersOf(program, 'statistic')]) {
    if (parameters.get(op.name)?.length !== elementCount(op.shape)) {
      throw new DataError(`${file} is damaged: the parameter ${op.name} is missing or has another size. ${advice}`);
    }
  }
  return { description, parameters };
}

function parse(bytes: Uint8Array) {
  const model = fromBinary(ModelProtoSchema, bytes);
  // Empty and other short files are valid protobuf too.
  if (model.graph === undefined) throw new RangeError('it has no graph');
  return model;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
