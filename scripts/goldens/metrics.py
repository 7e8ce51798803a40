"""Golden values for @rddpm/metrics: rankings and thresholds by scikit-learn, regions by scipy, AU-PRO by a plain numpy sweep over all
thresholds, sPRO likewise, AUPIMO by 300,000 evenly spaced thresholds as anomalib has them, DeLong by the definition of 1988, pair by pair, in numpy,
bootstrap intervals and a permutation test by scipy.

Run from the repository's root: python scripts/goldens/metrics.py [another path]
"""

import json
import sys

import numpy as np
import scipy
import sklearn
from scipy import ndimage, stats
from sklearn.metrics import (
    auc,
    average_precision_score,
    confusion_matrix,
    fbeta_score,
    jaccard_score,
    precision_recall_curve,
    precision_score,
    recall_score,
    roc_auc_score,
    roc_curve,
)

rng = np.random.default_rng(2024)


def defined(value):
    return None if np.isnan(value) else float(value)


def at_threshold(labels, scores, threshold):
    flagged = (np.asarray(scores) >= threshold).astype(int)
    labels = np.asarray(labels).astype(int)
    undefined = {"zero_division": np.nan}
    return {
        "threshold": float(threshold),
        "confusion": confusion_matrix(labels, flagged, labels=[0, 1]).ravel().tolist(),  # tn, fp, fn, tp
        "precision": defined(precision_score(labels, flagged, **undefined)),
        "recall": defined(recall_score(labels, flagged, **undefined)),
        "fBeta": {str(beta): defined(fbeta_score(labels, flagged, beta=beta, **undefined)) for beta in (0.5, 1, 2)},
        "iou": defined(jaccard_score(labels, flagged, zero_division=0) if (labels | flagged).any() else np.nan),
    }


def best_f_beta(labels, scores, beta):
    """The highest of all thresholds; its lowest threshold, where float64 rounding leaves no doubt."""
    values = [(fbeta_score(labels, scores >= t, beta=beta), t) for t in np.unique(scores)]
    best = max(value for value, _ in values)
    near = [t for value, t in values if value > best - 1e-9]
    return {"value": float(best), "thresholds": [float(t) for t in near]}


def partial_auc(fpr, tpr, limit):
    inside = fpr <= limit
    x, y = np.append(fpr[inside], limit), np.append(tpr[inside], np.interp(limit, fpr, tpr))
    if limit in fpr:
        y[-1] = y[-2]
    return np.trapezoid(y, x) / limit


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
        "partialAuc": {
            str(limit): {"area": partial_auc(fpr, tpr, limit), "mcClish": roc_auc_score(labels, scores, max_fpr=limit)}
            for limit in (0.01, 0.05, 0.3, 0.5, 1)
        },
        "auprTrapezoid": auc(*precision_recall_curve(labels, scores)[1::-1]),
        "bestFBeta": {str(beta): best_f_beta(labels, scores, beta) for beta in (0.5, 2)},
        "atThresholds": [
            at_threshold(labels, scores, t) for t in (*np.quantile(scores, [0.1, 0.5, 0.9], method="lower"), scores.max() + 1)
        ],
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
                "boxes": boxes(components),
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
        "segmentations": [
            {
                "pooled": at_threshold(labels, scores, t),
                "perImage": [at_threshold(mask.ravel(), m.ravel(), t) for mask, m in zip(masks, maps)],
            }
            for t in (0.5, 1.5)
        ],
    }


