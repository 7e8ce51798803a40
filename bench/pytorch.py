"""One case of PyTorch's: `python pytorch.py train CASE STEPS LAYOUT` prints { parameters, stepMs, forwardMs, peakMb, gflop, version, layout },
`python pytorch.py detect CASE 0 LAYOUT` { imagesPerSecond, version, layout }.

The architecture of diffusers' UNet2DModel, written as a PyTorch user would: eager, float32, torch.nn layers, AdamW, gradient clipping,
a moving average of the weights. Memory formats are tried both ways, and the faster one counts.
"""

import copy
import json
import math
import resource
import statistics
import sys
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

WARM_UP = 3
GROUPS = 8
EVALUATIONS, DRAWS, DETECTIONS = 12, 2, 1


def norm(channels):
    return nn.GroupNorm(GROUPS, channels)


class ResnetBlock(nn.Module):
    def __init__(self, inputs, outputs, time_channels):
        super().__init__()
        self.norm1, self.conv1 = norm(inputs), nn.Conv2d(inputs, outputs, 3, padding=1)
        self.time = nn.Linear(time_channels, outputs)
        self.norm2, self.conv2 = norm(outputs), nn.Conv2d(outputs, outputs, 3, padding=1)
        self.shortcut = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

    def forward(self, x, time_embedding):
        h = self.conv1(F.silu(self.norm1(x))) + self.time(F.silu(time_embedding))[:, :, None, None]
        return self.shortcut(x) + self.conv2(F.silu(self.norm2(h)))


class Attention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm = norm(channels)
        self.q, self.k, self.v, self.out = (nn.Linear(channels, channels) for _ in range(4))

    def forward(self, x):
        n, c, h, w = x.shape
        tokens = self.norm(x).reshape(n, c, h * w).transpose(1, 2)
        mixed = F.scaled_dot_product_attention(self.q(tokens), self.k(tokens), self.v(tokens))
        return x + self.out(mixed).transpose(1, 2).reshape(n, c, h, w)


class UNet(nn.Module):
    def __init__(self, widths, layers, attention):
        super().__init__()
        base, time_channels = widths[0], 4 * widths[0]
        self.base = base
        self.embed = nn.Sequential(nn.Linear(base, time_channels), nn.SiLU(), nn.Linear(time_channels, time_channels))
        self.conv_in = nn.Conv2d(3, base, 3, padding=1)
        self.down, skips, c = nn.ModuleList(), [base], base
        for level, width in enumerate(widths):
            for _ in range(layers):
                self.down.append(nn.ModuleList([ResnetBlock(c, width, time_channels), Attention(width) if attention[level] else None]))
                c = width
                skips.append(c)
            if level < len(widths) - 1:
                self.down.append(nn.Conv2d(c, c, 3, stride=2, padding=1))
                skips.append(c)
        self.middle = nn.ModuleList([ResnetBlock(c, c, time_channels), ResnetBlock(c, c, time_channels)])
        self.up = nn.ModuleList()
        for level, width in reversed(list(enumerate(widths))):
            for _ in range(layers + 1):
                block = ResnetBlock(c + skips.pop(), width, time_channels)
                self.up.append(nn.ModuleList([block, Attention(width) if attention[level] else None]))
                c = width
            if level > 0:
                self.up.append(nn.Conv2d(c, c, 3, padding=1))
        self.norm_out, self.conv_out = norm(c), nn.Conv2d(c, 3, 3, padding=1)

    def forward(self, x, t):
        half = self.base // 2
        angles = t[:, None].float() * torch.exp(-math.log(10000) * torch.arange(half) / half)[None]
        time_embedding = self.embed(torch.cat([angles.cos(), angles.sin()], 1))
        h = self.conv_in(x)
        skips = [h]
        for part in self.down:
            if isinstance(part, nn.Conv2d):
                h = part(h)
            else:
                h = part[0](h, time_embedding)
                h = part[1](h) if part[1] is not None else h
            skips.append(h)
        for block in self.middle:
            h = block(h, time_embedding)
        for part in self.up:
            if isinstance(part, nn.Conv2d):
                h = part(F.interpolate(h, scale_factor=2, mode="nearest"))
            else:
                h = part[0](torch.cat([h, skips.pop()], 1), time_embedding)
                h = part[1](h) if part[1] is not None else h
        return self.conv_out(F.silu(self.norm_out(h)))


