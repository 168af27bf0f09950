#!/usr/bin/env python3
"""Exports networks as PyTorch does it, to set beside TransferKit's exports: `Benchmarks exports FOLDER`.

Needs Debian's python3-torch and python3-torchvision. Usage: export_peer.py FOLDER. The weights are random: they do not change the speed.
"""
import os, sys, torch, torchvision
from torchvision.models.vision_transformer import VisionTransformer

networks = {
    "vit_tiny_patch16_224": lambda: VisionTransformer(224, 16, 12, 3, 192, 768),
    "vit_b_32": torchvision.models.vit_b_32,
    "convnext_tiny": torchvision.models.convnext_tiny,
    "swin_t": torchvision.models.swin_t,
}
os.makedirs(sys.argv[1], exist_ok=True)
for name, create in networks.items():
    torch.onnx.export(create().eval(), torch.randn(8, 3, 224, 224), os.path.join(sys.argv[1], name + ".onnx"), opset_version=14,
                      input_names=["images"], output_names=["output"])
