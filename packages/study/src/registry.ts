/** What there is to choose from. The package knows no method and no layout by name: whoever runs it brings them. */
import { ConfigError } from '@rddpm/core';
import type { DatasetLayout, InputShape, Method, Recipe, StudyPlan } from '@rddpm/core/contracts';

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

/** @param where Begins the message: `'--methods'`. @throws {ConfigError} if there is none, with those that there are. */
export function methodNamed({ methods }: Pick<Registry, 'methods'>, name: string, where: string): Method {
  const method = methods.find((method) => method.name === name);
  if (method) return method;
  const known = methods.map(({ name }) => name).join(', ');
  throw new ConfigError(`${where}: '${name}' is unknown; the methods are ${known}, and those of --plugin`);
}
