/** What can be saved once the whole graph is known. */
import { NCHWC } from './blocked-layout.ts';
import type { Graph, Node } from './graph.ts';

/** The same graph, shorter. */
export function simplified(graph: Graph): Graph {
  graph.nodes = withAddendsInConvolutions(graph);
  graph.nodes = withoutCopiesOfResults(graph);
  return withoutUnused(graph);
}

/** An output is what its value's node gives, under its own name: a copy is needed only of inputs, constants and outputs. */
function withoutCopiesOfResults(graph: Graph): Node[] {
  const made = new Set(graph.nodes.flatMap((node) => node.outputs));
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const renamed = new Map<string, string>();
  const isCopy = ({ operator, inputs, outputs: [name] }: Node) => {
    const [value] = inputs as [string];
    if (operator !== 'Identity' || !outputs.has(name!) || !made.has(value) || outputs.has(value) || renamed.has(value)) return false;
    renamed.set(value, name!);
    return true;
  };
  const rename = (name: string) => renamed.get(name) ?? name;
  return graph.nodes
    .filter((node) => !isCopy(node))
    .map((node) => ({ ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) }));
}

/** A convolution adds what is added to its result for nothing: one number per channel, and in the blocked layout an image. */
function withAddendsInConvolutions(graph: Graph): Node[] {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const constants = new Map(graph.initializers.map(({ name, values }) => [name, values]));
  const uses = new Map<string, number>();
  for (const name of graph.nodes.flatMap((node) => node.inputs)) uses.set(name, (uses.get(name) ?? 0) + 1);

  /** How many channels `name` has a number for, if it was brought to [1, channels, 1, 1] by a Reshape. */
  const channelsOf = (name: string): number | undefined => {
    const maker = makers.get(name);
    const shape = maker?.operator === 'Reshape' ? Array.from(constants.get(maker.inputs[1]!) ?? [], Number) : [];
    return shape.length === 4 && shape.every((length, axis) => axis === 1 || length === 1) ? shape[1] : undefined;
  };

  const absorbed = (node: Node, image: string, addend: string): Node[] | undefined => {
    const convolution = makers.get(image);
    if (convolution?.operator !== 'Conv' || uses.get(image) !== 1) return undefined;
    const { inputs } = convolution;
    if (node.operator === 'Sum') {
      if (convolution.domain !== NCHWC || inputs.length > 3) return undefined;
      return [{ ...convolution, inputs: [...inputs, ...(inputs.length === 2 ? [''] : []), addend], outputs: node.outputs }];
    }
    const channels = channelsOf(addend);
    if (inputs.length !== 2 || channels === undefined) return undefined;
    const vector = `${node.outputs[0]}.bias`;
    return [
      { operator: 'Reshape', domain: '', inputs: [addend, graph.int64s([channels])], outputs: [vector], attributes: {} },
      { ...convolution, inputs: [...inputs, vector], outputs: node.outputs },
    ];
  };

  return graph.nodes.flatMap((node) => {
    if (node.operator !== 'Add' && node.operator !== 'Sum') return [node];
    const [first, second] = node.inputs as [string, string];
    const rewritten = absorbed(node, first, second) ?? absorbed(node, second, first) ?? [node];
    for (const one of rewritten) for (const output of one.outputs) makers.set(output, one);
    return rewritten;
  });
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
