/**
 * An ONNX graph while it is being written. Equal nodes are written once (common subexpressions): a node is a pure function of its
 * inputs and attributes. Names are given in order, so the same function gives the same graph.
 */
export type DataType = 'float32' | 'int32' | 'bool' | 'int64';
export type Values = Float32Array | Int32Array | Uint8Array | BigInt64Array;
export type Attribute = number | string | readonly number[] | { readonly float: number };
export type Attributes = Readonly<Record<string, Attribute>>;

export type Node = {
  readonly operator: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
};
export type Initializer = { readonly name: string; readonly type: DataType; readonly shape: readonly number[]; readonly values: Values };
export type Port = { readonly name: string; readonly type: DataType; readonly shape: readonly number[] };

/** Constants up to this many elements are compared with one another. */
const COMPARED_BY_VALUE = 64;

export class Graph {
  nodes: Node[] = [];
  initializers: Initializer[] = [];
  readonly inputs: Port[] = [];
  readonly outputs: Port[] = [];
  /** Channels in a block of ONNX Runtime's blocked layout; 0 keeps to operators that every ONNX tool knows. */
  readonly block: number;
  readonly #written = new Map<string, readonly string[]>();
  readonly #makers = new Map<string, Node>();
  readonly #constants = new Map<string, string>();
  #names = 0;

  constructor(block = 0) {
    this.block = block;
  }

  input(port: Port): string {
    this.inputs.push(port);
    return port.name;
  }

  /** One output under a name of its own, whatever else the value is. */
  output(port: Port, value: string): void {
    this.nodes.push({ operator: 'Identity', domain: '', inputs: [value], outputs: [port.name], attributes: {} });
    this.outputs.push(port);
  }

  /** Appends a node, or finds the equal one, and gives its only output. */
  node(operator: string, inputs: readonly string[], attributes: Attributes = {}, domain = ''): string {
    return this.nodeWithOutputs(1, operator, inputs, attributes, domain)[0]!;
  }

  nodeWithOutputs(count: number, operator: string, inputs: readonly string[], attributes: Attributes = {}, domain = ''): readonly string[] {
    const key = JSON.stringify([domain, operator, inputs, attributes, count]);
    const known = this.#written.get(key);
    if (known) return known;
    const outputs = Array.from({ length: count }, () => this.#name());
    const node = { operator, domain, inputs, outputs, attributes };
    this.nodes.push(node);
    for (const output of outputs) this.#makers.set(output, node);
    this.#written.set(key, outputs);
    return outputs;
  }

  /** The node that gives `name`; undefined for inputs and constants. */
  makerOf(name: string): Node | undefined {
    return this.#makers.get(name);
  }

  /** Short constants that are equal are written once. */
  constant(type: DataType, shape: readonly number[], values: Values): string {
    const key = values.length <= COMPARED_BY_VALUE ? `${type} [${shape}] ${values.join()}` : undefined;
    const known = key === undefined ? undefined : this.#constants.get(key);
    if (known) return known;
    const name = this.#name();
    this.initializers.push({ name, type, shape, values });
    if (key !== undefined) this.#constants.set(key, name);
    return name;
  }

  /** A list of whole numbers, as ONNX wants shapes and axes. */
  int64s(values: readonly number[]): string {
    return this.constant('int64', [values.length], BigInt64Array.from(values, BigInt));
  }

  float(value: number): string {
    return this.constant('float32', [], Float32Array.of(value));
  }

  #name(): string {
    return `v${this.#names++}`;
  }
}
