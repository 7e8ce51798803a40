"""Writes packages/core/test/goldens/safetensors.json: a file made by the reference library, as base64, and the values in it.

Run from the repository's root: python scripts/goldens/core.py [another path]
"""

import base64
import json
import sys
from importlib.metadata import version

import torch
from safetensors.torch import save

values = [[1.0, -2.5, 3.25], [0.0, 65504.0, 6.0e-8]]
tensors = {
    "layer.weight": torch.tensor(values, dtype=torch.float32),
    "half": torch.tensor(values, dtype=torch.float16),
    "brain": torch.tensor(values, dtype=torch.bfloat16),
    "scalar": torch.tensor(7.0),
    "empty": torch.zeros((0, 3)),
}
golden = {
    "library": f"safetensors {version('safetensors')}, torch {torch.__version__.split('+')[0]}",
    "base64": base64.b64encode(save(tensors, metadata={"format": "pt"})).decode(),
    "tensors": {name: {"shape": list(t.shape), "data": t.float().flatten().tolist()} for name, t in tensors.items()},
}
path = sys.argv[1] if len(sys.argv) > 1 else "packages/core/test/goldens/safetensors.json"
with open(path, "w") as file:
    file.write(json.dumps(golden, indent=1) + "\n")
