#!/usr/bin/env python3
"""Writes resize.json: SHA-256 of RGB pixels that Pillow resizes, for images of the formula below. Needs Debian's python3-pil.

pixel(c, y, x) = (x * (3 + c) + y * (5 - c) + x * y // 7 + 40 * ((x // 9 + y // 5) % 3)) % 256
"""
import hashlib, json, os
import numpy as np
from PIL import Image
cases = []
for w, h, tw, th in [(640, 427, 384, 256), (427, 640, 256, 384), (193, 130, 380, 256), (300, 300, 256, 256), (256, 256, 256, 256), (1000, 31, 8258, 256), (50, 37, 7, 5), (640, 427, 348, 232)]:
    y, x, c = np.meshgrid(np.arange(h), np.arange(w), np.arange(3), indexing="ij")
    a = ((x * (3 + c) + y * (5 - c) + x * y // 7 + 40 * ((x // 9 + y // 5) % 3)) % 256).astype(np.uint8)
    for name, filter in [("Bilinear", Image.BILINEAR), ("Bicubic", Image.BICUBIC)]:
        r = np.asarray(Image.fromarray(a).resize((tw, th), filter))
        cases.append({"width": w, "height": h, "to_width": tw, "to_height": th, "interpolation": name, "sha256": hashlib.sha256(r.tobytes()).hexdigest()})
here = os.path.dirname(os.path.abspath(__file__))
json.dump(cases, open(os.path.join(here, "resize.json"), "w"), indent=1)
