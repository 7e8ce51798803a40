/** Kernels of TensorFlow.js' cpu backend without a translation: why, and what to do instead. */

const reasons: Readonly<Record<string, readonly string[]>> = {
  'ONNX holds no complex numbers; compute with real and imaginary parts': ['Complex', 'ComplexAbs', 'FFT', 'IFFT', 'Imag', 'Real'],
  'a traced graph holds no text; encode it before': ['StaticRegexReplace', 'StringNGrams', 'StringSplit', 'StringToHashBucketFast'],
  "its result's shape depends on values, and a graph's shapes are fixed; call it outside": [
    'BroadcastArgs',
    'NonMaxSuppressionV3',
    'NonMaxSuppressionV4',
    'NonMaxSuppressionV5',
    'RaggedGather',
    'RaggedRange',
    'RaggedTensorToTensor',
    'SparseFillEmptyRows',
    'SparseReshape',
    'SparseSegmentMean',
    'SparseSegmentSum',
    'Unique',
  ],
  'it draws at random; draw outside and pass the result as an argument': ['Multinomial'],
  'it has no gradient and no operator in ONNX; do it to the images before': ['CropAndResize', 'Draw', 'RotateWithOffset', 'Transform'],
  'ONNX has no operator for it; take the maximum of shifted sums': ['Dilation2D', 'Dilation2DBackpropFilter', 'Dilation2DBackpropInput'],
  'ONNX counts places in another order; use maxPool()': ['MaxPoolWithArgmax'],
  'ONNX has no operator for it; sum the rows of oneHot()': ['Bincount', 'DenseBincount'],
  'ONNX has no operator for it; compare with less() and sum': ['SearchSorted'],
};

export const uncovered: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(reasons).flatMap(([reason, kernels]) => kernels.map((kernel) => [kernel, reason])),
);
