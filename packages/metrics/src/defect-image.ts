import { checkPairs, type Pairs } from './labelled-scores.ts';
import { toPixels } from './pixels.ts';
import { checkImage, type DefectPixels, type Pixels, type ScoredImage } from './scored-image.ts';
import type { Values } from './values.ts';

/** One image's anomaly map and its annotated defects, as MVTec LOCO has them. Images of one set may differ in size. */
export type DefectImage = {
  /** A score for each pixel, row-major, higher for more anomalous; as an ndarray [height, width]. */
  readonly map: Values;
  readonly width: number;
  readonly height: number;
  /** None for a normal image. They may overlap; a pixel is normal if it is in none. */
  readonly defects: readonly Defect[];
};

/** One annotated defect: connected or not, it counts once. In MVTec LOCO that is one file of `ground_truth`. */
export type Defect = {
  /** 1 where the defect is, else 0; not all 0. Row-major, or [height, width]. */
  readonly mask: Values;
  /** So many flagged pixels are as good as all: above 0, at most the mask's area. See `saturationAreaOf`. */
  readonly saturationArea: number;
};

/** @throws what `checkImages` does, with names such as `'auSpro: images[2].defects[0].mask'`. */
export function checkDefectImages(caller: string, images: readonly DefectImage[]): Pixels[] {
  const right = '{ map, width, height, defects }';
  if (!Array.isArray(images)) throw new TypeError(`${caller}: images is ${typeof images}; pass an array of ${right}`);
  if (images.length === 0) throw new RangeError(`${caller}: images is empty; pass some`);
  return images.map((image: DefectImage, i) => {
    const what = `${caller}: images[${i}]`;
    if (typeof image !== 'object' || image === null) throw new TypeError(`${what} is ${image}; pass ${right}`);
    return checkDefectImage(what, image);
  });
}

/** An image of either kind. Throws what the checks of both do. */
export function checkAnyImage(what: string, image: ScoredImage | DefectImage): Pixels {
  const annotated = typeof image === 'object' && image !== null && 'defects' in image;
  return annotated ? checkDefectImage(what, image) : checkImage(what, image);
}

function checkDefectImage(what: string, { map, width, height, defects }: DefectImage): Pixels {
  const scores = toPixels(`${what}.map`, map, width, height);
  if (!Array.isArray(defects)) throw new TypeError(`${what}.defects is ${typeof defects}; pass an array of { mask, saturationArea }`);
  const labels = new Uint8Array(scores.length);
  const checked = defects.map((defect: Defect, j): DefectPixels => {
    const name = `${what}.defects[${j}]`;
    if (typeof defect !== 'object' || defect === null) throw new TypeError(`${name} is ${defect}; pass { mask, saturationArea }`);
    const { saturationArea } = defect;
    const mask = toPixels(`${name}.mask`, defect.mask, width, height);
    const area = checkOne(`${name}.mask`, mask).positives;
    if (area === 0) throw new RangeError(`${name}.mask is 0 everywhere; leave out defects without a pixel`);
    if (!(saturationArea > 0 && saturationArea <= area)) {
      throw new RangeError(`${name}.saturationArea is ${saturationArea}; it must be above 0 and at most the mask's area, ${area}`);
    }
    for (let i = 0; i < labels.length; i++) labels[i]! |= mask[i]!;
    return { mask, area, saturationArea };
  });
  return { ...checkOne('', labels), width, height, defects: checked };

  function checkOne(maskName: string, mask: ArrayLike<number>): Pairs {
    const names = { scores: `${what}.map`, labels: maskName };
    return checkPairs(mask, scores, (part, i) => `${names[part]} at x = ${i % width}, y = ${Math.floor(i / width)}`);
  }
}
