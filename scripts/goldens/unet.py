"""Writes packages/unet/test/goldens/unet2d.json: outputs of diffusers' UNet2DModel, whole tensors, for small configs.

The weights are no part of the file. Element k of a parameter is sin(k + the sum of its name's character codes) times a bound, plus 1 for
the scales of normalisations, in float64 and then rounded to float32: the test makes the same ones. The network computes in float64 (but
for the time's sines), since in float32 the outputs of some of these small networks are off by as much as 8e-5.

Of the large networks that the package names, the file has the config and the number of parameters.

Run from the repository's root: python scripts/goldens/unet.py [the file to write]
"""

import json
import math
import sys

import diffusers
import numpy
import torch

LIBRARY = f"diffusers {diffusers.__version__}, torch {torch.__version__}"

RESNETS = dict(
    down_block_types=["ResnetDownsampleBlock2D", "ResnetDownsampleBlock2D"],
    up_block_types=["ResnetUpsampleBlock2D", "ResnetUpsampleBlock2D"],
)

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
    "mish": dict(act_fn="mish"),
    "gelu": dict(act_fn="gelu"),
    "relu": dict(act_fn="relu"),
    "swish, another name for silu": dict(act_fn="swish"),
    "residual blocks that resize": RESNETS | dict(block_out_channels=[8, 12]),
    "a convolution down and a residual block up": dict(
        in_channels=1,
        block_out_channels=[4, 8, 8],
        down_block_types=["DownBlock2D", "ResnetDownsampleBlock2D", "DownBlock2D"],
        up_block_types=["ResnetUpsampleBlock2D", "UpBlock2D", "UpBlock2D"],
    ),
    "attention levels that resize by residual blocks, plain ones that don't": dict(
        block_out_channels=[4, 8, 4],
        down_block_types=["AttnDownBlock2D", "DownBlock2D", "AttnDownBlock2D"],
        up_block_types=["AttnUpBlock2D", "UpBlock2D", "AttnUpBlock2D"],
        downsample_type="resnet",
        upsample_type="resnet",
        downsample_padding=0,
    ),
    "the time scales and shifts": dict(resnet_time_scale_shift="scale_shift", act_fn="gelu"),
    "the time scales and shifts, the attention at the bottom is not normalised": RESNETS
    | dict(resnet_time_scale_shift="scale_shift", add_attention=True),
    "the time scales and shifts, other groups at the bottom, attention in levels": dict(
        block_out_channels=[4, 8],
        down_block_types=["AttnDownBlock2D", "ResnetDownsampleBlock2D"],
        up_block_types=["ResnetUpsampleBlock2D", "AttnUpBlock2D"],
        resnet_time_scale_shift="scale_shift",
        add_attention=True,
        attn_norm_num_groups=2,
        upsample_type="resnet",
    ),
    "other groups at the bottom": dict(add_attention=True, attn_norm_num_groups=8, attention_head_dim=2),
    "outputs at the bottom scaled": dict(add_attention=True, mid_block_scale_factor=1.5),
    "random frequencies of the time's logarithm": dict(block_out_channels=[4, 8], time_embedding_type="fourier", flip_sin_to_cos=True),
    "an odd number of random frequencies": dict(
        block_out_channels=[3, 6], norm_num_groups=3, time_embedding_type="fourier", time_embedding_dim=10, act_fn="relu"
    ),
    "images that are centred first": dict(center_input_sample=True),
    "a time embedding of its own width": dict(time_embedding_dim=24),
    "dropout, which does nothing to a prediction": dict(dropout=0.4),
    "sides that differ": dict(in_channels=1, sample_size=[4, 8], down_block_types=["AttnDownBlock2D", "DownBlock2D"]),
    "one level": dict(block_out_channels=[4], norm_num_groups=2, layers_per_block=2),
    "one level with residual blocks that would resize": dict(
        block_out_channels=[4],
        norm_num_groups=2,
        down_block_types=["ResnetDownsampleBlock2D"],
        up_block_types=["AttnUpBlock2D"],
        upsample_type="resnet",
    ),
}

