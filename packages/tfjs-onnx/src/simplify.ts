/** What can be saved once the whole graph is known. */
import type { Graph, Node } from './graph.ts';

/** The same graph, shorter. */
export function simplified(graph: Graph): Graph {
  graph.nodes = withBiasInConvolutions(graph);
  return withoutUnused(graph);
}

/** Conv, then Add of one number per channel: the convolution adds it for nothing. */
function withBiasInConvolutions(graph: Graph): Node[] {
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

  return graph.nodes.flatMap((node) => {
    if (node.operator !== 'Add') return [node];
    for (const [image, bias] of [node.inputs, node.inputs.toReversed()] as [string, string][]) {
      const convolution = makers.get(image);
      const channels = channelsOf(bias);
      if (convolution?.operator !== 'Conv' || convolution.inputs.length !== 2 || uses.get(image) !== 1 || channels === undefined) continue;
      const vector = `${node.outputs[0]}.bias`;
      return [
        { operator: 'Reshape', domain: '', inputs: [bias, graph.int64s([channels])], outputs: [vector], attributes: {} },
        { ...convolution, inputs: [...convolution.inputs, vector], outputs: node.outputs },
      ];
    }
    return [node];
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
