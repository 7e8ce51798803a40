/** Methods, layouts and studies, listed once: a new method or study is a line here, a new layout one of `LAYOUTS`. Methods are loaded when a command needs them. */
import type { DatasetLayout, Method, Recipe, StudyPlan } from '@rddpm/core/contracts';
import { LAYOUTS } from '@rddpm/mvtec';
import { assertRegistry, type Registry } from '@rddpm/study';

export type Choices = {
  readonly layouts: readonly DatasetLayout[];
  readonly methods: () => Promise<readonly Method[]>;
  readonly studies: () => Promise<readonly StudyPlan[]>;
  readonly recipes: () => Promise<readonly Recipe[]>;
  readonly upgradeConfig?: () => Promise<NonNullable<Registry['upgradeConfig']>>;
};

export const CHOICES: Choices = {
  layouts: LAYOUTS,
  async methods() {
    const { DIFFUSION_METHODS, untrained } = await import('@rddpm/diffusion');
    const { meanImage, ...baselines } = await import('@rddpm/baselines');
    const { FEATURE_METHODS } = await import('./feature-methods.ts');
    return [
      ...DIFFUSION_METHODS,
      untrained,
      meanImage,
      baselines.variation,
      baselines.variationConcentrated,
      baselines.colourGaussian,
      baselines.colourGaussianConcentrated,
      baselines.patchGaussian,
      baselines.patchGaussianConcentrated,
      baselines.pca,
      baselines.rpca,
      baselines.ssd,
      ...FEATURE_METHODS,
    ];
  },
  async studies() {
    const { COMPARING_STUDIES } = await import('./studies.ts');
    const { DIFFUSION_STUDIES } = await import('@rddpm/diffusion');
    return [...COMPARING_STUDIES, ...DIFFUSION_STUDIES];
  },
  recipes: async () => (await import('@rddpm/diffusion')).RECIPES,
  async upgradeConfig() {
    const { upgradeRunConfig } = await import('@rddpm/diffusion');
    const { meanImage } = await import('@rddpm/baselines');
    return (value, known) => ({
      ...(upgradeRunConfig(value, known) as object),
      ...(known === meanImage.name && { method: known, config: {} }),
    });
  },
};

/** Loads everything that there is to choose from. @throws {ConfigError} for two of one name. */
export async function openRegistry({ layouts, methods, studies, recipes, upgradeConfig }: Choices): Promise<Registry> {
  const registry = {
    layouts,
    methods: await methods(),
    studies: await studies(),
    recipes: await recipes(),
    upgradeConfig: await upgradeConfig?.(),
  };
  assertRegistry(registry);
  return registry;
}
