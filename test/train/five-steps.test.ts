import { expectFiveSteps } from './expect-five-steps.ts';
import { QUICK } from './five-steps.ts';

expectFiveSteps(QUICK);
