#!/usr/bin/env python3
"""JPEG files to features as PyTorch's users compute them, to set beside `Benchmarks PHOTOS WEIGHTS`: images per second.

Needs Debian's python3-torch and python3-torchvision. Usage: photos_peer.py PHOTOS [draft]. MobileNetV2 with random weights, batches of 8, files
decoded by Pillow in two worker processes. With `draft` Pillow decodes at the smallest of a half, a quarter or an eighth that is at least 1.5
times the resize, as `Decoding.Fast` does.
"""
import glob, sys, time, torch, torchvision
from PIL import Image
from torchvision import transforms as T

folder, draft = sys.argv[1], sys.argv[2:] == ["draft"]
files = sorted(glob.glob(folder + "/**/*.jpg", recursive=True))
prepare = T.Compose([T.Resize(256), T.CenterCrop(224), T.ToTensor(), T.Normalize([.485, .456, .406], [.229, .224, .225])])


class Photos(torch.utils.data.Dataset):
    def __len__(self): return len(files)
    def __getitem__(self, i):
        image = Image.open(files[i])
        if draft:
            image.draft("RGB", (384, 384))
        return prepare(image.convert("RGB"))


network = torchvision.models.mobilenet_v2().eval()
network.classifier = torch.nn.Identity()
with torch.no_grad():
    network(torch.zeros(8, 3, 224, 224))
    start = time.perf_counter()
    for batch in torch.utils.data.DataLoader(Photos(), batch_size=8, num_workers=2):
        network(batch)
print(len(files) / (time.perf_counter() - start))
