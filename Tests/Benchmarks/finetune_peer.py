#!/usr/bin/env python3
"""The same fine-tuning in PyTorch, to set beside `transferkit finetune`: loss and seconds of each epoch.

Needs Debian's python3-torch and python3-torchvision. Usage: finetune_peer.py WEIGHTS.pth PHOTOS MODE EPOCHS, MODE one of last-layer,
last-layers, all; the same defaults otherwise: MobileNetV2, AdamW with weight decay 0.01 but on norms and biases, batches of 32, a
twentieth of warm-up, then half a cosine, gradients clipped to 1, batch normalisation in evaluation, no augmentation. What is frozen runs
without gradients, in each epoch again, as is usual. All photos are trained on: run ours with --validation-fraction 0.
"""
import math, sys, time, torch, torchvision
from PIL import Image
from torchvision import transforms as T
weights, photos, mode, epochs = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
rate = 3e-3 if mode == "last-layer" else 5e-4
torch.manual_seed(1); torch.set_num_threads(2)
data = torchvision.datasets.ImageFolder(photos, T.Compose([T.Resize(256), T.CenterCrop(224), T.ToTensor(), T.Normalize([.485, .456, .406], [.229, .224, .225])]),
                                        loader=lambda p: Image.open(p).convert("RGB"), is_valid_file=lambda p: True)
net = torchvision.models.mobilenet_v2(); net.load_state_dict(torch.load(weights)); net.classifier[1] = torch.nn.Linear(1280, len(data.classes))
first = {"last-layer": 19, "last-layers": 14, "all": 0}[mode]
frozen, tail = net.features[:first], net.features[first:]
for p in frozen.parameters(): p.requires_grad_(False)
trained = [p for p in net.parameters() if p.requires_grad]
optimizer = torch.optim.AdamW([{"params": [p for p in trained if p.dim() > 1], "weight_decay": 0.01}, {"params": [p for p in trained if p.dim() == 1], "weight_decay": 0}], lr=rate)
loader = torch.utils.data.DataLoader(data, 32, shuffle=True, num_workers=2)
steps, warm, step = epochs * len(loader), 0.05, 0
for epoch in range(epochs):
    start, total = time.time(), 0.0
    net.train()
    for m in net.modules():
        if isinstance(m, torch.nn.BatchNorm2d): m.eval()
    for x, y in loader:
        done = step / steps
        part = (step + 1) / (warm * steps + 1) if done < warm else (1 + math.cos(math.pi * (done - warm) / (1 - warm))) / 2
        for g in optimizer.param_groups: g["lr"] = rate * part
        with torch.no_grad(): x = frozen(x)
        loss = torch.nn.functional.cross_entropy(net.classifier(tail(x).mean((2, 3))), y)
        optimizer.zero_grad(); loss.backward(); torch.nn.utils.clip_grad_norm_(trained, 1); optimizer.step()
        total += loss.item() * len(y); step += 1
    print(f"Epoch {epoch + 1}: loss {total / len(data):.3f}; {time.time() - start:.1f} s", flush=True)
