"""Python's side of `npm run bench:metrics`: the data, what scikit-learn makes of them, and AU-PRO by the algorithm of MVTec's evaluation code.

  metrics.py make-ranking FOLDER IMAGES HEIGHT WIDTH [STEP]   independent pixels, 3 % positive; scores rounded to STEP, for ties
  metrics.py make-regions FOLDER NORMAL DEFECTIVE SIZE        maps and masks of images with blobs, 3 % of all pixels
  metrics.py save-maps FOLDER MAPS                            the same maps as MAPS/<defect>/<number>.npy
  metrics.py ranking FOLDER                                   scikit-learn: AUROC, average precision, best F1
  metrics.py regions FOLDER                                   AU-PRO up to 0.3 and 0.05

FOLDER holds scores.f32 and labels.u8, image after image, and data.json. A measurement is printed as one line of JSON.
"""

import json
import os
import resource
import sys
import time

import numpy as np
import scipy
import sklearn
from scipy import ndimage
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score

POSITIVE = 0.03
BLOB = 40  # pixels; the standard deviation of what blobs are cut from
GRAIN = 3  # pixels, of the maps' noise


def make_ranking(folder, images, height, width, step=0.0):
    rng = np.random.default_rng(0)

    def image(_):
        mask = rng.random((height, width)) < POSITIVE
        scores = rng.standard_normal((height, width), np.float32) + mask.astype(np.float32)
        return (np.round(scores / step) * step if step else scores), mask

    write(folder, images, 0, (height, width), image)


def make_regions(folder, normal, defective, size):
    """Normal images first. Noise of neighbouring pixels hangs together, as it does in maps that were scaled up."""
    rng = np.random.default_rng(0)
    part = POSITIVE * (normal + defective) / defective

    def smooth(sigma):
        waves = scipy.fft.rfft2(rng.standard_normal((size, size), np.float32))
        noise = scipy.fft.irfft2(ndimage.fourier_gaussian(waves, sigma, size), (size, size))
        return noise / noise.std()

    def image(i):
        blobs = smooth(BLOB)
        mask = blobs > np.quantile(blobs, 1 - part) if i >= normal else np.zeros((size, size), bool)
        return smooth(GRAIN) + 1.5 * mask, mask

    write(folder, normal + defective, normal, (size, size), image)


def write(folder, images, normal, shape, image):
    with open(f"{folder}/scores.f32", "wb") as scores, open(f"{folder}/labels.u8", "wb") as labels:
        for i in range(images):
            values, mask = image(i)
            values.astype(np.float32).tofile(scores)
            mask.astype(np.uint8).tofile(labels)
    with open(f"{folder}/data.json", "w") as file:
        json.dump({"images": images, "normal": normal, "height": shape[0], "width": shape[1]}, file)


def read(folder):
    with open(f"{folder}/data.json") as file:
        data = json.load(file)
    shape = (data["images"], data["height"], data["width"])
    scores = np.fromfile(f"{folder}/scores.f32", np.float32).reshape(shape)
    return scores, np.fromfile(f"{folder}/labels.u8", np.uint8).reshape(shape), data["normal"]


def save_maps(folder, maps):
    scores, _, normal = read(folder)
    for i, values in enumerate(scores):
        defect, number = ("good", i) if i < normal else ("blobs", i - normal)
        os.makedirs(f"{maps}/{defect}", exist_ok=True)
        np.save(f"{maps}/{defect}/{number:03}.npy", values)


def ranking(scores, labels):
    scores, labels = scores.ravel(), labels.ravel()
    auroc = roc_auc_score(labels, scores)
    average_precision = average_precision_score(labels, scores)
    precision, recall, thresholds = precision_recall_curve(labels, scores)
    with np.errstate(invalid="ignore"):
        f1 = 2 * precision * recall / (precision + recall)
    best = np.nanargmax(f1[:-1])
    return {
        "auroc": float(auroc),
        "averagePrecision": float(average_precision),
        "f1Max": float(f1[best]),
        "f1MaxThreshold": float(thresholds[best]),
    }


def regions(scores, labels):
    """What each pixel adds to the false positives and to the overlaps, in the order of falling scores, summed up."""
    false_positive = np.zeros(scores.shape, np.uint32)
    overlap = np.zeros(scores.shape, np.float64)
    count = 0
    for i, mask in enumerate(labels):
        labelled, found = ndimage.label(mask, np.ones((3, 3), int))
        count += found
        false_positive[i] = labelled == 0
        for region in range(1, found + 1):
            inside = labelled == region
            overlap[i][inside] = 1 / np.count_nonzero(inside)
    order = np.argsort(scores.ravel())[::-1]
    ranked = scores.ravel()[order]
    false_positives = np.cumsum(false_positive.ravel()[order], dtype=np.uint32)
    fpr = (false_positives / false_positives[-1]).astype(np.float32)
    pro = np.cumsum(overlap.ravel()[order]) / count
    last_of_tie = np.append(ranked[1:] != ranked[:-1], True)
    fpr = np.concatenate([[0], fpr[last_of_tie], [1]])
    pro = np.concatenate([[0], np.minimum(pro[last_of_tie], 1), [1]])
    return {"auPro30": area(fpr, pro, 0.3), "auPro05": area(fpr, pro, 0.05)}


def area(x, y, limit):
    inside = np.searchsorted(x, limit, side="right")
    return float(np.trapezoid(np.append(y[:inside], np.interp(limit, x, y)), np.append(x[:inside], limit)) / limit)


def measure(metrics, folder):
    scores, labels, _ = read(folder)
    before = peak()
    started = time.perf_counter()
    values = metrics(scores, labels)
    seconds = time.perf_counter() - started
    version = {"scikit-learn": sklearn.__version__, "numpy": np.__version__, "scipy": scipy.__version__}
    print(json.dumps({"seconds": seconds, "inputMegabytes": before, "peakMegabytesMore": peak() - before, "values": values, "version": version}))


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


command, folder, *rest = sys.argv[1:]
if command == "make-ranking":
    make_ranking(folder, *map(int, rest[:3]), *map(float, rest[3:]))
elif command == "make-regions":
    make_regions(folder, *map(int, rest))
elif command == "save-maps":
    save_maps(folder, *rest)
else:
    measure({"ranking": ranking, "regions": regions}[command], folder)
