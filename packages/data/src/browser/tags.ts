/** What PNGs and JPEGs say of themselves, which a browser keeps for itself. */
import { FormatError } from '@rddpm/core';
import type { PictureInfo, Size } from '@rddpm/core/contracts';
import type { ExpandedTags } from 'exifreader';
import { exchangesSides } from '../orientation.ts';

export async function tagsOf(bytes: Uint8Array): Promise<ExpandedTags> {
  const { default: reader } = await import('exifreader');
  try {
    return reader.loadView(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
      expanded: true,
      includeTags: { file: true, png: true, exif: ['Orientation'] },
    });
  } catch (cause) {
    throw headerUnread(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** The size as it is to be seen, of one as it is stored. */
export function seen({ width, height }: Size, { exif }: ExpandedTags): Pick<PictureInfo, 'width' | 'height' | 'orientation'> {
  const value = exif?.Orientation?.value;
  const orientation = typeof value === 'number' && value >= 1 && value <= 8 ? value : 1;
  return { ...(exchangesSides(orientation) ? { width: height, height: width } : { width, height }), orientation };
}

export const headerUnread = (reason: string, cause?: unknown): FormatError =>
  new FormatError(`the picture's header can't be read (${reason})`, { cause });
