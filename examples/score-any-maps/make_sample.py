"""Writes sample/: three anomaly maps (float32) and their masks (uint8, 0 or 1), as any Python tool would with numpy.save."""

import json

import numpy as np
import sklearn
from sklearn.metrics import average_precision_score, roc_auc_score

rng = np.random.default_rng(0)
y, x = np.mgrid[:24, :32]
masks = {
    "good": np.zeros((24, 32), bool),
    "scratch": abs(y - x / 2 - 4) < 1,
    "dents": ((x - 6) ** 2 + (y - 6) ** 2 < 8) | ((x - 24) ** 2 + (y - 16) ** 2 < 20),
}
for name, mask in masks.items():
    anomaly_map = rng.normal(0.2, 0.05, mask.shape) + 0.15 * mask
    np.save(f"sample/maps/{name}.npy", anomaly_map.astype(np.float32))
    np.save(f"sample/masks/{name}.npy", mask.astype(np.uint8))

# The same numbers by scikit-learn and numpy, for the test.
maps = [np.load(f"sample/maps/{name}.npy") for name in masks]
labels, scores = np.concatenate([m.ravel() for m in masks.values()]), np.concatenate([m.ravel() for m in maps])
golden = {
    "versions": {"numpy": np.__version__, "scikit-learn": sklearn.__version__},
    "auroc": roc_auc_score(labels, scores),
    "averagePrecision": average_precision_score(labels, scores),
    "imageAuroc": roc_auc_score([m.any() for m in masks.values()], [m.max() for m in maps]),
}
with open("test/goldens/sample.json", "w") as file:
    json.dump(golden, file, indent=2)