def defect_set(name, sizes, decimals, lift):
    """Defects are overlapping boxes, some of them in two parts; saturation areas by MVTec LOCO's rule, turn by turn relative and absolute."""
    images, defects, normal = [], [], []
    for height, width, count in sizes:
        masks = []
        for _ in range(count):
            mask = np.zeros((height, width), dtype=bool)
            for _ in range(rng.integers(1, 3)):
                y, x = rng.integers(0, height - 2), rng.integers(0, width - 2)
                mask[y : y + rng.integers(1, height // 2), x : x + rng.integers(1, width // 2)] = True
            masks.append(mask)
        anomalous = np.any(masks, axis=0) if masks else np.zeros((height, width), dtype=bool)
        scores = np.round(rng.normal(size=(height, width)) + lift * anomalous, decimals).astype(np.float32)
        normal.append(scores[~anomalous])
        entries = []
        for i, mask in enumerate(masks):
            area = int(mask.sum())
            relative = i % 2 == 0
            threshold = float(rng.choice([0.3, 0.5, 1.0])) if relative else int(rng.integers(1, 12))
            saturation = max(1, int(threshold * area)) if relative else min(threshold, area)
            defects.append((scores[mask], saturation))
            rule = {"area": area, "threshold": threshold, "relative": relative}
            entries.append({"mask": mask.astype(int).ravel().tolist(), "saturationArea": saturation, "rule": rule})
        images.append({"width": width, "height": height, "map": scores.ravel().tolist(), "defects": entries})
    normal = np.concatenate(normal)
    thresholds = np.unique(np.concatenate([normal, *(scores for scores, _ in defects)]))[::-1]
    fpr = np.array([0.0, *((normal >= t).mean() for t in thresholds)])
    spro = np.array([0.0, *(np.mean([min((scores >= t).sum() / s, 1) for scores, s in defects]) for t in thresholds)])

    def area_under(limit):
        y = np.interp(limit, fpr, spro) if limit not in fpr else spro[np.searchsorted(fpr, limit)]
        inside = fpr < limit
        return np.trapezoid(np.append(spro[inside], y), np.append(fpr[inside], limit)) / limit

    return {
        "name": name,
        "images": images,
        "auSpro": {str(limit): area_under(limit) for limit in (0.01, 0.05, 0.3, 1)},
        "curve": {"fpr": fpr.tolist(), "spro": spro.tolist()},
    }


def pimo_set(name, normal_shape, normal_count, anomalous_shapes, decimals, lifts, bounds, thresholds=300_000):
    """anomalib's algorithm: evenly spaced thresholds over the scores of normal images, bounds at the nearest of them."""
    normal = np.round(rng.normal(size=(normal_count, *normal_shape)), decimals)
    images = [(scores, np.zeros(normal_shape, dtype=int)) for scores in normal]
    for shape, lift in zip(anomalous_shapes, lifts):
        mask = (ndimage.gaussian_filter(rng.normal(size=shape), 1.5) > 0.15).astype(int)
        images.insert(int(rng.integers(len(images) + 1)), (np.round(rng.normal(size=shape) + lift * mask, decimals), mask))

    spaced = np.linspace(normal.min(), normal.max(), thresholds)[::-1]

    def flagged(scores):
        scores = np.sort(scores, axis=None)
        return 1 - np.searchsorted(scores, spaced) / len(scores)

    shared = np.mean([flagged(scores) for scores in normal], axis=0)

    def areas(lower, upper):
        first, last = np.abs(shared - lower).argmin(), np.abs(shared - upper).argmin()
        # Of equally near ones the lowest threshold, by which the curve arrives at the bound's level last.
        first, last = (np.flatnonzero(shared == shared[i]).max() for i in (first, last))
        x = np.log(shared[first : last + 1])
        return {
            "lower": lower,
            "upper": upper,
            "visited": [shared[first], shared[last]],
            "scores": [
                float(np.trapezoid(flagged(scores[mask == 1])[first : last + 1], x) / np.log(upper / lower)) if mask.any() else None
                for scores, mask in images
            ],
        }

    return {
        "name": name,
        "images": [
            {"width": m.shape[1], "height": m.shape[0], "map": m.ravel().tolist(), "mask": mask.ravel().tolist()} for m, mask in images
        ],
        "bounds": [areas(*pair) for pair in bounds],
    }


def boxes(components):
    """Area, left, top, width and height of each region, in the order of their numbers."""
    slices = ndimage.find_objects(components)
    return [
        [int((components == k + 1).sum()), x.start, y.start, x.stop - x.start, y.stop - y.start] for k, (y, x) in enumerate(slices)
    ]


def image_set(name, decimals):
    sizes = [(6, 5), (4, 8), (3, 3)] * 4
    maps, masks = [], []
    for i, size in enumerate(sizes):
        mask = (rng.random(size) < 0.2) if i % 2 else np.zeros(size, dtype=bool)
        maps.append(np.round(rng.normal(size=size) + 0.8 * mask, decimals))
        masks.append(mask)
    labels = np.array([int(mask.any()) for mask in masks])

    def metrics(pool):
        scores = np.array([pool(m) for m in maps])
        f1 = best_f_beta(labels, scores, 1)
        return {
            "scores": scores.tolist(),
            "auroc": roc_auc_score(labels, scores),
            "averagePrecision": average_precision_score(labels, scores),
            "f1Max": f1["value"],
        }

    return {
        "name": name,
        "images": [
            {"width": m.shape[1], "height": m.shape[0], "map": m.ravel().tolist(), "mask": mask.astype(int).ravel().tolist()}
            for m, mask in zip(maps, masks)
        ],
        "labels": labels.tolist(),
        "max": metrics(np.max),
        "mean": metrics(np.mean),
        "top4": metrics(lambda m: np.sort(m, axis=None)[-4:].mean()),
    }


def delong(name, count, prevalence, decimals, lifts):
    """Two methods' scores of the same images; variances from all pairs, not from ranks."""
    labels = (rng.random(count) < prevalence).astype(int)
    both = rng.normal(size=count)  # what the two have in common
    a, b = (np.round(both + rng.normal(size=count) + lift * labels, decimals) for lift in lifts)

    def components(scores):
        x, y = scores[labels == 1][:, None], scores[labels == 0][None, :]
        psi = np.where(x > y, 1.0, np.where(x == y, 0.5, 0.0))
        return psi.mean(), psi.mean(axis=1), psi.mean(axis=0)

    (auc_a, a10, a01), (auc_b, b10, b01) = components(a), components(b)
    covariance = np.cov(a10, b10) / len(a10) + np.cov(a01, b01) / len(a01)
    error = np.sqrt(covariance[0, 0])
    difference_error = np.sqrt(np.array([1, -1]) @ covariance @ np.array([1, -1]))
    z = (auc_a - auc_b) / difference_error
    return {
        "name": name,
        "labels": labels.tolist(),
        "scoresA": a.tolist(),
        "scoresB": b.tolist(),
        "auroc": auc_a,
        "standardError": error,
        "intervals": {
            str(level): np.clip(stats.norm.interval(level, auc_a, error), 0, 1).tolist() for level in (0.5, 0.95, 0.999)
        },
        "test": {
            "aurocB": auc_b,
            "difference": auc_a - auc_b,
            "standardError": difference_error,
            "z": z,
            "pValue": 2 * stats.norm.sf(abs(z)),
        },
    }


def resampled(golden):
    """Image AUROC over resamples of positives and negatives apart, and with the two methods' scores swapped at random, by scipy."""
    labels, a, b = (np.array(golden[key]) for key in ("labels", "scoresA", "scoresB"))
    own = np.random.default_rng(7)  # numbers below stay as they are

    def area(positives, negatives):
        margins = positives[..., :, None] - negatives[..., None, :]
        return ((margins > 0) + (margins == 0) / 2).mean(axis=(-1, -2))

    def interval(statistic):
        places = np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)
        found = stats.bootstrap(places, statistic, n_resamples=50_000, batch=500, vectorized=True, method="percentile", rng=own)
        return {"low": found.confidence_interval.low, "high": found.confidence_interval.high, "standardError": found.standard_error}

    def difference(p, n, axis=-1):
        return area(a[p], a[n]) - area(b[p], b[n])

    def swapped(x, y, axis=-1):
        first, second = (area(scores[..., labels == 1], scores[..., labels == 0]) for scores in (x, y))
        return first - second

    permuted = stats.permutation_test(
        (a, b), swapped, permutation_type="samples", n_resamples=20_000, batch=500, vectorized=True, rng=own
    )
    return {
        "name": golden["name"],
        "auroc": interval(lambda p, n, axis=-1: area(a[p], a[n])),
        "difference": interval(difference),
        "permutationPValue": float(permuted.pvalue),
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
    "imageSets": [image_set("ties", 1), image_set("no ties", 6)],
    "deLong": [
        delong("few ties", 90, 0.4, 3, (1.0, 0.4)),
        delong("many ties", 60, 0.3, 0, (1.5, 1.2)),
        delong("rare positives", 120, 0.05, 2, (1.0, -0.5)),
        delong("far apart", 80, 0.5, 2, (1.5, -1.0)),
    ],
    "normal": [
        {"z": z, "tail": 2 * float(stats.norm.sf(z))}
        for z in (0, 1e-9, 0.1, 0.5, 1, 1.96, 2.5, 2.999, 3, 3.5, 5, 8, 12, 20, 30, 37)
    ],
    "defectSets": [
        defect_set("one image, many ties", [(10, 12, 3)], 0, 1.0),
        defect_set("sizes differ, one image is normal", [(9, 14, 2), (16, 6, 3), (8, 8, 0), (12, 12, 1)], 1, 1.0),
        defect_set("worse than chance", [(10, 10, 2), (10, 10, 2)], 1, -0.5),
    ],
    "pimoSets": [
        pimo_set(
            "few ties", (32, 64), 2, [(20, 16), (12, 20), (15, 15)], 3, (1.5, 3.0, 0.3), [(2**-10, 2**-4), (1e-3, 0.1), (0.01, 1.0)]
        ),
        pimo_set("many ties", (16, 32), 2, [(10, 16), (12, 9)], 1, (1.0, 2.5), [(0.01, 0.5), (0.05, 1.0)]),
    ],
}
golden["resampled"] = [resampled(case) for case in golden["deLong"] if case["name"] in ("few ties", "many ties")]
path = sys.argv[1] if len(sys.argv) > 1 else "packages/metrics/test/goldens/references.json"
with open(path, "w") as file:
    file.write(json.dumps(golden, separators=(",", ":")) + "\n")
