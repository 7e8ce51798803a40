"""Goldens of packages/baselines: variation models and Gaussians from scipy and scikit-learn, concentrated ones as well.

Run from the repository's root: python scripts/goldens/baselines_statistics.py [another path]
"""

import json
import sys

import numpy
import scipy
import sklearn
from scipy.spatial.distance import cdist
from scipy.stats import median_abs_deviation
from sklearn.covariance import EmpiricalCovariance
from sklearn.decomposition import PCA

FLOOR, RIDGE, KEEP, ROUNDS, COMPONENTS, EVERY = 0.02, 1e-3, 0.8, 3, 4, 7

rng = numpy.random.default_rng(0)
shape = (4, 5, 3)
scene = rng.random(shape)
training = numpy.clip(scene + 0.1 * rng.normal(size=(12, *shape)), 0, 1).astype(numpy.float32)
training[3, 1:3, 1:3] = 1  # a defect
test = numpy.clip(scene + 0.2 * rng.normal(size=(2, *shape)), 0, 1).astype(numpy.float32)


def by_median(values, asked):
    deviation = median_abs_deviation(values, axis=0, scale="normal")
    return (abs(asked - numpy.median(values, 0)) / (deviation + FLOOR)).mean(-1)


def by_mean(values, asked):
    return (abs(asked - values.mean(0)) / (values.std(0) + FLOOR)).mean(-1)


def gaussian(values, asked):
    fitted = EmpiricalCovariance().fit(values)
    inverse = numpy.linalg.inv(fitted.covariance_ + RIDGE * numpy.eye(values.shape[1]))
    return cdist(asked, [fitted.location_], "mahalanobis", VI=inverse)[:, 0]


def nearest(distances):
    """Which of them a concentration step keeps."""
    return numpy.flatnonzero(distances <= numpy.sort(distances)[int(KEEP * len(distances) + 1e-9) - 1])


def concentrated(distances_to):
    def fitted(values, asked):
        kept = values
        for _ in range(ROUNDS):
            kept = values[nearest(distances_to(kept, values))]
        return distances_to(kept, asked)

    return fitted


def at_each_pixel(distances_to, values, asked):
    maps = [[distances_to(values[:, y, x], asked[:, y, x]) for x in range(shape[1])] for y in range(shape[0])]
    return numpy.moveaxis(numpy.array(maps), 2, 0)


def patches(images, side=3):
    half = side // 2
    padded = numpy.pad(images, ((0, 0), (half, half), (half, half), (0, 0)), mode="reflect")
    h, w = images.shape[1:3]
    parts = [padded[:, dy : dy + h, dx : dx + w] for dy in range(side) for dx in range(side)]
    return numpy.concatenate(parts, -1)


def globally(rows, values, asked):
    dims = values.shape[-1]
    return gaussian(values[rows].reshape(-1, dims), asked.reshape(-1, dims)).reshape(asked.shape[:-1])


def globally_concentrated(values, asked):
    rows = numpy.arange(len(values))
    for _ in range(ROUNDS):
        rows = nearest((globally(rows, values, values) ** 2).mean((1, 2)))
    return globally(rows, values, asked)


seen, asked = training.astype(numpy.float64), test.astype(numpy.float64)
pooled = numpy.concatenate([p.reshape(-1, p.shape[-1])[row % EVERY :: EVERY] for row, p in enumerate(patches(seen))])
pca = PCA(COMPONENTS, svd_solver="full").fit(pooled)
features = [pca.transform(patches(images).reshape(-1, pooled.shape[1])).reshape(*images.shape[:3], -1) for images in (seen, asked)]

maps = {
    "variation": at_each_pixel(by_median, seen, asked),
    "variation mean": at_each_pixel(by_mean, seen, asked),
    "variation-concentrated": at_each_pixel(concentrated(by_median), seen, asked),
    "colour-gaussian": at_each_pixel(gaussian, seen, asked),
    "colour-gaussian-concentrated": at_each_pixel(concentrated(gaussian), seen, asked),
    "patch-gaussian per-pixel": at_each_pixel(gaussian, *features),
    "patch-gaussian-concentrated per-pixel": at_each_pixel(concentrated(gaussian), *features),
    "patch-gaussian global": globally(numpy.arange(len(seen)), *features),
    "patch-gaussian-concentrated global": globally_concentrated(*features),
}

library = f"scikit-learn {sklearn.__version__}, scipy {scipy.__version__}, numpy {numpy.__version__}"
golden = {"library": library, "training": training.tolist(), "test": test.tolist(), "maps": {name: m.tolist() for name, m in maps.items()}}
path = sys.argv[1] if len(sys.argv) > 1 else "packages/baselines/test/goldens/statistics.json"
with open(path, "w") as file:
    file.write(json.dumps(golden) + "\n")
