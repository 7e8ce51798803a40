"""
Saves pipelines, untrained, as saved/<name>. Prints as JSON what each of them, and each in the folders that asked.json names, predicts for the images
there. One program for all: importing PyTorch takes longer than the rest.
"""

import json

import diffusers
import torch

SMALL = dict(sample_size=16, layers_per_block=1, block_out_channels=[8, 16], norm_num_groups=4)
MODELS = {
    "plain": (
        dict(down_block_types=["DownBlock2D"] * 2, up_block_types=["UpBlock2D"] * 2),
        diffusers.DDPMScheduler(beta_schedule="squaredcos_cap_v2", variance_type="fixed_large"),
    ),
    "everything": (
        dict(
            down_block_types=["ResnetDownsampleBlock2D", "AttnDownBlock2D"],
            up_block_types=["AttnUpBlock2D", "ResnetUpsampleBlock2D"],
            resnet_time_scale_shift="scale_shift",
            downsample_type="resnet",
            upsample_type="resnet",
            act_fn="mish",
            dropout=0.1,
            mid_block_scale_factor=2,
            attention_head_dim=4,
            center_input_sample=True,
        ),
        diffusers.DDIMScheduler(beta_schedule="scaled_linear", prediction_type="sample", clip_sample=False),
    ),
    "changed schedulers": (
        dict(down_block_types=["DownBlock2D"] * 2, up_block_types=["UpBlock2D"] * 2),
        diffusers.DPMSolverMultistepScheduler.from_config(diffusers.DDPMScheduler(clip_sample=False).config),
    ),
    "zero SNR": (
        dict(down_block_types=["DownBlock2D"] * 2, up_block_types=["UpBlock2D"] * 2, downsample_padding=0, flip_sin_to_cos=False),
        diffusers.DDPMScheduler(prediction_type="v_prediction", rescale_betas_zero_snr=True, timestep_spacing="trailing"),
    ),
}
for name, (network, scheduler) in MODELS.items():
    torch.manual_seed(0)
    unet = diffusers.UNet2DModel(**(SMALL | network))
    diffusers.DDPMPipeline(unet=unet, scheduler=scheduler).save_pretrained(f"saved/{name}")

with open("asked.json") as file:
    asked = json.load(file)
images = torch.tensor(asked["images"], dtype=torch.float32).reshape(asked["shape"]).permute(0, 3, 1, 2)
answers = {}
for folder in asked["folders"] + [f"saved/{name}" for name in MODELS]:
    pipeline = diffusers.DDPMPipeline.from_pretrained(folder)
    with torch.no_grad():
        prediction = pipeline.unet.eval()(images, torch.tensor(asked["t"])).sample.permute(0, 2, 3, 1)
    answers[folder] = {
        "pipeline": type(pipeline).__name__,
        "prediction": prediction.flatten().tolist(),
        "alphasCumprod": pipeline.scheduler.alphas_cumprod.tolist(),
    }
print(json.dumps(answers))
