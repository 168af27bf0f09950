#!/usr/bin/env python3
"""The same detector in torchvision, to set beside ours: run by `Benchmarks detect`.

Needs Debian's python3-torch and python3-torchvision. Usage: detect_peer.py MODEL WEIGHTS.pth PHOTO MIN_SIZE MAX_SIZE. Writes fresh weights if there
are none; then for each line on its input detects once, from the JPEG file on, and prints the seconds.
"""
import os, sys, time, torch, torchvision
from PIL import Image
name, weights, photo, low, high = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
torch.manual_seed(1); torch.set_num_threads(os.cpu_count())
net = getattr(torchvision.models.detection, name)(weights=None, weights_backbone=None, min_size=low, max_size=high).eval()
if os.path.exists(weights): net.load_state_dict(torch.load(weights))
else: torch.save(net.state_dict(), weights)
print("ready", flush=True)
for line in sys.stdin:
    start = time.time()
    with torch.no_grad(): found = net([torchvision.transforms.functional.to_tensor(Image.open(photo).convert("RGB"))])
    print(time.time() - start, flush=True)
