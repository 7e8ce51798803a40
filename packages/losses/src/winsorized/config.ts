import { defineLoss, trimmedBy } from '../define-loss.ts';
import { keepSchema } from '../trimmed/keep-config.ts';
import { winsorizedLoss } from './loss.ts';

export const winsorizedConfig = defineLoss('winsorized', { keep: keepSchema }, ({ keep }) => trimmedBy(keep, winsorizedLoss));
