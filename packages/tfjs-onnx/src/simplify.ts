/** What can be saved once the whole graph is known. */
import type { Graph, Node } from './graph.ts';

/** The same graph, shorter. */
export function simplified(graph: Graph): Graph {
  new Rewriting(graph).run();
  return withoutUnused(graph);
}

/**
 * Rewrites nodes in order, looking back at what made their inputs:
 * - an image that is brought into the blocked layout right after it left it stays there;
 * - a convolution adds what is added to its result, for nothing: one number per channel, and an image in the blocked layout.
 */
class Rewriting {
  readonly #graph: Graph;
  readonly #makers = new Map<string, Node>();
  readonly #uses = new Map<string, number>();
  /** Names of values that turned out to be other values. */
  readonly #same = new Map<string, string>();
  readonly #constants: Map<string, ArrayLike<number | bigint>>;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#constants = new Map(graph.initializers.map(({ name, values }) => [name, values]));
    const used = [...graph.nodes.flatMap(({ inputs }) => inputs), ...graph.outputs.map(({ name }) => name)];
    for (const name of used) this.#uses.set(name, (this.#uses.get(name) ?? 0) + 1);
  }

  run(): void {
    this.#graph.nodes = this.#graph.nodes.flatMap((given) => {
      const node = { ...given, inputs: given.inputs.map((name) => this.#same.get(name) ?? name) };
      const rewritten = this.#rewrite(node);
      for (const one of rewritten) for (const output of one.outputs) this.#makers.set(output, one);
      return rewritten;
    });
  }

  #rewrite(node: Node): readonly Node[] {
    const [first, second] = node.inputs as [string, string];
    if (node.operator === 'ReorderInput') {
      const maker = this.#makers.get(first);
      if (maker?.operator !== 'ReorderOutput') return [node];
      this.#same.set(node.outputs[0]!, maker.inputs[0]!);
      return [];
    }
    if (node.operator === 'Add') {
      return this.#added(node, first, second) ?? this.#added(node, second, first) ?? [node];
    }
    return [node];
  }

  /** `image + addend` as part of the convolution that made `image`, if nothing else uses that. */
  #added(node: Node, image: string, addend: string): readonly Node[] | undefined {
    const maker = this.#makers.get(image);
    const isReordered = maker?.operator === 'ReorderOutput';
    const convolution = isReordered ? this.#makers.get(maker.inputs[0]!) : maker;
    if (convolution?.operator !== 'Conv' || this.#uses.get(image) !== 1) return undefined;
    if (isReordered && this.#uses.get(convolution.outputs[0]!) !== 1) return undefined;
    const result = node.outputs[0]!;
    const channels = this.#channelsOf(addend);
    if (channels !== undefined && convolution.inputs.length === 2) {
      const bias = `${result}.bias`;
      const reshape: Node = {
        operator: 'Reshape',
        domain: '',
        inputs: [addend, this.#graph.int64s([channels])],
        outputs: [bias],
        attributes: {},
      };
      return [reshape, ...this.#ending(convolution, [...convolution.inputs, bias], isReordered ? maker : undefined, result)];
    }
    const other = this.#makers.get(addend);
    if (!isReordered || other?.operator !== 'ReorderOutput' || convolution.inputs.length > 3) return undefined;
    const inputs = [...convolution.inputs, ...(convolution.inputs.length === 2 ? [''] : []), other.inputs[0]!];
    return this.#ending(convolution, inputs, maker, result);
  }

  /** The convolution with other inputs, its result named `result` behind the reordering. */
  #ending(convolution: Node, inputs: readonly string[], reordering: Node | undefined, result: string): readonly Node[] {
    if (!reordering) return [{ ...convolution, inputs, outputs: [result] }];
    const blocked = `${result}.blocked`;
    this.#uses.set(blocked, 1);
    return [
      { ...convolution, inputs, outputs: [blocked] },
      { ...reordering, inputs: [blocked], outputs: [result] },
    ];
  }

  /** How many channels `name` has a number for, if it was brought to [1, channels, 1, 1] by a Reshape. */
  #channelsOf(name: string): number | undefined {
    const maker = this.#makers.get(name);
    const shape = maker?.operator === 'Reshape' ? Array.from(this.#constants.get(maker.inputs[1]!) ?? [], Number) : [];
    return shape.length === 4 && shape.every((length, axis) => axis === 1 || length === 1) ? shape[1] : undefined;
  }
}

/** Nodes that no output needs are left out, and so are their constants. */
function withoutUnused(graph: Graph): Graph {
  const needed = new Set(graph.outputs.map(({ name }) => name));
  graph.nodes = graph.nodes.toReversed().filter((node) => {
    const isNeeded = node.outputs.some((name) => needed.has(name));
    if (isNeeded) for (const name of node.inputs) needed.add(name);
    return isNeeded;
  });
  graph.nodes.reverse();
  graph.initializers = graph.initializers.filter(({ name }) => needed.has(name));
  return graph;
}
