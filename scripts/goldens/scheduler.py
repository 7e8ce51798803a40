"""Writes packages/scheduler/test/goldens/schedulers.json: diffusers' schedules, timesteps, noising and reverse steps, whole tensors.

The tables inside diffusers' schedulers are float32; they are replaced by the same formulas in float64 here, so that the golden is good to
all its digits. Inputs are sines: the test makes the same ones.

Run from the repository's root: python scripts/goldens/scheduler.py
"""

import json
import math
import unittest.mock

import diffusers
import numpy
import torch
from diffusers.schedulers import scheduling_ddpm

SHAPE = [2, 3, 2, 2]


def waves(start, bound):
    return torch.tensor(bound * numpy.sin(start + numpy.arange(math.prod(SHAPE), dtype=numpy.float64))).reshape(SHAPE)


def sharpened(scheduler):
    steps = scheduler.config.num_train_timesteps
    if scheduler.config.beta_schedule == "linear":
        betas = numpy.linspace(scheduler.config.beta_start, scheduler.config.beta_end, steps)
    else:
        with unittest.mock.patch.object(torch, "float32", torch.float64):
            betas = scheduling_ddpm.betas_for_alpha_bar(steps).numpy()
    exact = torch.tensor(betas, dtype=torch.float64)
    assert torch.allclose(exact.float(), scheduler.betas, rtol=1e-4, atol=1e-7)
    scheduler.betas, scheduler.alphas = exact, 1 - exact
    scheduler.alphas_cumprod = torch.cumprod(scheduler.alphas, dim=0)
    return scheduler


def digits(values):
    return [float(f"{value:.8g}") for value in torch.as_tensor(values).flatten().tolist()]


xt, predicted_noise, noise = waves(1, 1.5), waves(2, 1), waves(3, 2)


def ddpm_step(schedule, variance, clip, t, t_prev):
    scheduler = sharpened(diffusers.DDPMScheduler(beta_schedule=schedule, variance_type=variance, clip_sample=clip))
    scheduler.set_timesteps(timesteps=[t, t_prev] if t_prev >= 0 else [t])
    with unittest.mock.patch.object(scheduling_ddpm, "randn_tensor", lambda *_, **__: noise):
        step = scheduler.step(predicted_noise, t, xt)
    return dict(sampler="ddpm", schedule=schedule, variance=variance, clip=clip, t=t, tPrev=t_prev, **outputs(step))


def ddim_step(schedule, eta, clip, t, t_prev):
    scheduler = sharpened(diffusers.DDIMScheduler(beta_schedule=schedule, clip_sample=clip))
    scheduler.final_alpha_cumprod = torch.tensor(1.0, dtype=torch.float64)
    scheduler.num_inference_steps = 1000 // (t - t_prev)
    step = scheduler.step(predicted_noise, t, xt, eta=eta, variance_noise=noise)
    return dict(sampler="ddim", schedule=schedule, eta=eta, clip=clip, t=t, tPrev=t_prev, **outputs(step))


def outputs(step):
    return {"xPrev": digits(step.prev_sample), "x0": digits(step.pred_original_sample)}


def timesteps(spacing, start, evaluations):
    scheduler = diffusers.DDIMScheduler(num_train_timesteps=start, timestep_spacing=spacing)
    scheduler.set_timesteps(evaluations)
    return dict(spacing=spacing, **{"from": start}, evaluations=evaluations, timesteps=scheduler.timesteps.tolist())


linear = sharpened(diffusers.DDPMScheduler())
cosine = sharpened(diffusers.DDPMScheduler(beta_schedule="squaredcos_cap_v2"))
golden = {
    "library": f"diffusers {diffusers.__version__}, torch {torch.__version__}",
    "shape": SHAPE,
    "config": {key: value for key, value in linear.config.items() if not key.startswith("_")},
    "alphasCumprod": {"linear": digits(linear.alphas_cumprod), "cosine": digits(cosine.alphas_cumprod)},
    "addNoise": {"t": [7, 640], "xt": digits(linear.add_noise(xt, noise, torch.tensor([7, 640])))},
    "timesteps": [
        timesteps(spacing, start, evaluations)
        for spacing in ["linspace", "leading", "trailing"]
        for start, evaluations in [(1000, 50), (200, 12), (250, 3), (30, 30), (250, 20)]
    ],
    "steps": [
        ddpm_step("linear", "fixed_small", True, 500, 499),
        ddpm_step("linear", "fixed_small", True, 199, 150),
        ddpm_step("linear", "fixed_large", False, 199, 150),
        ddpm_step("squaredcos_cap_v2", "fixed_large", True, 900, 400),
        ddpm_step("linear", "fixed_small", True, 0, -1),
        ddim_step("linear", 0, True, 199, 149),
        ddim_step("linear", 0, False, 199, 149),
        ddim_step("linear", 0.5, True, 640, 440),
        ddim_step("squaredcos_cap_v2", 1, True, 640, 440),
        ddim_step("linear", 1, True, 9, -1),
    ],
}
with open("packages/scheduler/test/goldens/schedulers.json", "w") as file:
    json.dump(golden, file, separators=(",", ":"))
