/** What a function did that can't be written into a graph, or a graph that can't be run. */
export class TraceError extends Error {
  override name = 'TraceError';
}
