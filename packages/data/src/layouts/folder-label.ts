const NORMAL = new Set(['normal', 'normals', 'good', 'ok', 'okay', 'defect-free', 'no-defect', 'nominal', 'healthy']);
const ANOMALOUS = new Set([
  'anomalous',
  'anomaly',
  'anomalies',
  'abnormal',
  'abnormals',
  'bad',
  'ng',
  'ko',
  'nok',
  'not-ok',
  'defect',
  'defects',
  'defective',
  'faulty',
]);

/** What a folder's name, or a label in a list, says of images: 'OK' and 'defect_free' are normal, 'NG' and 'defects' anomalous; undefined of any other word. */
export function folderLabel(name: string): 'normal' | 'anomalous' | undefined {
  const word = name.trim().toLowerCase().replaceAll(/[_ ]/g, '-');
  return NORMAL.has(word) ? 'normal' : ANOMALOUS.has(word) ? 'anomalous' : undefined;
}