ADM = dict(norm_num_groups=32, attention_head_dim=None, layers_per_block=2)
LARGE = {
    "ablated": ADM
    | dict(
        sample_size=64,
        block_out_channels=[128, 256, 512, 512],
        down_block_types=["DownBlock2D"] + ["AttnDownBlock2D"] * 3,
        up_block_types=["AttnUpBlock2D"] * 3 + ["UpBlock2D"],
    ),
    "anoddpm-256": ADM
    | dict(
        sample_size=256,
        block_out_channels=[128, 128, 256, 256, 512, 512],
        down_block_types=["ResnetDownsampleBlock2D"] * 3 + ["AttnDownBlock2D"] * 3,
        up_block_types=["AttnUpBlock2D"] * 3 + ["ResnetUpsampleBlock2D"] * 3,
        downsample_type="resnet",
        upsample_type="resnet",
        flip_sin_to_cos=False,
    ),
    # config.json of https://huggingface.co/google/ddpm-cifar10-32
    "ddpm-cifar10": dict(
        act_fn="silu",
        attention_head_dim=None,
        block_out_channels=[128, 256, 256, 256],
        center_input_sample=False,
        down_block_types=["DownBlock2D", "AttnDownBlock2D", "DownBlock2D", "DownBlock2D"],
        downsample_padding=0,
        flip_sin_to_cos=False,
        freq_shift=1,
        in_channels=3,
        layers_per_block=2,
        mid_block_scale_factor=1,
        norm_eps=1e-6,
        norm_num_groups=32,
        out_channels=3,
        sample_size=32,
        time_embedding_type="positional",
        up_block_types=["UpBlock2D", "UpBlock2D", "AttnUpBlock2D", "UpBlock2D"],
    ),
}


def waves(name, shape, bound):
    start = sum(map(ord, name))
    return bound * numpy.sin(start + numpy.arange(math.prod(shape), dtype=numpy.float64)).reshape(shape)


def parameter(name, shape):
    if len(shape) == 1 and "norm" in name:
        return waves(name, shape, 0.5) + (1 if name.endswith("weight") else 0)
    return waves(name, shape, 1 if len(shape) == 1 else 2 / math.sqrt(math.prod(shape[1:])))


def small_model(options):
    """A model whose parameters are waves, and the config that it understood."""
    config = dict(
        sample_size=8,
        in_channels=3,
        out_channels=3,
        layers_per_block=1,
        block_out_channels=[8, 8],
        attention_head_dim=4,
        norm_num_groups=4,
        add_attention=False,
    )
    levels = len(options.get("block_out_channels", config["block_out_channels"]))
    config |= dict(down_block_types=["DownBlock2D"] * levels, up_block_types=["UpBlock2D"] * levels)
    model = diffusers.UNet2DModel(**(config | options)).eval().double()
    model.load_state_dict({key: torch.tensor(parameter(key, value.shape), dtype=torch.float32) for key, value in model.state_dict().items()})
    return model, understood(model)


def understood(model):
    return {"_class_name": "UNet2DModel"} | {key: value for key, value in model.config.items() if not key.startswith("_")}


def images(name, config, bound):
    size = config["sample_size"]
    sides = size if isinstance(size, (list, tuple)) else [size, size]
    return torch.tensor(waves(name, [2, *sides, config["in_channels"]], bound), dtype=torch.float32).double()


def rounded(tensor):
    return {"shape": list(tensor.shape), "data": [float(f"{value:.7g}") for value in tensor.flatten().tolist()]}


def case(name, options):
    model, config = small_model(options)
    t = [3, 250]
    with torch.no_grad():
        y = model(images("x", config, 2).permute(0, 3, 1, 2), torch.tensor(t)).sample.permute(0, 2, 3, 1)
    shapes = {key: list(value.shape) for key, value in model.state_dict().items()}
    print(f"{name}: {sum(map(math.prod, shapes.values()))} parameters, output from {y.min():.3f} to {y.max():.3f}, deviation {y.std():.3f}")
    return {"name": name, "config": config, "shapes": shapes, "t": t, "output": rounded(y)}


def large(name, options):
    with torch.device("meta"):
        model = diffusers.UNet2DModel(**options)
    return {"name": name, "config": understood(model), "parameters": sum(map(torch.Tensor.numel, model.parameters()))}


if __name__ == "__main__":
    path = sys.argv[1] if len(sys.argv) > 1 else "packages/unet/test/goldens/unet2d.json"
    golden = {
        "library": LIBRARY,
        "cases": [case(name, options) for name, options in CONFIGS.items()],
        "large": [large(name, options) for name, options in LARGE.items()],
    }
    with open(path, "w") as file:
        json.dump(golden, file, separators=(",", ":"))
