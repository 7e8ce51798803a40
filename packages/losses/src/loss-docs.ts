import type { RobustFunction } from './element-wise/robust-function.ts';

/** What a far residual does: how losses differ first of all. */
export type Pull = 'growing' | 'bounded' | 'redescending' | 'chosen';

export type Curve = {
  readonly fn: RobustFunction;
  readonly label?: string;
  /** Drawn as the pull that this curve has, where that isn't the panel's. */
  readonly pull?: Exclude<Pull, 'chosen'>;
  readonly color?: string;
  readonly dash?: string;
};

/** What the README's table and the figures of docs/losses.md say of a loss; in its folder's `docs.ts`. */
export type LossDocs = {
  /** Rows of the README's table, in Markdown. */
  readonly rows: readonly {
    /** As the main entry exports them. */
    readonly functions: readonly string[];
    /** Of a residual r. */
    readonly penalty: string;
    /** What a far residual pulls with. */
    readonly pull: string;
    /** Of the functions' options. */
    readonly defaults?: string;
  }[];
  /** Its panel in each figure, for losses that have an influence function. */
  readonly panel?: {
    /** @defaultValue the loss's name */
    readonly title?: string;
    readonly setting?: string;
    readonly pull: Pull;
    readonly curves: readonly Curve[];
    /** Where the key to several curves starts, as a share of the height: where no curve is. */
    readonly keyAt?: number;
  };
};
