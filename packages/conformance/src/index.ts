/** The test kit: the backend under test, and ways to compare what it computes. Whole runs on every backend are in `test/`. */
export { backend, evaluate, evaluator } from './backend-under-test.ts';
export { expectClose, expectGradient, expectNoLeak } from './expectations.ts';
export { expectMethod, fitMethod, inMemory, type MethodTrial } from './method.ts';
export { random } from './random.ts';
