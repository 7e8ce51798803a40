"""Goldens of packages/baselines: PaDiM, memories, PatchCore and SoftPatch on the features of fixed random filters, from numpy, scipy and scikit-learn.

Run from the repository's root: python scripts/goldens/baselines_memories.py [another path]
"""

import json
import sys

import numpy
import scipy
import sklearn
from scipy.ndimage import zoom
from scipy.spatial.distance import cdist
from sklearn.covariance import EmpiricalCovariance
from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors

RIDGE, KEEP, ROUNDS, DIMS, NEIGHBOURS, DROP = 3, 0.8, 3, 16, 3, 0.15

rng = numpy.random.default_rng(0)
scene = rng.random((16, 16, 1))
training = numpy.clip(scene + 0.1 * rng.normal(size=(10, 16, 16, 1)), 0, 1).round(4).astype(numpy.float32)
training[3, 4:9, 4:9] = 1  # a defect
test = numpy.clip(scene + 0.2 * rng.normal(size=(2, 16, 16, 1)), 0, 1).round(4).astype(numpy.float32)
filters = [(4, rng.normal(size=(3, 3, 3, 3)).round(4)), (8, rng.normal(size=(3, 3, 3, 4)).round(4))]


def features(images):
    """Of each tap [n, 16 / stride, 16 / stride, channels]: a filter at the centre of each cell."""
    colour = images.repeat(3, axis=-1).astype(float)
    taps = []
    for stride, weights in filters:
        side = 16 // stride
        tap = numpy.zeros((len(images), side, side, weights.shape[-1]))
        for y in range(side):
            for x in range(side):
                row, column = stride * y + stride // 2, stride * x + stride // 2
                tap[:, y, x] = numpy.einsum("nyxc,yxcd->nd", colour[:, row - 1 : row + 2, column - 1 : column + 2], weights)
        taps.append(tap)
    return taps


def on_finest(images):
    fine, coarse = features(images)
    return numpy.concatenate([fine, coarse.repeat(2, axis=1).repeat(2, axis=2)], axis=-1)


def on_coarsest(images):
    fine, coarse = features(images)
    n, h, w, c = coarse.shape
    return numpy.concatenate([fine.reshape(n, h, 2, w, 2, -1).mean((2, 4)), coarse], axis=-1)


def pooled(values, length):
    """torch.nn.functional.adaptive_avg_pool1d along the last axis."""
    before = values.shape[-1]
    bounds = [(i * before // length, -(-(i + 1) * before // length)) for i in range(length)]
    return numpy.stack([values[..., begin:end].mean(-1) for begin, end in bounds], axis=-1)


def enlarged(maps, factor):
    """Bilinear, of half-pixel centres, along the second and third axis."""
    factors = [1, factor, factor] + [1] * (maps.ndim - 3)
    return zoom(maps, factors, order=1, mode="nearest", grid_mode=True)


def neighbourhoods(images):
    both = []
    for tap in features(images):
        n, h, w, c = tap.shape
        around = numpy.pad(tap, ((0, 0), (1, 1), (1, 1), (0, 0)))
        patches = numpy.stack([around[:, y : y + h, x : x + w] for y in range(3) for x in range(3)], axis=-1)  # [n, h, w, c, 9]
        patches = patches.reshape(n, h, w, 9 * c)
        if both:
            patches = enlarged(patches, both[0].shape[1] // h)
        both.append(pooled(patches, DIMS))
    return pooled(numpy.concatenate(both, axis=-1), DIMS)


def padim(embed, concentrated=False):
    seen, asked = embed(training), embed(test)
    ridge = RIDGE * seen.var(0).mean()
    maps = numpy.zeros(asked.shape[:-1])
    for y in range(seen.shape[1]):
        for x in range(seen.shape[2]):

            def distances(values, to):
                fitted = EmpiricalCovariance().fit(values)
                inverse = numpy.linalg.inv(fitted.covariance_ + ridge * numpy.eye(values.shape[1]))
                return cdist(to, [fitted.location_], "mahalanobis", VI=inverse)[:, 0]

            values = kept = seen[:, y, x]
            for _ in range(ROUNDS if concentrated else 0):
                apart = distances(kept, values)
                kept = values[apart <= numpy.sort(apart)[int(KEEP * len(apart) + 1e-9) - 1]]
            maps[:, y, x] = distances(kept, asked[:, y, x])
    return enlarged(maps, 16 // maps.shape[1])


def nearest(seen, asked, metric="euclidean"):
    search = NearestNeighbors(n_neighbors=1, metric=metric, algorithm="brute").fit(seen.reshape(-1, seen.shape[-1]))
    distances, at = search.kneighbors(asked.reshape(-1, asked.shape[-1]))
    return distances.reshape(asked.shape[:-1]), at.reshape(asked.shape[:-1])


def memory(metric):
    return enlarged(nearest(on_finest(training), on_finest(test), metric)[0], 4)


def patchcore():
    return enlarged(nearest(neighbourhoods(training), neighbourhoods(test))[0] ** 2, 4)


def factors(values, neighbours):
    return -LocalOutlierFactor(n_neighbors=neighbours).fit(values).negative_outlier_factor_


def softpatch():
    seen, asked = neighbourhoods(training), neighbourhoods(test)
    weights = numpy.zeros(seen.shape[:-1])
    for y in range(seen.shape[1]):
        for x in range(seen.shape[2]):
            weights[:, y, x] = factors(seen[:, y, x], NEIGHBOURS)
    kept = weights <= numpy.sort(weights.ravel())[int((1 - DROP) * weights.size + 1e-9) - 1]
    distances, at = nearest(seen[kept][None], asked)
    return enlarged(distances**2 * weights[kept][at], 4)


crowd = rng.normal(size=(30, 4)).round(4)
crowd[7] = 4
crowd[11:14] = crowd[10]  # what repeats
golden = {
    "made by": f"scripts/goldens/baselines_memories.py: numpy {numpy.__version__}, scipy {scipy.__version__}, scikit-learn {sklearn.__version__}",
    "training": training.round(4).astype(float).round(4).ravel().tolist(),
    "test": test.astype(float).round(4).ravel().tolist(),
    "filters": [{"stride": stride, "channels": weights.shape[-1], "weights": weights.ravel().tolist()} for stride, weights in filters],
    "maps": {
        name: maps.round(6).ravel().tolist()
        for name, maps in {
            "padim": padim(on_finest),
            "padim coarsest": padim(on_coarsest),
            "padim-concentrated": padim(on_finest, concentrated=True),
            "random-memory": memory("euclidean"),
            "random-memory cosine": memory("cosine"),
            "patchcore": patchcore(),
            "softpatch": softpatch(),
        }.items()
    },
    "crowd": crowd.ravel().tolist(),
    "factors": {str(k): factors(crowd, k).round(6).tolist() for k in (1, 2, 5, 29)},
}
path = sys.argv[1] if len(sys.argv) > 1 else "packages/baselines/test/goldens/memories.json"
with open(path, "w") as file:
    json.dump(golden, file)
    file.write("\n")
