/** For people: 'NVIDIA GeForce RTX 4070'. */
export function describeAdapter({ info }: GPUAdapter): string {
  const name = info.description || info.device || [info.vendor, info.architecture].filter(Boolean).join(' ');
  return name || 'an adapter without a name';
}

const ON_THE_CPU = /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render/i;

/** Whether the adapter computes on the CPU. Browsers may hide names, but say so. */
export function isSoftware({ info }: GPUAdapter): boolean {
  return info.isFallbackAdapter || ON_THE_CPU.test([info.vendor, info.architecture, info.device, info.description].join(' '));
}
