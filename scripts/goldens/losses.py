"""Goldens of packages/losses: values and gradients of robust losses by PyTorch in float64, ln Z of Barron's distribution by SciPy.

PyTorch has mse_loss, l1_loss, huber_loss and smooth_l1_loss; the others are their papers' formulas, differentiated by its autograd.
Run from the repository's root: python scripts/goldens/losses.py [another path]
"""

import json
import math
import sys

import numpy as np
import scipy
import torch
from scipy.integrate import quad
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(0)
drawn = (torch.randn(6, 8, generator=generator) * torch.tensor([0.05, 0.3, 1.0, 1.0, 4.0, 100.0])[:, None]).float().double()
extreme = torch.tensor([[0.0, 1e-3, -1e-2, 0.1999, -0.2001, 1e3, -1e4, 3e4]])
residuals = torch.cat([drawn, extreme.float().double()])  # as float32 holds them
scales = torch.tensor([0.05, 0.2, 0.5, 1.0, 2.0, 5.0, 0.3])
zero = torch.zeros_like(residuals)
THRESHOLD = 0.7


def barron(r, c, alpha):
    u = (r / c) ** 2
    if alpha == 2:
        return u / 2
    if alpha == 0:
        return torch.log1p(u / 2)
    if alpha == -math.inf:
        return 1 - torch.exp(-u / 2)
    if alpha == math.inf:
        return torch.exp(u / 2) - 1
    b = abs(alpha - 2)
    return b / alpha * ((u / b + 1) ** (alpha / 2) - 1)


def log_cosh(x):
    return abs(x) + F.softplus(-2 * abs(x), threshold=math.inf) - math.log(2)


# of a residual r and a delta or scale c
FORMULAS = {
    "huber": lambda r, c: torch.where(abs(r) <= c, r**2 / 2, c * (abs(r) - c / 2)),
    "smooth-l1": lambda r, c: torch.where(abs(r) <= c, r**2 / 2 / c, abs(r) - c / 2),
    "pseudo-huber": lambda r, c: c**2 * (torch.sqrt(1 + (r / c) ** 2) - 1),
    "pseudo-huber, diffusers": lambda r, c: 2 * c * (torch.sqrt(r**2 + c**2) - c),
    "log-cosh": lambda r, c: c**2 * log_cosh(r / c),
    "cauchy": lambda r, c: c**2 / 2 * torch.log1p((r / c) ** 2),
    "geman-mcclure": lambda r, c: r**2 / 2 / (1 + (r / c) ** 2),
    "welsch": lambda r, c: -(c**2) / 2 * torch.expm1(-((r / c) ** 2)),
    "tukey": lambda r, c: c**2 / 6 * (1 - (1 - torch.clamp((r / c) ** 2, max=1)) ** 3),
    "clipped-mse": lambda r, c: torch.minimum(r**2, c**2 + 0 * r),
    "barron": lambda r, c: barron(r, c, 0.5),
}
# by PyTorch itself
LIBRARY = {
    "mse": lambda r: F.mse_loss(r, zero, reduction="none"),
    "l1": lambda r: F.l1_loss(r, zero, reduction="none"),
    "huber": lambda r: F.huber_loss(r, zero, reduction="none", delta=THRESHOLD),
    "smooth-l1": lambda r: F.smooth_l1_loss(r, zero, reduction="none", beta=THRESHOLD),
}
BY_FORMULA = {name: lambda r, formula=formula: formula(r, torch.tensor(THRESHOLD)) for name, formula in FORMULAS.items() if name != "barron"}
ALPHAS = [-math.inf, -2, -0.5, 0, 1e-4, 0.5, 1, 1.5, 1.99, 2]


def with_gradient(function):
    r = residuals.clone().requires_grad_()
    values = function(r)
    (gradient,) = torch.autograd.grad(values.sum(), r)
    return {"values": values.tolist(), "gradient": gradient.tolist()}


def by_scale(function):
    c = scales.clone().requires_grad_()
    values = function(residuals, c[:, None])
    (gradient,) = torch.autograd.grad(values.sum(), c)
    return {"perSample": values.mean(1).tolist(), "gradient": gradient.tolist()}


def by_alpha(alpha):
    a = torch.tensor(alpha, requires_grad=True)
    b = abs(a - 2)
    values = b / a * (((drawn[:5] / 2) ** 2 / b + 1) ** (a / 2) - 1)
    (gradient,) = torch.autograd.grad(values.mean(), a)
    return {"alpha": alpha, "loss": values.mean().item(), "gradient": gradient.item()}


def log_partition(alpha):
    def density(s):
        x = np.sinh(s)
        b = 2 - alpha
        return np.exp(-b / alpha * np.expm1(alpha / 2 * np.log1p(x * x / b))) * np.cosh(s)

    pieces = [(0, 0.05), (0.05, 0.5), (0.5, 3), (3, 12), (12, 40)]
    return math.log(2 * sum(quad(density, *piece, epsabs=1e-13, epsrel=1e-13, limit=500)[0] for piece in pieces))


LEARNABLE = [0.001, 0.01, 0.1, 0.3, 0.5, 1.0, 1.5, 1.9, 1.99, 1.999]
golden = {
    "library": f"torch {torch.__version__.split('+')[0]}, scipy {scipy.__version__}",
    "threshold": THRESHOLD,
    "residuals": residuals.tolist(),
    "functions": {name: with_gradient(function) for name, function in {**BY_FORMULA, **LIBRARY}.items()},
    "barron": [{"alpha": str(alpha), **with_gradient(lambda r: barron(r, THRESHOLD, alpha))} for alpha in ALPHAS],
    "scales": scales.tolist(),
    "perSample": {name: by_scale(function) for name, function in FORMULAS.items()},
    "byAlpha": [by_alpha(alpha) for alpha in [-3.0, -1.0, -1e-2, 1e-3, 0.2, 0.9, 1.3, 1.8, 1.95, 2.5]],
    "logPartition": [{"alpha": alpha, "value": log_partition(alpha)} for alpha in LEARNABLE],
}
path = sys.argv[1] if len(sys.argv) > 1 else "packages/losses/test/goldens/losses.json"
with open(path, "w") as file:
    file.write(json.dumps(golden, indent=1) + "\n")
