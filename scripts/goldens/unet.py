"""Writes packages/unet/test/goldens/unet2d.json: outputs of diffusers' UNet2DModel, whole tensors, for small configs.

The weights are no part of the file. Element k of a parameter is sin(k + the sum of its name's character codes) times a bound, plus 1 for
the scales of normalisations, in float64 and then rounded: the test makes the same ones.

Run from the repository's root: python scripts/goldens/unet.py
"""

import json
import math

import diffusers
import numpy
import torch

CONFIGS = {
    "plain": dict(block_out_channels=[8, 16]),
    "attention in a level and at the bottom": dict(
        block_out_channels=[8, 16],
        down_block_types=["DownBlock2D", "AttnDownBlock2D"],
        up_block_types=["AttnUpBlock2D", "UpBlock2D"],
        add_attention=True,
    ),
    "two layers, three levels, one head": dict(
        in_channels=1,
        out_channels=1,
        layers_per_block=2,
        block_out_channels=[8, 12, 8],
        down_block_types=["DownBlock2D", "DownBlock2D", "AttnDownBlock2D"],
        up_block_types=["UpBlock2D", "UpBlock2D", "UpBlock2D"],
        attention_head_dim=None,
    ),
    "old padding, sines first, shifted frequencies": dict(
        in_channels=2,
        out_channels=1,
        block_out_channels=[8, 12],
        downsample_padding=0,
        flip_sin_to_cos=False,
        freq_shift=1,
        norm_eps=1e-3,
    ),
}


def waves(name, shape, bound):
    start = sum(map(ord, name))
    return bound * numpy.sin(start + numpy.arange(math.prod(shape), dtype=numpy.float64)).reshape(shape)


def parameter(name, shape):
    if len(shape) == 1 and "norm" in name:
        return waves(name, shape, 0.5) + (1 if name.endswith("weight") else 0)
    return waves(name, shape, 1 if len(shape) == 1 else 2 / math.sqrt(math.prod(shape[1:])))


def case(name, options):
    size = 8
    config = dict(in_channels=3, out_channels=3, layers_per_block=1, attention_head_dim=4, norm_num_groups=4, add_attention=False)
    levels = len(options["block_out_channels"])
    config |= dict(down_block_types=["DownBlock2D"] * levels, up_block_types=["UpBlock2D"] * levels)
    model = diffusers.UNet2DModel(sample_size=size, **(config | options)).eval()
    shapes = {key: list(value.shape) for key, value in model.state_dict().items()}
    model.load_state_dict({key: torch.tensor(parameter(key, shape), dtype=torch.float32) for key, shape in shapes.items()})
    x = torch.tensor(waves("x", [2, size, size, model.config.in_channels], 2), dtype=torch.float32)
    t = [3, 250]
    with torch.no_grad():
        y = model(x.permute(0, 3, 1, 2), torch.tensor(t)).sample.permute(0, 2, 3, 1)
    print(f"{name}: {sum(map(math.prod, shapes.values()))} parameters, output from {y.min():.3f} to {y.max():.3f}, deviation {y.std():.3f}")
    config = {key: value for key, value in model.config.items() if not key.startswith("_")}
    return {
        "name": name,
        "config": {"_class_name": "UNet2DModel", **config},
        "shapes": shapes,
        "t": t,
        "output": {"shape": list(y.shape), "data": [float(f"{value:.7g}") for value in y.flatten().tolist()]},
    }


cases = [case(name, options) for name, options in CONFIGS.items()]
golden = {"library": f"diffusers {diffusers.__version__}, torch {torch.__version__}", "cases": cases}
with open("packages/unet/test/goldens/unet2d.json", "w") as file:
    json.dump(golden, file, separators=(",", ":"))
