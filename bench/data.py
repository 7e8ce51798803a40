"""Python's side of `npm run bench:data`: `data.py FOLDER SIZE`, what torchvision's ImageFolder does with Pillow, in a DataLoader of two workers.

Every picture below FOLDER/train and FOLDER/test, in colour, resized to SIZE x SIZE (bilinear, antialiased), as one array in memory. One line of JSON.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import PIL
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

started = time.perf_counter()
folder, size = Path(sys.argv[1]), int(sys.argv[2])


class Pictures(Dataset):
    def __init__(self):
        self.paths = [path for half in ("train", "test") for path in sorted((folder / half).rglob("*.png"))]

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, row):
        with Image.open(self.paths[row]) as picture:
            pixels = picture.convert("RGB").resize((size, size), Image.Resampling.BILINEAR)
        return torch.from_numpy(np.array(pixels)).permute(2, 0, 1).float().div(255)


def main():
    images = torch.cat(list(DataLoader(Pictures(), batch_size=32, num_workers=2)))
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - started,
                "images": len(images),
                "mean": images.double().mean().item(),
                "version": f"PyTorch {torch.__version__}, Pillow {PIL.__version__}",
            }
        )
    )


if __name__ == "__main__":
    main()