def time_step(case, steps, memory_format):
    torch.manual_seed(0)
    model = UNet(case["widths"], case["layers"], case["attention"]).to(memory_format=memory_format)
    average = copy.deepcopy(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-4)
    alphas = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000), 0)
    x0 = torch.randn(case["batch"], 3, case["size"], case["size"]).to(memory_format=memory_format)
    times = []
    for _ in range(steps + WARM_UP):
        started = time.perf_counter()
        t = torch.randint(0, 1000, (case["batch"],))
        noise = torch.randn_like(x0)
        signal = alphas[t][:, None, None, None]
        prediction = model(signal.sqrt() * x0 + (1 - signal).sqrt() * noise, t)
        loss = F.mse_loss(prediction, noise)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 0.001)
        loss.item()
        times.append(1000 * (time.perf_counter() - started))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    model.eval()
    forward = []
    with torch.inference_mode():
        for _ in range(steps + WARM_UP):
            started = time.perf_counter()
            model(x0, torch.full((case["batch"],), 100))
            forward.append(1000 * (time.perf_counter() - started))
    return {
        "parameters": sum(p.numel() for p in model.parameters()),
        "stepMs": statistics.median(times[WARM_UP:]),
        "forwardMs": statistics.median(forward[WARM_UP:]),
        "peakMb": peak,
    }


def gigaflops_of_step(case):
    """Multiplications and additions of one forward and backward pass."""
    model = UNet(case["widths"], case["layers"], case["attention"])
    x = torch.randn(case["batch"], 3, case["size"], case["size"])
    with FlopCounterMode(display=False) as counter:
        model(x, torch.zeros(case["batch"], dtype=torch.long)).square().mean().backward()
    return counter.get_total_flops() / 1e9


def time_detection(case, memory_format):
    """Noise to depth 200, 12 evaluations of DDIM, 2 draws, squared error, Gaussian smoothing; on random weights."""
    torch.manual_seed(0)
    model = UNet(case["widths"], case["layers"], case["attention"]).to(memory_format=memory_format).eval()
    alphas = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000), 0)
    timesteps = torch.linspace(199, 0, EVALUATIONS).round().long().tolist()
    images = torch.rand(case["images"], 3, case["size"], case["size"]) * 2 - 1
    sigma = 2 * case["size"] / 64
    reach = math.ceil(4 * sigma)
    kernel = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / sigma) ** 2)
    kernel = kernel / kernel.sum()

    def detect():
        rows = images.repeat_interleave(DRAWS, 0)
        reconstructions = []
        for x in rows.split(case["batch"]):
            x = x.to(memory_format=memory_format)
            x = alphas[199].sqrt() * x + (1 - alphas[199]).sqrt() * torch.randn_like(x)
            for t, previous in zip(timesteps, [*timesteps[1:], -1]):
                noise = model(x, torch.full((len(x),), t))
                x0 = ((x - (1 - alphas[t]).sqrt() * noise) / alphas[t].sqrt()).clamp(-1, 1)
                noise = (x - alphas[t].sqrt() * x0) / (1 - alphas[t]).sqrt()
                alpha = alphas[previous] if previous >= 0 else torch.tensor(1.0)
                x = alpha.sqrt() * x0 + (1 - alpha).sqrt() * noise
            reconstructions.append(x)
        mean = torch.cat(reconstructions).unflatten(0, (-1, DRAWS)).mean(1)
        error = ((mean - images) / 2).square().mean(1, keepdim=True)
        error = F.conv2d(F.pad(error, (reach, reach, 0, 0), mode="reflect"), kernel[None, None, None])
        return F.conv2d(F.pad(error, (0, 0, reach, reach), mode="reflect"), kernel[None, None, :, None])

    seconds = []
    with torch.inference_mode():
        for _ in range(1 + DETECTIONS):
            started = time.perf_counter()
            detect()
            seconds.append(time.perf_counter() - started)
    return {"imagesPerSecond": case["images"] / statistics.median(seconds[1:])}


def main():
    kind, name, steps, layout = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    torch.set_num_threads(2)
    case = json.loads((Path(__file__).parent / "cases.json").read_text())[kind][name]
    memory_format = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}[layout]
    if kind == "train":
        result = {**time_step(case, steps, memory_format), "gflop": gigaflops_of_step(case)}
    else:
        result = time_detection(case, memory_format)
    print(json.dumps({**result, "layout": layout, "version": f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads"}))


main()
