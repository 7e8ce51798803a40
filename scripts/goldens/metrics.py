"""Golden values for @rddpm/metrics: rankings by scikit-learn, regions by scipy, AU-PRO by a plain numpy sweep over all thresholds.

Run from the repository's root: python scripts/goldens/metrics.py [another path]
"""

import json
import sys

import numpy as np
import scipy
import sklearn
from scipy import ndimage
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

rng = np.random.default_rng(2024)


def ranking(name, labels, scores):
    labels, scores = np.asarray(labels), np.asarray(scores, dtype=np.float64)
    fpr, tpr, roc_thresholds = roc_curve(labels, scores, drop_intermediate=False)
    precision, recall, pr_thresholds = precision_recall_curve(labels, scores)
    precision, recall = precision[:-1], recall[:-1]  # without the point made up at recall 0
    with np.errstate(invalid="ignore"):
        f1 = np.where(recall > 0, 2 * precision * recall / (precision + recall), 0)
    return {
        "name": name,
        "labels": labels.tolist(),
        "scores": scores.tolist(),
        "auroc": roc_auc_score(labels, scores),
        "averagePrecision": average_precision_score(labels, scores),
        "f1Max": f1.max(),
        "roc": {"fpr": fpr.tolist(), "tpr": tpr.tolist(), "thresholds": [None, *roc_thresholds[1:].tolist()]},
        "precisionRecall": {"precision": precision.tolist(), "recall": recall.tolist(), "thresholds": pr_thresholds.tolist()},
    }


def random_ranking(name, count, prevalence, decimals=None, lift=1.0):
    labels = (rng.random(count) < prevalence).astype(int)
    scores = rng.normal(size=count) + lift * labels
    return ranking(name, labels, scores if decimals is None else np.round(scores, decimals))


def region_set(name, sizes, decimals, lift):
    images, regions, maps, masks = [], [], [], []
    for height, width, prevalence in sizes:
        mask = ndimage.gaussian_filter(rng.normal(size=(height, width)), 1.0)
        mask = (mask > np.quantile(mask, 1 - prevalence)) if prevalence else np.zeros_like(mask, dtype=bool)
        scores = np.round(rng.normal(size=(height, width)) + lift * mask, decimals).astype(np.float32)
        components, count = ndimage.label(mask, np.ones((3, 3)))
        regions += [scores[components == k] for k in range(1, count + 1)]
        maps.append(scores)
        masks.append(mask)
        images.append(
            {
                "width": width,
                "height": height,
                "map": scores.ravel().tolist(),
                "mask": mask.astype(int).ravel().tolist(),
                "components": components.ravel().tolist(),
            }
        )
    scores = np.concatenate([m.ravel() for m in maps])
    labels = np.concatenate([m.ravel() for m in masks])
    thresholds = np.unique(scores)[::-1]
    fpr = np.array([0.0, *((scores[~labels] >= t).mean() for t in thresholds)])
    pro = np.array([0.0, *(np.mean([(region >= t).mean() for region in regions]) for t in thresholds)])

    def area(limit):
        inside = fpr <= limit
        after = int(inside.sum())
        x, y = fpr[inside], pro[inside]
        if x[-1] < limit:
            slope = (pro[after] - pro[after - 1]) / (fpr[after] - fpr[after - 1])
            x, y = np.append(x, limit), np.append(y, y[-1] + slope * (limit - x[-1]))
        return np.trapezoid(y, x) / limit

    return {
        "name": name,
        "images": images,
        "regions": len(regions),
        "auroc": roc_auc_score(labels, scores),
        "averagePrecision": average_precision_score(labels, scores),
        "auPro": {str(limit): area(limit) for limit in (0.05, 0.3, 1)},
        "curve": {"fpr": fpr.tolist(), "pro": pro.tolist()},
    }


golden = {
    "script": "scripts/goldens/metrics.py",
    "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__},
    "rankings": [
        random_ranking("few ties", 120, 0.3),
        random_ranking("many ties", 200, 0.1, decimals=0),
        random_ranking("rare positives", 150, 0.03, decimals=1),
        random_ranking("mostly positive", 80, 0.9, decimals=1),
        random_ranking("worse than chance", 100, 0.4, decimals=1, lift=-0.5),
        ranking("tiny and huge", rng.integers(0, 2, 60), rng.normal(size=60) * 10.0 ** rng.integers(-300, 300, 60)),
        ranking("all tied", [0, 1, 0, 0, 1], [0.5] * 5),
    ],
    "regionSets": [
        region_set("one image, many ties", [(12, 16, 0.2)], 0, 1.0),
        region_set("sizes differ, one image is normal", [(9, 14, 0.15), (16, 5, 0.3), (1, 20, 0.2), (8, 8, 0)], 1, 1.0),
        region_set("worse than chance", [(10, 10, 0.3), (10, 10, 0.1)], 1, -0.5),
    ],
}
path = sys.argv[1] if len(sys.argv) > 1 else "packages/metrics/test/goldens/references.json"
with open(path, "w") as file:
    file.write(json.dumps(golden, separators=(",", ":")) + "\n")
