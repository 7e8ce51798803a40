/** What there is to choose from. The package knows no method and no layout by name: whoever runs it brings them. */
import { ConfigError } from '@rddpm/core';
import type { DatasetLayout, InputShape, Method, Recipe, StudyPlan } from '@rddpm/core/contracts';
import { FUSION_SIGN, fusedMethod } from '@rddpm/maps';

export type Registry = {
  readonly methods: readonly Method[];
  readonly layouts: readonly DatasetLayout[];
  readonly studies: readonly StudyPlan[];
  readonly recipes: readonly Recipe[];
  /**
   * Turns what a `config.json` of version 1 holds, from before methods had names, into one of version 2.
   *
   * @param method What it is known to be, by the folder that it lies in.
   */
  readonly upgradeConfig?: (value: Readonly<Record<string, unknown>>, method?: string) => unknown;
};

/** @throws {ConfigError} for two of one name. */
export function assertRegistry({ methods, layouts, studies, recipes }: Registry): void {
  for (const [what, list] of Object.entries({ methods, layouts, studies, recipes })) {
    const names = list.map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) < i);
    if (twice !== undefined) throw new ConfigError(`there are two ${what} called '${twice}'; each needs a name of its own`);
  }
}

/** What a config leaves open is settled, now that it is known what the method is shown. */
export function completed(method: Method, config: unknown, input: InputShape): unknown {
  return method.complete ? method.complete(config, input) : config;
}

/**
 * A method by its name, or several as one by theirs: 'rddpm-concentrated+patch-gaussian' is the `fusedMethod` of the two.
 *
 * @param where Begins the message: `'--methods'`.
 * @throws {ConfigError} if there is none, with those that there are; for one that is named twice, and methods that take other kinds of items.
 */
export function methodNamed({ methods }: Pick<Registry, 'methods'>, name: string, where: string): Method {
  const parts = name.split(FUSION_SIGN).map((part) => {
    const method = methods.find((method) => method.name === part);
    if (method) return method;
    const what =
      part === '' ? `'${name}' lacks a name beside its '${FUSION_SIGN}'` : `'${part}'${part === name ? '' : ` of '${name}'`} is unknown`;
    const known = methods.map(({ name }) => name).join(', ');
    throw new ConfigError(`${where}: ${what}; the methods are ${known}, and those of --plugin`);
  });
  return parts.length === 1 ? parts[0]! : (fusedMethod(parts) as Method);
}
