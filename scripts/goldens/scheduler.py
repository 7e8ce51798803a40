"""Writes packages/scheduler/test/goldens/schedulers.json: diffusers' schedules, timesteps, noising, reverse steps, chains and configs, whole tensors.

The tables inside diffusers' schedulers are float32; they are replaced by the same formulas in float64 here, so that the golden is good to
all its digits. Inputs are sines: the test makes the same ones.

Run from the repository's root: python scripts/goldens/scheduler.py [path]
"""

import json
import math
import sys
import unittest.mock

import diffusers
import numpy
import torch
from diffusers.schedulers import scheduling_ddpm

SHAPE = [2, 3, 2, 2]
ZERO_ALPHA = 2**-24  # in place of 0, as DPMSolverMultistepScheduler has it
path = sys.argv[1] if len(sys.argv) > 1 else "packages/scheduler/test/goldens/schedulers.json"


def waves(start, bound):
    return torch.tensor(bound * numpy.sin(start + numpy.arange(math.prod(SHAPE), dtype=numpy.float64))).reshape(SHAPE)


def float64():
    """Makes what diffusers casts to float32 float64."""
    return unittest.mock.patch.object(torch, "float32", torch.float64)


def exact_betas(config):
    steps, start, end = config.num_train_timesteps, config.beta_start, config.beta_end
    if config.beta_schedule == "linear":
        return numpy.linspace(start, end, steps)
    if config.beta_schedule == "scaled_linear":
        return numpy.linspace(start**0.5, end**0.5, steps) ** 2
    if config.beta_schedule == "sigmoid":
        return torch.sigmoid(torch.linspace(-6, 6, steps, dtype=torch.float64)).numpy() * (end - start) + start
    with float64():
        return scheduling_ddpm.betas_for_alpha_bar(steps).numpy()


def sharpened(scheduler):
    exact = torch.tensor(exact_betas(scheduler.config), dtype=torch.float64)
    if scheduler.config.rescale_betas_zero_snr:
        exact = scheduling_ddpm.rescale_zero_terminal_snr(exact)
    assert torch.allclose(exact.float(), scheduler.betas, rtol=2e-3, atol=1e-7)
    scheduler.betas, scheduler.alphas = exact, 1 - exact
    scheduler.alphas_cumprod = torch.cumprod(scheduler.alphas, dim=0)
    return scheduler


def digits(values):
    return [float(f"{value:.8g}") for value in torch.as_tensor(values).flatten().tolist()]


xt, predicted, noise = waves(1, 1.5), waves(2, 1), waves(3, 2)


def limits(clip, thresholding):
    words = dict(clip_sample=clip is not False, clip_sample_range=1.0 if isinstance(clip, bool) else clip)
    return {**words, **thresholds(thresholding)}


def thresholds(thresholding):
    if thresholding is None:
        return {}
    return dict(thresholding=True, dynamic_thresholding_ratio=thresholding["ratio"], sample_max_value=thresholding["maxValue"])


def options(schedule="linear", zero_snr=False, prediction="epsilon", clip=True, thresholding=None):
    said = dict(schedule=schedule, zeroSnr=zero_snr, prediction=prediction, clip=clip)
    if thresholding is not None:
        said["thresholding"] = thresholding
    words = dict(beta_schedule=schedule, rescale_betas_zero_snr=zero_snr, prediction_type=prediction)
    return said, {**words, **limits(clip, thresholding)}


def ddpm_step(variance, t, t_prev, **how):
    said, words = options(**how)
    scheduler = sharpened(diffusers.DDPMScheduler(variance_type=variance, **words))
    scheduler.set_timesteps(timesteps=[t, t_prev] if t_prev >= 0 else [t])
    with unittest.mock.patch.object(scheduling_ddpm, "randn_tensor", lambda *_, **__: noise):
        step = scheduler.step(predicted, t, xt)
    return dict(sampler="ddpm", variance=variance, **said, t=t, tPrev=t_prev, **outputs(step))


