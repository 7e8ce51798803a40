"""Goldens of packages/trainer: a linear regression trained by torch.optim.AdamW with clip_grad_norm_.

Run from the repository's root: python scripts/goldens/trainer.py [another path]
"""

import json
import sys

import torch

generator = torch.Generator().manual_seed(0)
inputs = torch.randn(6, 4, generator=generator)
targets = torch.randn(6, generator=generator)
weights = torch.nn.Parameter(torch.randn(4, generator=generator))
start = weights.detach().tolist()

settings = {"learningRate": 0.05, "weightDecay": 0.1, "gradientNorm": 1.5}
optimizer = torch.optim.AdamW([weights], lr=settings["learningRate"], weight_decay=settings["weightDecay"])
steps = []
for _ in range(12):
    optimizer.zero_grad()
    loss = ((inputs @ weights - targets) ** 2).mean()
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_([weights], settings["gradientNorm"])
    optimizer.step()
    moments = optimizer.state[weights]
    steps.append(
        {
            "gradientNorm": norm.item(),
            "weights": weights.detach().tolist(),
            "moment1": moments["exp_avg"].tolist(),
            "moment2": moments["exp_avg_sq"].tolist(),
        }
    )

golden = {"library": f"torch {torch.__version__.split('+')[0]}", **settings}
golden |= {"inputs": inputs.tolist(), "targets": targets.tolist(), "start": start, "steps": steps}
path = sys.argv[1] if len(sys.argv) > 1 else "packages/trainer/test/goldens/adamw.json"
with open(path, "w") as file:
    file.write(json.dumps(golden, indent=1) + "\n")
