import { expectFiveSteps } from './expect-five-steps.ts';
import { SLOW } from './five-steps.ts';

expectFiveSteps(SLOW);
