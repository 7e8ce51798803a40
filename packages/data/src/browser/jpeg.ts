import type { PictureInfo } from '@rddpm/core/contracts';
import { seen, tagsOf } from './tags.ts';

export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/** By the header alone; undefined where it names no size before the file ends, or in a way that the reader doesn't know (it knows baseline and progressive). */
export async function inspectJpeg(bytes: Uint8Array): Promise<PictureInfo | undefined> {
  const tags = await tagsOf(bytes);
  const { 'Image Width': width, 'Image Height': height, 'Color Components': components } = tags.file ?? {};
  if (!width || !height || !components) return undefined;
  const size = seen({ width: width.value, height: height.value }, tags);
  return { ...size, format: 'jpeg', type: 'uint8', channels: components.value, hasAlpha: false, pages: 1 };
}
