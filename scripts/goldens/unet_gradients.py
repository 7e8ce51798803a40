"""Writes packages/unet/test/goldens/unet2d-gradients.json: gradients of diffusers' UNet2DModel by each of its parameters, whole tensors.

The loss is the sum of the prediction's elements times sines; weights and images are those of unet.py.

Run from the repository's root: python scripts/goldens/unet_gradients.py [the file to write]
"""

import json
import sys

import torch
from unet import LIBRARY, images, rounded, small_model, waves

CONFIGS = {
    "attention, residual blocks that resize, the time scales and shifts": dict(
        in_channels=1,
        out_channels=1,
        block_out_channels=[4, 8],
        norm_num_groups=2,
        time_embedding_dim=8,
        down_block_types=["ResnetDownsampleBlock2D", "AttnDownBlock2D"],
        up_block_types=["AttnUpBlock2D", "UpBlock2D"],
        upsample_type="resnet",
        resnet_time_scale_shift="scale_shift",
        add_attention=True,
        mid_block_scale_factor=1.5,
    ),
    "convolutions that resize, the time shifts, mish": dict(
        block_out_channels=[4, 4],
        norm_num_groups=2,
        time_embedding_dim=8,
        down_block_types=["AttnDownBlock2D", "DownBlock2D"],
        downsample_padding=0,
        act_fn="mish",
        center_input_sample=True,
    ),
}


def case(name, options):
    model, config = small_model(options)
    t = [3, 250]
    y = model(images("x", config, 2).permute(0, 3, 1, 2), torch.tensor(t)).sample.permute(0, 2, 3, 1)
    loss = (y * torch.tensor(waves("loss", y.shape, 1), dtype=torch.float32).double()).sum()
    loss.backward()
    gradients = {key: parameter.grad for key, parameter in model.named_parameters()}
    sizes = [gradient.abs().max().item() for gradient in gradients.values()]
    print(f"{name}: {sum(g.numel() for g in gradients.values())} parameters, loss {loss:.4f}, gradients' maxima from {min(sizes):.1e} to {max(sizes):.1e}")
    return {"name": name, "config": config, "t": t, "loss": float(f"{loss.item():.7g}"), "gradients": {key: rounded(value) for key, value in gradients.items()}}


path = sys.argv[1] if len(sys.argv) > 1 else "packages/unet/test/goldens/unet2d-gradients.json"
with open(path, "w") as file:
    json.dump({"library": LIBRARY, "cases": [case(name, options) for name, options in CONFIGS.items()]}, file, separators=(",", ":"))
