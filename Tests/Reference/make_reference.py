#!/usr/bin/env python3
"""Writes zoo/<model>.json: what a reference implementation computes for weights that any language can regenerate.

Needs Debian's python3-torch and python3-torchvision; models marked timm need a timm source tree on PYTHONPATH.
Usage: make_reference.py [--salt TEXT] [--gain G] [--out DIR] [MODEL ...], then gzip -9n zoo/MODEL.json
zoo/mobilenet_v2.calm.json.gz and zoo/mobilenetv1_100.calm.json.gz: --gain 1 mobilenet_v2 mobilenetv1_100 (the latter without timm, whose
recorded logits at gain 4 the copy below equals to 1e-6)

The fill rule, in 64-bit unsigned arithmetic:
  seed(name)  = FNV-1a 64 of the UTF-8 bytes of salt + name
  u(name, i)  = (splitmix64(seed + (i + 1) * 0x9E3779B97F4A7C15) >> 40) * 2^-24        in [0, 1), i is the row-major index
  splitmix64(z): z ^= z >> 30; z *= 0xBF58476D1CE4E5B9; z ^= z >> 27; z *= 0x94D049BB133111EB; z ^= z >> 31
Each tensor of the state dict is then, by the last part of its name and its rank:
  num_batches_tracked     0
  running_mean            (u - 0.5) * 0.2
  running_var             0.5 + u
  rank 1 'weight'         0.5 + u                  (the scale of a normalisation)
  rank 1 otherwise        (u - 0.5) * 0.2          (a bias)
  rank 2 and more         (2u - 1) * gain * sqrt(3 / fan_in), fan_in = the product of all dimensions but the first
The gain stands in the file: it is chosen per model so that the two images of the input give clearly different logits.
The input holds two images. Image 0 is noise: (2 u('input', i) - 1) * 2 at i = (c * height + y) * width + x.
Image 1 is made of blocks of 32 x 32 pixels: (2 u('blocks', j) - 1) * 2 at j = (c * ceil(height / 32) + y / 32) * ceil(width / 32) + x / 32.
"""
import argparse, json, math, os
import numpy as np, torch

torch.set_num_threads(2)
M = (1 << 64) - 1

def fnv(text):
    h = 0xCBF29CE484222325
    for b in text.encode(): h = ((h ^ b) * 0x100000001B3) & M
    return h

def uniform(name, count):
    with np.errstate(over="ignore"):
        z = np.uint64(fnv(name)) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z ^= z >> np.uint64(30); z *= np.uint64(0xBF58476D1CE4E5B9)
        z ^= z >> np.uint64(27); z *= np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(40)).astype(np.float64) * 2.0 ** -24

