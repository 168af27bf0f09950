#!/usr/bin/env python3
"""Writes fresh.json: the standard deviation of each parameter of torchvision's untrained networks. Gzip -9n it.

Needs Debian's python3-torch and python3-torchvision. Parameters filled with a constant are left out, but for zeros.
"""
import json, os, torch, torchvision
torch.manual_seed(0)
names = "alexnet vgg11 googlenet inception_v3 resnet18 densenet121 squeezenet1_0 shufflenet_v2_x0_5 mnasnet0_5 mobilenet_v2 mobilenet_v3_small efficientnet_b0 efficientnet_v2_s".split()
out = {}
for name in names:
    net = getattr(torchvision.models, name)(weights=None, **({"init_weights": True} if name in ("googlenet", "inception_v3") else {}))
    out[name] = {k: float("%.3g" % p.std(unbiased=False)) for k, p in net.named_parameters() if p.dim() > 1 or k.endswith("bias")}
json.dump({"torchvision": torchvision.__version__, "deviations": out}, open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "fresh.json"), "w"), separators=(",", ":"))
