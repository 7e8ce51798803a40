"""Writes packages/diffusers/test/goldens/pipeline.json: a DDPMPipeline's folder, file by file, what its network predicts, and a DDIM chain.

Run from the repository's root: python scripts/goldens/diffusers.py [another path]
"""

import base64
import json
import math
import pathlib
import sys
import tempfile

import diffusers
import numpy
import torch


def waves(shape, bound):
    """[n, c, h, w]; the test makes the same ones."""
    values = bound * numpy.sin(1 + numpy.arange(math.prod(shape), dtype=numpy.float64)).reshape(shape)
    return torch.tensor(values, dtype=torch.float32).permute(0, 3, 1, 2)


def digits(images):
    return [float(f"{value:.7g}") for value in images.permute(0, 2, 3, 1).flatten().tolist()]


torch.manual_seed(0)
unet = diffusers.UNet2DModel(
    sample_size=8,
    block_out_channels=[4, 8],
    layers_per_block=1,
    down_block_types=["DownBlock2D", "AttnDownBlock2D"],
    up_block_types=["AttnUpBlock2D", "UpBlock2D"],
    attention_head_dim=4,
    norm_num_groups=2,
    resnet_time_scale_shift="scale_shift",
    dropout=0.1,
).eval()
scheduler = diffusers.DDPMScheduler(beta_schedule="squaredcos_cap_v2", prediction_type="v_prediction", variance_type="fixed_large", clip_sample=False)
with tempfile.TemporaryDirectory() as folder:
    diffusers.DDPMPipeline(unet=unet, scheduler=scheduler).save_pretrained(folder)
    files = {str(path.relative_to(folder)): path.read_bytes() for path in sorted(pathlib.Path(folder).rglob("*")) if path.is_file()}
pixels, t = waves([2, 8, 8, 3], 2), [3, 750]
ddim = diffusers.DDIMScheduler.from_config(scheduler.config)
ddim.set_timesteps(6)
with torch.no_grad():
    prediction = unet(pixels, torch.tensor(t)).sample
    image = waves([2, 8, 8, 3], 1.5)
    for step in ddim.timesteps:
        image = ddim.step(unet(image, step).sample, step, image).prev_sample
golden = {
    "library": f"diffusers {diffusers.__version__}, torch {torch.__version__.split('+')[0]}",
    "files": {path: base64.b64encode(content).decode() for path, content in files.items()},
    "prediction": {"t": t, "output": digits(prediction)},
    "chain": {"timesteps": ddim.timesteps.tolist(), "output": digits(image)},
}
path = sys.argv[1] if len(sys.argv) > 1 else "packages/diffusers/test/goldens/pipeline.json"
with open(path, "w") as file:
    file.write(json.dumps(golden, separators=(",", ":")) + "\n")