def ddim_step(eta, t, t_prev, **how):
    said, words = options(**how)
    scheduler = sharpened(diffusers.DDIMScheduler(**words))
    scheduler.final_alpha_cumprod = torch.tensor(1.0, dtype=torch.float64)
    scheduler.num_inference_steps = 1000 // (t - t_prev)
    step = scheduler.step(predicted, t, xt, eta=eta, variance_noise=noise)
    return dict(sampler="ddim", eta=eta, **said, t=t, tPrev=t_prev, **outputs(step))


def outputs(step):
    return {"xPrev": digits(step.prev_sample), "x0": digits(step.pred_original_sample)}


def dpm_chain(evaluations, schedule="linear", zero_snr=False, prediction="epsilon", thresholding=None, spacing="linspace"):
    """Evaluation k is answered with waves(2 + k, 1)."""
    scheduler = sharpened(
        diffusers.DPMSolverMultistepScheduler(
            beta_schedule=schedule,
            rescale_betas_zero_snr=zero_snr,
            prediction_type=prediction,
            timestep_spacing=spacing,
            **thresholds(thresholding),
        )
    )
    if zero_snr:
        scheduler.alphas_cumprod[-1] = ZERO_ALPHA
    scheduler.set_timesteps(evaluations)
    alphas = scheduler.alphas_cumprod[scheduler.timesteps]
    sigmas = torch.cat([((1 - alphas) / alphas) ** 0.5, torch.zeros(1, dtype=torch.float64)])
    assert torch.allclose(sigmas.float(), scheduler.sigmas.float(), rtol=2e-3)
    scheduler.sigmas = sigmas
    x, chain = xt, []
    with float64():
        for k, t in enumerate(scheduler.timesteps):
            x = scheduler.step(waves(2 + k, 1), t, x).prev_sample
            chain.append(digits(x))
    said = dict(schedule=schedule, zeroSnr=zero_snr, prediction=prediction, clip=False)
    if thresholding is not None:
        said["thresholding"] = thresholding
    return dict(**said, timesteps=scheduler.timesteps.tolist(), xPrev=chain)


def inversion_chain(evaluations, prediction, clip, schedule="linear"):
    """Evaluation k is answered with waves(2 + k, 1)."""
    words = limits(clip, None)
    scheduler = sharpened(diffusers.DDIMInverseScheduler(beta_schedule=schedule, prediction_type=prediction, **words))
    scheduler.initial_alpha_cumprod = torch.tensor(1.0, dtype=torch.float64)
    scheduler.set_timesteps(evaluations)
    x, chain = xt, []
    for k, t in enumerate(scheduler.timesteps):
        x = scheduler.step(waves(2 + k, 1), t, x).prev_sample
        chain.append(digits(x))
    return dict(schedule=schedule, prediction=prediction, clip=clip, timesteps=scheduler.timesteps.tolist(), xPrev=chain)


def timesteps(spacing, start, evaluations, offset=0):
    scheduler = diffusers.DDIMScheduler(num_train_timesteps=start, timestep_spacing=spacing, steps_offset=offset)
    scheduler.set_timesteps(evaluations)
    return dict(spacing=spacing, **{"from": start}, evaluations=evaluations, offset=offset, timesteps=scheduler.timesteps.tolist())


def dpm_timesteps(spacing, evaluations):
    scheduler = diffusers.DPMSolverMultistepScheduler(timestep_spacing=spacing)
    scheduler.set_timesteps(evaluations)
    return dict(spacing=spacing, evaluations=evaluations, timesteps=scheduler.timesteps.tolist())


def config(scheduler):
    """What is in its scheduler_config.json; JSON has no infinity, so that one is left out."""
    words = json.loads(scheduler.to_json_string())
    return {key: value for key, value in words.items() if value != -math.inf}


def alphas_cumprod(schedule, zero_snr=False):
    return digits(sharpened(diffusers.DDPMScheduler(beta_schedule=schedule, rescale_betas_zero_snr=zero_snr)).alphas_cumprod)


