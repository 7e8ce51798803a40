"""What the pipeline in the folder that folder.txt names predicts for images.json."""

import json

import diffusers
import torch

with open("folder.txt") as file:
    pipeline = diffusers.DDPMPipeline.from_pretrained(file.read())
with open("images.json") as file:
    given = json.load(file)
images = torch.tensor(given["images"], dtype=torch.float32).reshape(given["shape"]).permute(0, 3, 1, 2)
with torch.no_grad():
    prediction = pipeline.unet.eval()(images, torch.tensor(given["t"])).sample.permute(0, 2, 3, 1)
print(
    json.dumps(
        {
            "pipeline": type(pipeline).__name__,
            "prediction": prediction.flatten().tolist(),
            "alphasCumprod": pipeline.scheduler.alphas_cumprod.tolist(),
        }
    )
)
