#!/usr/bin/env python3
"""Writes squeezenet1_0.json: the class torchvision's squeezenet1_0 puts first for each photograph of a folder.

Needs Debian's python3-torch, python3-torchvision, python3-pil. Usage: make_squeezenet_reference.py WEIGHTS.pth FOLDER
"""
import json, os, sys, torch, torchvision
from PIL import Image
from torchvision import transforms as T
weights, folder = sys.argv[1:]
net = torchvision.models.squeezenet1_0(); net.load_state_dict(torch.load(weights)); net.eval()
prepare = T.Compose([T.Resize(256), T.CenterCrop(224), T.ToTensor(), T.Normalize([.485, .456, .406], [.229, .224, .225])])
with torch.inference_mode():
    top1 = {f: int(net(prepare(Image.open(os.path.join(folder, f)).convert("RGB"))[None]).argmax()) for f in sorted(os.listdir(folder))}
json.dump({"torchvision": torchvision.__version__, "top1": top1}, open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "squeezenet1_0.json"), "w"), indent=0)
