"""PaDiM, and PatchCore's neighbourhoods and coreset, by anomalib, for @rddpm/baselines: packages/baselines/test/goldens/anomalib.json.

Both sides are given the same feature maps: those of a ResNet-18 of random weights, few of its channels. Not remade by check.sh, as anomalib brings 1 GB of packages
that nothing else needs. In an environment of its own:

pip install -r scripts/goldens/anomalib/requirements.txt && python scripts/goldens/anomalib/make.py
"""

import json
import sys
from importlib.metadata import version
from unittest import mock

import torch

if torch.version.cuda is None:  # PyPI's torchvision is for CUDA: beside another PyTorch it lacks two operations, which no model here uses
    operations = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        operations.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

from anomalib.models.components.sampling import KCenterGreedy
from anomalib.models.image.padim.torch_model import PadimModel
from anomalib.models.image.patchcore.torch_model import PatchcoreModel

LAYERS = {"layer1": [3, 17, 40, 41, 62], "layer2": [5, 64, 100, 101], "layer3": [7, 128, 250]}  # channels that are used
TRAINING, TEST, PICKS = 15, 2, 30

torch.manual_seed(0)
padim = PadimModel(pre_trained=False, layers=list(LAYERS), n_features=sum(map(len, LAYERS.values()))).eval()
before = 0
channels = []
for layer, width in zip(LAYERS, padim.feature_extractor.out_dims):
    channels += [before + channel for channel in LAYERS[layer]]
    before += width
padim.idx = torch.tensor(channels)

# of such a contrast that the features' variances are beside anomalib's ridge of 0.01 what trained features' are
images = 20 * (torch.rand(1, 3, 32, 32) + 0.4 * torch.rand(TRAINING + TEST, 3, 32, 32))
with torch.no_grad():
    features = {layer: tap.round(decimals=4) for layer, tap in padim.feature_extractor(images).items()}
embedded = padim.generate_embedding(features)
training, test = embedded[:TRAINING], embedded[TRAINING:]
padim.memory_bank = [training]
padim.fit()
distances = padim.anomaly_map_generator.compute_distance(test, [padim.gaussian.mean, padim.gaussian.inv_covariance])

patchcore = PatchcoreModel(layers=["layer1"], pre_trained=False, num_neighbors=1).eval()
pooled = patchcore.feature_pooler(features["layer1"][:, LAYERS["layer1"]])
patches = patchcore.generate_embedding({"layer1": pooled})
patchcore.memory_bank = patchcore.reshape_embedding(patches[:TRAINING])
nearest, _ = patchcore.nearest_neighbors(patchcore.reshape_embedding(patches[TRAINING:]), 1)

points = patchcore.memory_bank
start = (points - points[0]).norm(dim=1).argmax()  # the farthest from the first, rather than one at random
with mock.patch("torch.randint", return_value=start[None]):
    picks = KCenterGreedy(points[:, :, None], PICKS / len(points)).select_coreset_idxs()  # of three axes: without a random projection


def numbers(tensor, decimals=6):
    return tensor.double().round(decimals=decimals).flatten().tolist()


golden = {
    "made by": f"scripts/goldens/anomalib/make.py: anomalib {version('anomalib')}, timm {version('timm')}, torch {version('torch')}",
    "count": {"training": TRAINING, "test": TEST},
    "taps": [
        {"shape": list(tap.shape[1:]), "values": numbers(tap, 4)} for tap in (features[layer][:, kept].permute(0, 2, 3, 1) for layer, kept in LAYERS.items())
    ],
    "mean variance": training.double().var(0, correction=0).mean().item(),
    "padim": numbers(distances, 5),
    "patchcore": numbers(nearest),
    "coreset": {"points": len(points), "picks": picks},
}
path = sys.argv[1] if len(sys.argv) > 1 else "packages/baselines/test/goldens/anomalib.json"
with open(path, "w") as file:
    json.dump(golden, file)
    file.write("\n")