def images(salt, channels, height, width):
    noise = uniform(salt + "input", channels * height * width).reshape(channels, height, width)
    rows, columns = -(-height // 32), -(-width // 32)
    blocks = uniform(salt + "blocks", channels * rows * columns).reshape(channels, rows, columns)
    blocks = blocks.repeat(32, 1).repeat(32, 2)[:, :height, :width]
    return torch.from_numpy(((np.stack([noise, blocks]) * 2 - 1) * 2).astype(np.float32))

def fill(state, salt, gain):
    for name, t in state.items():
        u = uniform(salt + name, t.numel())
        last = name.rsplit(".", 1)[-1]
        if last == "num_batches_tracked": v = np.zeros_like(u)
        elif last == "running_mean": v = (u - 0.5) * 0.2
        elif last == "running_var": v = 0.5 + u
        elif t.dim() == 1: v = 0.5 + u if last == "weight" else (u - 0.5) * 0.2
        else: v = (2 * u - 1) * gain * math.sqrt(3.0 / (t.numel() // t.shape[0]))
        t.copy_(torch.from_numpy(v.astype(np.float32)).reshape(t.shape).to(t.dtype))

def macs_and_penultimate(model, x):
    """Multiply-accumulates of one image in convolutions and linear layers, and the input of the last classifier layer."""
    total, last, hooks = [0], {}, []
    def count(m, i, o):
        if isinstance(m, torch.nn.Conv2d): total[0] += o[0].numel() * m.weight[0].numel()
        else: total[0] += o.reshape(o.shape[0], -1)[0].numel() * m.in_features; last["x"] = i[0]
    for m in model.modules():
        if isinstance(m, (torch.nn.Conv2d, torch.nn.Linear)): hooks.append(m.register_forward_hook(count))
    y = model(x)
    for h in hooks: h.remove()
    return y, total[0], last.get("x")

def torchvision_model(name, **kw):
    import torchvision
    return getattr(torchvision.models, name)(weights=None, **kw)

def timm_model(name, **kw):
    try: import timm
    except ImportError:
        if name != "mobilenetv1_100": raise
        return MobileNetV1()
    return timm.create_model(name, pretrained=False, **kw)

class Separable(torch.nn.Module):
    def __init__(self, inner, outer, stride):
        super().__init__()
        self.conv_dw, self.bn1 = torch.nn.Conv2d(inner, inner, 3, stride, 1, groups=inner, bias=False), torch.nn.BatchNorm2d(inner)
        self.conv_pw, self.bn2 = torch.nn.Conv2d(inner, outer, 1, bias=False), torch.nn.BatchNorm2d(outer)
    def forward(self, x):
        f = torch.nn.functional.relu6
        return f(self.bn2(self.conv_pw(f(self.bn1(self.conv_dw(x))))))

class MobileNetV1(torch.nn.Module):
    """arXiv:1704.04861 with timm's names."""
    def __init__(self):
        super().__init__()
        self.conv_stem, self.bn1 = torch.nn.Conv2d(3, 32, 3, 2, 1, bias=False), torch.nn.BatchNorm2d(32)
        width, stages = 32, []
        for stage, (outer, repeats) in enumerate([(64, 1), (128, 2), (256, 2), (512, 6), (1024, 2)]):
            stages.append(torch.nn.Sequential(*[Separable(outer if i else width, outer, 2 if stage and not i else 1) for i in range(repeats)]))
            width = outer
        self.blocks, self.classifier = torch.nn.Sequential(*stages), torch.nn.Linear(width, 1000)
    def forward(self, x):
        return self.classifier(self.blocks(torch.nn.functional.relu6(self.bn1(self.conv_stem(x)))).mean((2, 3)))

TV = ("alexnet vgg11 vgg13 vgg16 vgg19 vgg11_bn vgg13_bn vgg16_bn vgg19_bn googlenet inception_v3 "
      "resnet18 resnet34 resnet50 resnet101 resnet152 resnext50_32x4d resnext101_32x8d resnext101_64x4d wide_resnet50_2 wide_resnet101_2 "
      "densenet121 densenet161 densenet169 densenet201 squeezenet1_0 squeezenet1_1 "
      "shufflenet_v2_x0_5 shufflenet_v2_x1_0 shufflenet_v2_x1_5 shufflenet_v2_x2_0 mnasnet0_5 mnasnet0_75 mnasnet1_0 mnasnet1_3 "
      "mobilenet_v2 mobilenet_v3_small mobilenet_v3_large efficientnet_b0 efficientnet_b1 efficientnet_b2 efficientnet_b3 "
      "efficientnet_b4 efficientnet_b5 efficientnet_b6 efficientnet_b7 efficientnet_v2_s efficientnet_v2_m efficientnet_v2_l").split()
TIMM = "xception inception_v4 mobilenetv1_100 resnetv2_50 seresnet50 legacy_senet154 seresnext50_32x4d".split()
SIZE = {"inception_v3": 299, "inception_v4": 299, "xception": 299}

GAINS = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0)

def telling(y):
    """How far apart the two images' logits are, relative to their size."""
    return float((y[0] - y[1]).abs().max() / y.abs().max())

def reference(name, salt, gain=None, batch=2):
    timm = name in TIMM
    model = timm_model(name) if timm else torchvision_model(name, **({"aux_logits": True, "init_weights": False} if name in ("googlenet", "inception_v3") else {}))
    model.eval()
    with torch.no_grad():
        size = SIZE.get(name, 224)
        x = images(salt, 3, size, size)
        best = None
        for gain in [gain] if gain else GAINS:
            fill(model.state_dict(), salt, gain)
            y = model(x)
            if not torch.isfinite(y).all() or y.abs().max() > 1e5: break
            if best is None or telling(y) > best[0]: best = (telling(y), gain)
            if telling(y) > 0.3: break
        gain = best[1]
        fill(model.state_dict(), salt, gain)
        y, macs, penultimate = macs_and_penultimate(model, x)
        if name.startswith("squeezenet"): penultimate = model.features(x).mean((2, 3))
        if penultimate is None: penultimate = model.forward_head(model.forward_features(x), pre_logits=True).flatten(1)
        aux = {}
        if name in ("googlenet", "inception_v3"):
            model.train()
            for m in model.modules():
                if isinstance(m, torch.nn.BatchNorm2d): m.eval()
                if isinstance(m, torch.nn.Dropout): m.p = 0.0
            out = model(x)
            aux = {k: getattr(out, k).tolist() for k in ("aux_logits2", "aux_logits1", "aux_logits") if getattr(out, k, None) is not None}
    import torchvision
    source = "torchvision " + torchvision.__version__
    if isinstance(model, MobileNetV1): source = "PyTorch " + torch.__version__
    elif timm:
        import timm as t; source = "timm " + t.__version__
    r = lambda t: [[float("%.6g" % v) for v in row] for row in t.tolist()]
    return {"model": name, "source": source, "salt": salt, "gain": gain, "input": [batch, 3, size, size],
            "parameters": sum(p.numel() for p in model.parameters()), "macs": int(macs),
            "feature_width": int(penultimate.shape[1]), "logits": r(y), "features": r(penultimate), "aux": {k: [[float("%.6g" % v) for v in row] for row in a] for k, a in aux.items()},
            "state": {k: list(v.shape) for k, v in model.state_dict().items()}}

if __name__ == "__main__":
    p = argparse.ArgumentParser(); p.add_argument("models", nargs="*"); p.add_argument("--salt", default=""); p.add_argument("--gain", type=float); p.add_argument("--out", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "zoo"))
    a = p.parse_args(); os.makedirs(a.out, exist_ok=True)
    for name in a.models or TV + TIMM:
        ref = reference(name, a.salt, a.gain)
        with open(os.path.join(a.out, name + ".json"), "w") as f: json.dump(ref, f, separators=(",", ":"))
        l = ref["logits"][0]; print(f"{name:22} params {ref['parameters']:>11,} macs {ref['macs']:>14,} features {ref['feature_width']:>5} gain {ref['gain']} logits {min(l):.4g}..{max(l):.4g} telling {max(abs(p-q) for p,q in zip(*ref['logits']))/max(abs(v) for v in l):.2g}", flush=True)
