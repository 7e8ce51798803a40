"""Goldens of packages/maps: scipy's Gaussian filter and numpy's quantiles.

Run from the repository's root: python scripts/goldens/detector.py [another path]
"""

import json
import sys

import numpy
import scipy
from scipy.ndimage import gaussian_filter

rng = numpy.random.default_rng(0)
maps = rng.random((2, 7, 5)).astype(numpy.float32)
# 0.1 has a radius of 0; 3 mirrors the 5 columns more than once
smoothed = [
    {"sigma": sigma, "maps": [gaussian_filter(m.astype(numpy.float64), sigma, mode="reflect", truncate=4).tolist() for m in maps]}
    for sigma in (0, 0.1, 0.7, 1, 2, 3)
]
scores = rng.normal(size=11).tolist()
quantiles = [{"quantile": q, "value": float(numpy.quantile(scores, q))} for q in (0, 0.05, 0.25, 0.5, 0.9, 0.99, 1)]

library = f"scipy {scipy.__version__}, numpy {numpy.__version__}"
golden = {"library": library, "maps": maps.tolist(), "smoothed": smoothed, "scores": scores, "quantiles": quantiles}
path = sys.argv[1] if len(sys.argv) > 1 else "packages/maps/test/goldens/scipy.json"
with open(path, "w") as file:
    file.write(json.dumps(golden) + "\n")
