import { CATALOGUE, type Entry, type FaultCode, type FaultDetails, type Severity } from './catalogue.ts';

/** One fault of a dataset, in words for the user and with a code for programs. */
export interface Fault {
  readonly code: FaultCode;
  readonly severity: Severity;
  /** The file that is at fault; null where one is missing. */
  readonly file: string | null;
  /** The subject that it belongs to, if any. */
  readonly subject?: string;
  readonly explanation: string;
  readonly advice: string;
}

/** Where a fault is: a file, a subject, or both. */
export type FaultPlace =
  | { readonly file: string; readonly subject?: string }
  | { readonly file: null; readonly subject: string };

/** A fault with the texts of the catalogue. */
export function faultOf<Code extends FaultCode>(code: Code, place: FaultPlace, details: FaultDetails[Code]): Fault {
  const texts: Entry<FaultDetails[Code]> = CATALOGUE[code];
  return {
    code,
    severity: typeof texts.severity === 'function' ? texts.severity(details) : texts.severity,
    ...place,
    explanation: texts.explanation(details),
    advice: texts.advice(details),
  };
}

/** The fault as one sentence: where, what, and what to do. */
export function sentenceOf({ file, subject, explanation, advice }: Fault): string {
  return `${file ?? subject}: ${explanation}; ${advice}.`;
}

/**
 * The parts of a DataError's message, which is written `FILE: explanation; advice.`, so that `sentenceOf` gives it back as it
 * was. Of a message of another form all is explanation.
 */
export function partsOfMessage(message: string, file: string): { explanation: string; advice: string } {
  const text = (message.startsWith(`${file}: `) ? message.slice(file.length + 2) : message).replace(/\.$/, '');
  const end = text.lastIndexOf('; ');
  if (end < 0) return { explanation: text, advice: 'see to it and check again' };
  return { explanation: text.slice(0, end), advice: text.slice(end + 2) };
}
