"""Prints what other codes' habits make of the maps in sample/: the table of traps in docs/metrics.md.

Run from the repository's root, in the environment of `npm run python`: .python/bin/python examples/score-any-maps/traps.py
"""

from pathlib import Path

import numpy as np
from scipy import ndimage
from sklearn.metrics import auc, average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

sample = Path(__file__).parent / "sample"
names = ["dents", "good", "scratch"]
maps = np.stack([np.load(sample / "maps" / f"{name}.npy") for name in names])
masks = np.stack([np.load(sample / "masks" / f"{name}.npy") for name in names])
scores, labels = maps.ravel(), masks.ravel()


def rates(maps, masks, thresholds):
    """False positive rate and per-region overlap at each threshold, and how many regions there are."""
    regions = []
    for a_map, mask in zip(maps, masks):
        components, count = ndimage.label(mask, np.ones((3, 3)))
        regions += [a_map[components == k] for k in range(1, count + 1)]
    normal = maps[masks == 0]
    fpr = np.array([(normal >= t).mean() for t in thresholds])
    return fpr, np.array([np.mean([(region >= t).mean() for region in regions]) for t in thresholds]), len(regions)


def area(x, y, limit):
    """Up to `limit`, interpolated there, over `limit`."""
    x, y = np.append(0, x), np.append(0, y)
    inside = x <= limit
    return np.trapezoid(np.append(y[inside], np.interp(limit, x, y)), np.append(x[inside], limit)) / limit


def stretched_area(fpr, overlap, limit):
    """Cut before `limit` without interpolation, and stretched to [0, 1]."""
    inside = fpr < limit
    x = fpr[inside]
    return np.trapezoid(overlap[inside], (x - x.min()) / (x.max() - x.min()))


def dice(flagged, truth):
    return 2 * (flagged & (truth == 1)).sum() / (flagged.sum() + truth.sum())


def stretch(values):
    return (values - values.min()) / (values.max() - values.min())


def exact_area(maps, masks, limit):
    fpr, overlap, _ = rates(maps, masks, np.unique(maps)[::-1])
    return area(fpr, overlap, limit)


def row(what, metric, exact, then):
    print(f"| {what} | {metric} | {exact:.4f} | {then:.4f} |")


auroc, ap = roc_auc_score(labels, scores), average_precision_score(labels, scores)

squashed = 1 / (1 + np.exp(-(scores * 100).astype(np.float32)))
row(f"sigmoid of scores times 100: {len(np.unique(scores))} distinct ones become {len(np.unique(squashed))}", "AUROC", auroc, roc_auc_score(labels, squashed))
row("", "AP", ap, average_precision_score(labels, squashed))

each = np.concatenate([stretch(a_map).ravel() for a_map in maps])
row("each map stretched to [0, 1] by itself", "AUROC", auroc, roc_auc_score(labels, each))
row("", "AP", ap, average_precision_score(labels, each))

bytes_ = np.round(stretch(scores) * 255)
row(f"all stretched alike, 8 bits: {len(np.unique(bytes_))} distinct scores", "AP", ap, average_precision_score(labels, bytes_))

half_masks, half_maps = masks[:, ::2, ::2], maps.reshape(3, 12, 2, 16, 2).mean((2, 4))
counts = [rates(maps, masks, [0])[2], rates(half_maps, half_masks, [0])[2]]
row(f"half the size: {counts[0]} regions become {counts[1]}", "AP", ap, average_precision_score(half_masks.ravel(), half_maps.ravel()))
row("", "AU-PRO 0.3", exact_area(maps, masks, 0.3), exact_area(half_maps, half_masks, 0.3))

few = rates(maps, masks, np.arange(scores.min(), scores.max(), (scores.max() - scores.min()) / 200)[::-1])[:2]
for limit in (0.3, 0.05):
    row("200 thresholds, cut and stretched", f"AU-PRO {limit}", exact_area(maps, masks, limit), stretched_area(*few, limit))

precision, recall, thresholds = precision_recall_curve(labels, scores)
row("trapezoid for steps", "AP", ap, auc(recall, precision))

fpr, tpr, _ = roc_curve(labels, scores, drop_intermediate=False)
row("McClish's for the area over the limit", "AUROC <= 0.3", area(fpr, tpr, 0.3), roc_auc_score(labels, scores, max_fpr=0.3))

with np.errstate(invalid="ignore"):
    best = thresholds[np.nanargmax((2 * precision * recall / (precision + recall))[:-1])]
pooled = dice(maps >= best, masks)
per_image = [dice(a_map >= best, mask) for a_map, mask in zip(maps, masks)]
row("mean over images for pooled", "Dice", pooled, np.nanmean(per_image))
row("... over defective images only", "Dice", pooled, np.mean([per_image[0], per_image[2]]))
row("threshold from the good image", "Dice", pooled, dice(maps > maps[1].max(), masks))
