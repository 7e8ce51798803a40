/** A study's cells before any of them is run: which there are, where each leaves its results, and in which order they may run. */
import { join } from 'node:path';
import { ConfigError } from '@rddpm/core';
import type { Method, StudyRow } from '@rddpm/core/contracts';
import { completed, methodNamed, type Registry } from '../registry.ts';
import { inputFor } from '../run/preparation.ts';
import type { DataConfig, RunConfig } from '../run/run-config.ts';

/** What is compared with what: every row at every contamination with every seed is a cell. */
export type CellsPlan = {
  /** Where the cells' folders go, absolute. */
  readonly out: string;
  readonly rows: readonly StudyRow[];
  readonly contaminations: readonly DataConfig['contamination'][];
  readonly seeds: readonly number[];
  /** What all cells have in common. `dataset` is the data set's folder, absolute. */
  readonly shared: Pick<RunConfig, 'dataset' | 'layout' | 'calibration' | 'falseAlarms' | 'smoothing' | 'backend'> & {
    readonly data: Omit<RunConfig['data'], 'contamination'>;
  };
  /** The number of its first cell: of several plans that are numbered together. @defaultValue 0 */
  readonly firstIndex?: number;
};

export type PlannedCell = {
  /** Its number: what `--cell` asks for. */
  readonly index: number;
  /** Its folder. */
  readonly run: string;
  /** Of the row. */
  readonly name: string;
  readonly method: Method;
  readonly config: RunConfig;
  /** For people; of several contaminations or seeds it says which. */
  readonly title: string;
};

/** The cells of one contamination and seed: they share training images, test images and masks. */
export type PlannedRound = {
  readonly contamination: DataConfig['contamination'];
  readonly seed: number;
  readonly cells: readonly PlannedCell[];
};

/** @throws {ConfigError} for unknown methods, rows of one name, options that no method could run with, and rows that wait for each other's trust. */
export function planRounds(plan: CellsPlan, registry: Registry): PlannedRound[] {
  const { rows, contaminations, seeds, firstIndex = 0 } = plan;
  const varied = contaminations.flatMap((contamination) => seeds.map((seed) => ({ contamination, seed })));
  return varied.map((at, i) => {
    const cells = planRow(plan, at, registry).map((cell, row) => ({ ...cell, index: firstIndex + i * rows.length + row }));
    dependentLast(cells);
    return { ...at, cells };
  });
}

type Varied = { readonly contamination: DataConfig['contamination']; readonly seed: number };

function planRow(plan: CellsPlan, { contamination, seed }: Varied, registry: Registry): Omit<PlannedCell, 'index'>[] {
  const { out, rows, contaminations, seeds, shared } = plan;
  const only = contaminations.length * seeds.length === 1;
  const names = rows.map(({ name, method }) => name ?? method);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new ConfigError(`there are two rows called '${twice}'; each needs a name of its own`);
  return rows.map((row, i) => {
    const method = methodNamed(registry, row.method, '--methods');
    if (!method.accepts.includes('image')) {
      throw new ConfigError(`${method.name} doesn't take images, which the data set has; it takes ${method.accepts.join(', ')}`);
    }
    const { trust } = row;
    if (trust !== undefined && !names.includes(trust)) {
      throw new ConfigError(`${names[i]} learns from what ${trust} trusts, which is not among the rows; list it, too`);
    }
    const trusted = trust === undefined ? {} : { trust: join(out, cellFolder({ name: trust, contamination, seed })) };
    const data = { ...shared.data, contamination, ...trusted };
    const asked = method.config.parse(row.config);
    const input = inputFor(method, asked, data);
    const config: RunConfig = { version: 2, ...shared, seed, data, method: method.name, config: completed(method, asked, input) };
    const name = names[i]!;
    return {
      name,
      method,
      config,
      run: join(out, cellFolder({ name, contamination, seed })),
      title: only ? name : `${name} (${contamination}, seed ${seed})`,
    };
  });
}

/** Cells that learn from what others trust come after those. @throws {ConfigError} for those that wait for each other. */
export function dependentLast(cells: readonly PlannedCell[]): PlannedCell[] {
  const ordered: PlannedCell[] = [];
  while (ordered.length < cells.length) {
    const isReady = ({ config: { data } }: PlannedCell) => data.trust === undefined || ordered.some(({ run }) => run === data.trust);
    const next = cells.find((cell) => !ordered.includes(cell) && isReady(cell));
    if (!next) throw new ConfigError("rows that learn from what each other trusts can't begin; let one of them learn from all");
    ordered.push(next);
  }
  return ordered;
}

function cellFolder({ name, contamination, seed }: Varied & { name: string }): string {
  return `${name}_contamination-${contamination}_seed-${seed}`;
}

/** Whether a folder of this name is a cell's. */
export const isCellFolder = (name: string): boolean => /_contamination-(?:[\d.e-]+|natural)_seed-\d+$/.test(name);
