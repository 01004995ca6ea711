#!/usr/bin/env node
import { createProgram } from './program.ts';
import { exitQuietlyOnClosedPipe, runProgram } from './run-program.ts';

exitQuietlyOnClosedPipe(process.stdout);
exitQuietlyOnClosedPipe(process.stderr);
process.exitCode = await runProgram(createProgram(), process.argv.slice(2), {
  error: process.stderr,
  debug: process.env.RAREVOX_DEBUG === '1',
});
