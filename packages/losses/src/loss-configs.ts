import { barronConfig } from './barron/config.ts';
import { blockLtsConfig } from './block-lts/config.ts';
import { cauchyConfig } from './cauchy/config.ts';
import { clippedMseConfig } from './clipped-mse/config.ts';
import { gemanMcclureConfig } from './geman-mcclure/config.ts';
import { huberConfig } from './huber/config.ts';
import { l1Config } from './l1/config.ts';
import { logCoshConfig } from './log-cosh/config.ts';
import { ltsConfig } from './lts/config.ts';
import { mseConfig } from './mse/config.ts';
import { pseudoHuberConfig } from './pseudo-huber/config.ts';
import { smoothL1Config } from './smooth-l1/config.ts';
import { tukeyConfig } from './tukey/config.ts';
import { welschConfig } from './welsch/config.ts';
import { winsorizedConfig } from './winsorized/config.ts';

/** Every loss that a config can name. From this list follow the union type, the schema, help, tables, benches and the diffusion methods. */
export const LOSS_CONFIGS = [
  mseConfig,
  l1Config,
  huberConfig,
  smoothL1Config,
  pseudoHuberConfig,
  logCoshConfig,
  cauchyConfig,
  gemanMcclureConfig,
  welschConfig,
  tukeyConfig,
  barronConfig,
  clippedMseConfig,
  ltsConfig,
  blockLtsConfig,
  winsorizedConfig,
] as const;
