/** Scores of an image's pixels, row-major. */
export type AnomalyMap = { readonly data: Float32Array | Float64Array; readonly width: number; readonly height: number };
