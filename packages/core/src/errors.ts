/**
 * The four errors of the RDDPM libraries, by what the caller can do about them. A message names the function and the argument,
 * says what came and what would be right; `cause` keeps what led to it.
 */

/** Tensors, images or arrays whose shapes don't fit together: pass others. */
export class ShapeError extends Error {
  override name = 'ShapeError';
}

/** An option or config that can't work: change it. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** Bytes or files that are not what they should be: mend or replace the file. */
export class FormatError extends Error {
  override name = 'FormatError';
}

/** A device or engine that is missing, or that failed: install or choose another. */
export class BackendError extends Error {
  override name = 'BackendError';
}
