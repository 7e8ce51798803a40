/** What a JPEG says of itself, which a browser keeps for itself. @see ITU-T T.81, annex B */
import { FormatError } from '@rddpm/core';
import type { PictureInfo } from '@rddpm/core/contracts';
import { exchangesSides, exifOrientation } from '../orientation.ts';

const APP1 = 0xe1;
const EXIF = 'Exif\0\0';

export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

export function inspectJpeg(bytes: Uint8Array): PictureInfo {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let orientation = 1;
  for (let at = 2; at + 4 <= bytes.length; ) {
    const marker = bytes[at + 1]!;
    if (bytes[at] !== 0xff) break;
    if (marker === 0xff) {
      at++; // fill bytes may precede a marker
      continue;
    }
    const segment = bytes.subarray(at + 4, at + 2 + view.getUint16(at + 2));
    if (marker === APP1 && String.fromCharCode(...segment.subarray(0, EXIF.length)) === EXIF) {
      orientation = exifOrientation(segment.subarray(EXIF.length));
    }
    if (isFrame(marker) && segment.length >= 6) {
      const [height, width] = [view.getUint16(at + 5), view.getUint16(at + 7)];
      return {
        width: exchangesSides(orientation) ? height : width,
        height: exchangesSides(orientation) ? width : height,
        format: 'jpeg',
        type: 'uint8',
        channels: segment[5]!,
        hasAlpha: false,
        orientation,
        pages: 1,
      };
    }
    at += 2 + view.getUint16(at + 2);
  }
  throw new FormatError("the picture's header can't be read: it ends before it says a size");
}

/** SOF0 to SOF15, less the three markers among them that are something else. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}
