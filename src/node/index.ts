/* What the library needs under Node: files, and compute in a process of its own. */

export { ChildEngine } from './child-engine.ts';
export { nodeFileAccess } from './file-access.ts';
export { loadModel, loadModels } from './load-model.ts';
