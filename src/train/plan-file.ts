import { DataError } from '../errors.ts';
import { type PreprocessPlan, preprocessPlanSchema } from '../preprocess/plan.ts';
import { describeConfigFaults } from './config-faults.ts';

/**
 * Reads a plan as `rarevox plan` writes it, and as a person may have edited it.
 *
 * @param place where the plan stands, for messages
 * @throws DataError that names every wrong entry
 */
export function parsePlan(text: string, place: string): PreprocessPlan {
  let plan: unknown;
  try {
    plan = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError(`${place} is not JSON: ${reason}. Correct it, or make it anew with \`rarevox plan\`.`, {
      cause,
    });
  }
  return checkPlan(plan, place);
}

/** @throws DataError that names every wrong entry */
export function checkPlan(plan: unknown, place: string): PreprocessPlan {
  const parsed = preprocessPlanSchema.safeParse(plan);
  if (parsed.success) return parsed.data;
  const faults = describeConfigFaults(parsed.error, Object.keys(preprocessPlanSchema.shape));
  throw new DataError(`${place} is not a valid plan:\n${faults}`, { cause: parsed.error });
}
