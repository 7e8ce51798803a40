export { type HuberOptions, huberLoss } from './huber.ts';
export { type LtsOptions, ltsLoss } from './lts.ts';
export { mseLoss } from './mse.ts';
