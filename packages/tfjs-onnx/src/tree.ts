import { Tensor } from '@tensorflow/tfjs-core';

/** A tensor, or records and arrays of tensors. */
export type TensorTree = Tensor | readonly TensorTree[] | { readonly [name: string]: TensorTree };
export type Leaf = { readonly path: string; readonly value: Tensor };

/** The tensors of a tree with their dotted paths, in the order in which the tree lists them. `root` names a tree that is one tensor. */
export function leaves(tree: TensorTree, root: string): Leaf[] {
  const found: Leaf[] = [];
  const visit = (node: unknown, path: string): void => {
    if (node instanceof Tensor) found.push({ path: path || root, value: node });
    else if (node === null || typeof node !== 'object') {
      throw new TypeError(
        `tfjs-onnx: ${path || root} is ${node === null ? 'null' : `a ${typeof node}`}; it must be a tensor, or a record or array of tensors`,
      );
    } else for (const [name, child] of Object.entries(node)) visit(child, path ? `${path}.${name}` : name);
  };
  visit(tree, '');
  return found;
}

/** A tree of the same form with other leaves, taken in order. */
export function withLeaves<T extends TensorTree>(tree: T, tensors: readonly Tensor[]): T {
  let next = 0;
  const build = (node: TensorTree): TensorTree => {
    if (node instanceof Tensor) return tensors[next++]!;
    if (Array.isArray(node)) return node.map(build);
    return Object.fromEntries(Object.entries(node).map(([name, child]) => [name, build(child)]));
  };
  return build(tree) as T;
}
