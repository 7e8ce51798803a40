"""Maps in files as Python's libraries write them, with their values, for @rddpm/study: packages/study/test/goldens/map-files.json.

Not remade by check.sh: other versions of the libraries write other bytes of the same values. In an environment of its own:

pip install -r scripts/goldens/maps/requirements.txt && python scripts/goldens/maps/make.py
"""

import base64
import json
import os
import sys
import tempfile

import cv2
import imagecodecs
import numpy as np
import PIL
import tifffile
from PIL import Image, ImageCms

HEIGHT, WIDTH = 5, 7
rng = np.random.default_rng(7)
folder = tempfile.mkdtemp()
files = []


def values_of(dtype):
    """Of the dtype's whole range, with what is easily lost: -0, subnormals, the largest and the smallest."""
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return rng.random((HEIGHT, WIDTH)) < 0.5
    if dtype.kind == "f":
        exponents = rng.integers(-3 if dtype.itemsize == 2 else -30, 3 if dtype.itemsize == 2 else 30, (HEIGHT, WIDTH))
        values = (rng.normal(size=(HEIGHT, WIDTH)) * 10.0**exponents).astype(dtype)
        info = np.finfo(dtype)
        values[0, :4] = [-0.0, info.smallest_subnormal, info.max, -info.tiny]
        return values
    info = np.iinfo(dtype)
    low, high = (max(info.min, -(2**53) + 1), min(info.max, 2**53 - 1))
    values = rng.integers(low, high, (HEIGHT, WIDTH), dtype=dtype.newbyteorder("="), endpoint=True).astype(dtype)
    values[0, :2] = [low, high]
    return values


def add(name, write, values):
    """`write` gets a path, of a file with the extension of `name`."""
    path = os.path.join(folder, "map" + os.path.splitext(name)[1])
    write(path)
    with open(path, "rb") as file:
        content = base64.b64encode(file.read()).decode()
    os.remove(path)
    wide = values.dtype.itemsize > (4 if values.dtype.kind == "f" else 2)
    files.append({"name": name, "array": "Float64Array" if wide else "Float32Array", "values": values.astype("f8").ravel().tolist(), "file": content})


for dtype in ["?", "u1", "i1", *(order + kind for order in "<>" for kind in ["u2", "i2", "f2", "u4", "i4", "f4", "u8", "i8", "f8"])]:
    values = values_of(dtype)
    add(f"numpy {values.dtype.str}.npy", lambda path: np.save(path, values), values)
    add(f"numpy {values.dtype.str} in Fortran order.npy", lambda path: np.save(path, np.asfortranarray(values)), values)
values = values_of("<f4")
for version in [(1, 0), (2, 0), (3, 0)]:

    def write(path):
        with open(path, "wb") as file:
            np.lib.format.write_array(file, values, version=version)

    add(f"numpy version {version[0]}.npy", write, values)
for shape in [(1, HEIGHT, WIDTH), (HEIGHT, WIDTH, 1), (1, 1, HEIGHT, WIDTH), (1, HEIGHT, WIDTH, 1)]:
    for order in "CF":
        array = np.asarray(values.reshape(shape), order=order)
        add(f"numpy {list(shape)} in order {order}.npy", lambda path: np.save(path, array), values)
add("numpy savez.npz", lambda path: np.savez(path, values), values)
add("numpy savez_compressed.npz", lambda path: np.savez_compressed(path, anomaly_map=values), values)
half = values_of(">f2")
add("numpy savez_compressed, big-endian float16 in Fortran order.npz", lambda path: np.savez_compressed(path, np.asfortranarray(half)), half)

for order, endian in [("<", "little"), (">", "big")]:
    for kind in ["u1", "i1", "u2", "i2", "f2", "u4", "i4", "f4", "f8"]:
        values = values_of(kind)
        for compression in [None, "lzw", "zlib", "packbits"]:
            for predictor in [None, 2, 3]:
                if predictor and compression not in ("lzw", "zlib") or predictor == 2 and kind[0] == "f" or predictor == 3 and kind != "f4":
                    continue
                if compression == "packbits" and kind != "f4":
                    continue
                for layout in [{"rowsperstrip": 2}, {"tile": (16, 16)}]:
                    if layout.get("tile") and not compression and kind != "f4":
                        continue  # a kilobyte of padding
                    options = {"byteorder": order, "compression": compression, "predictor": predictor, "metadata": None, "software": False}
                    add(
                        f"tifffile {endian}-endian {kind}, {compression}, predictor {predictor}, {next(iter(layout))}.tiff",
                        lambda path: tifffile.imwrite(path, values, **options, **layout),
                        values,
                    )
values = values_of("f4")
add("tifffile, as it is.tif", lambda path: tifffile.imwrite(path, values), values)
add("tifffile, BigTIFF.tif", lambda path: tifffile.imwrite(path, values, bigtiff=True), values)
add("tifffile, ImageJ.tif", lambda path: tifffile.imwrite(path, values, imagej=True), values)
for compression in [None, "tiff_lzw", "tiff_deflate", "tiff_adobe_deflate", "packbits"]:
    add(f"Pillow, {compression}.tiff", lambda path: Image.fromarray(values).save(path, compression=compression), values)
for kind in ["u1", "u2", "f4", "f8"]:
    values = values_of(kind)
    add(f"OpenCV {kind}.tiff", lambda path: cv2.imwrite(path, values), values)

profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
for kind in ["u1", "u2"]:
    values = values_of(kind)
    add(f"OpenCV {kind}.png", lambda path: cv2.imwrite(path, values), values)
    add(f"Pillow {kind}.png", lambda path: Image.fromarray(values).save(path), values)
    add(f"Pillow {kind}, a colour profile.png", lambda path: Image.fromarray(values).save(path, icc_profile=profile), values)

golden = {
    "script": "scripts/goldens/maps/make.py",
    "versions": {module.__name__: module.__version__ for module in (np, tifffile, imagecodecs, PIL, cv2)},
    "height": HEIGHT,
    "width": WIDTH,
    "files": files,
}
path = sys.argv[1] if len(sys.argv) > 1 else "packages/study/test/goldens/map-files.json"
with open(path, "w") as file:
    file.write(json.dumps(golden, separators=(",", ":")).replace('{"name"', '\n{"name"') + "\n")