linear = sharpened(diffusers.DDPMScheduler())
predictions = ["epsilon", "sample", "v_prediction"]
imagen = dict(ratio=0.8, maxValue=1.5)
golden = {
    "library": f"diffusers {diffusers.__version__}, torch {torch.__version__}",
    "shape": SHAPE,
    "configs": [
        config(scheduler())
        for scheduler in [diffusers.DDPMScheduler, diffusers.DDIMScheduler, diffusers.DPMSolverMultistepScheduler]
    ],
    "alphasCumprod": {
        schedule: {"plain": alphas_cumprod(schedule), "zeroSnr": alphas_cumprod(schedule, True)}
        for schedule in ["linear", "scaled_linear", "squaredcos_cap_v2", "sigmoid"]
    },
    "addNoise": {"t": [7, 640], "xt": digits(linear.add_noise(xt, noise, torch.tensor([7, 640])))},
    "timesteps": [
        timesteps(spacing, start, evaluations)
        for spacing in ["linspace", "leading", "trailing"]
        for start, evaluations in [(1000, 50), (200, 12), (250, 3), (30, 30), (250, 20)]
    ]
    + [timesteps("leading", 1000, 50, 1), timesteps("leading", 250, 20, 5)],
    "dpmTimesteps": [dpm_timesteps(spacing, 20) for spacing in ["linspace", "leading", "trailing"]],
    "steps": [
        ddpm_step("fixed_small", 500, 499),
        ddpm_step("fixed_small", 199, 150),
        ddpm_step("fixed_large", 199, 150, clip=False),
        ddpm_step("fixed_large", 900, 400, schedule="squaredcos_cap_v2"),
        ddpm_step("fixed_small", 0, -1),
        ddpm_step("fixed_small_log", 199, 150),
        ddim_step(0, 199, 149),
        ddim_step(0, 199, 149, clip=False),
        ddim_step(0.5, 640, 440),
        ddim_step(1, 640, 440, schedule="squaredcos_cap_v2"),
        ddim_step(1, 9, -1),
    ]
    + [
        step
        for prediction in predictions
        for step in [
            ddpm_step("fixed_small", 640, 440, prediction=prediction, clip=0.7),
            ddpm_step("fixed_large", 640, 440, prediction=prediction, schedule="sigmoid", clip=False),
            ddpm_step("fixed_small", 199, -1, prediction=prediction),
            ddim_step(0, 640, 440, prediction=prediction, clip=0.7),
            ddim_step(0.5, 640, 440, prediction=prediction, schedule="scaled_linear", clip=False),
            ddim_step(0, 249, -1, prediction=prediction),
            ddpm_step("fixed_small", 640, 440, prediction=prediction, thresholding=imagen),
            ddim_step(0, 640, 440, prediction=prediction, thresholding=imagen),
        ]
    ]
    + [ddim_step(0, 640, 440, thresholding=how) for how in [dict(ratio=0.995, maxValue=1), dict(ratio=1, maxValue=3), dict(ratio=0, maxValue=3)]]
    + [
        step
        for prediction in ["sample", "v_prediction"]
        for step in [
            ddpm_step("fixed_small", 999, 899, prediction=prediction, zero_snr=True),
            ddim_step(0, 999, 899, prediction=prediction, zero_snr=True, clip=False),
            ddim_step(0.5, 999, 899, prediction=prediction, zero_snr=True, schedule="scaled_linear"),
        ]
    ],
    "dpmChains": [dpm_chain(5, prediction=prediction) for prediction in predictions]
    + [
        dpm_chain(16),
        dpm_chain(1),
        dpm_chain(4, schedule="squaredcos_cap_v2", prediction="v_prediction", spacing="trailing"),
        dpm_chain(4, thresholding=imagen, spacing="leading"),
        dpm_chain(4, zero_snr=True, prediction="v_prediction", spacing="trailing"),
        dpm_chain(4, zero_snr=True, prediction="sample", schedule="scaled_linear", spacing="trailing"),
    ],
    "inversionChains": [
        inversion_chain(5, "epsilon", True),
        inversion_chain(5, "epsilon", False, "scaled_linear"),
        inversion_chain(5, "v_prediction", 0.7),
        inversion_chain(4, "v_prediction", False, "squaredcos_cap_v2"),
    ],
}
with open(path, "w") as file:
    json.dump(golden, file, separators=(",", ":"))
