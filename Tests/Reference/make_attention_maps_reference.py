#!/usr/bin/env python3
"""Maps of a small vision transformer with a class token and two registers, computed by PyTorch, for Tests/Reference/attention_maps.json.

Needs Debian's python3-torch. Usage: make_attention_maps_reference.py > attention_maps.json
Weights are those of make_modern_reference.py's fill rule, with gain 1.5. The image has 40 x 40 pixels of the levels (37 x + 91 y + 53 c) % 256,
normalized by mean and deviation 0.5. The formulas are those of make_cam_reference.py, on tokens without the first three, laid out as 5 x 5
patches; attention rollout is that of arXiv:2005.00928: the mean of the heads plus the identity, rows of sum 1, the product over the blocks.
"""
import json, sys, torch
from torch import nn
import make_modern_reference as R

SIZE, PATCH, WIDTH, HEADS, DEPTH, CLASSES, REGISTERS = 40, 8, 12, 3, 3, 4, 2
GRID = SIZE // PATCH


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH, 1e-6), nn.LayerNorm(WIDTH, 1e-6)
        self.attn = nn.ModuleDict({"qkv": nn.Linear(WIDTH, 3 * WIDTH), "proj": nn.Linear(WIDTH, WIDTH)})
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(WIDTH, 4 * WIDTH), "fc2": nn.Linear(4 * WIDTH, WIDTH)})

    def forward(self, x, kept):
        kept["norm1"] = normalized = self.norm1(x)
        q, k, v = self.attn["qkv"](normalized).reshape(*x.shape[:2], 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        kept["attention"] = (q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5).softmax(-1)
        x = x + self.attn["proj"]((kept["attention"] @ v).transpose(1, 2).reshape(x.shape))
        kept["block"] = x = x + self.mlp["fc2"](nn.functional.gelu(self.mlp["fc1"](self.norm2(x))))
        return x


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch_embed = nn.ModuleDict({"proj": nn.Conv2d(3, WIDTH, PATCH, PATCH)})
        self.cls_token, self.register_tokens = (nn.Parameter(torch.zeros(1, n, WIDTH)) for n in (1, REGISTERS))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + GRID ** 2, WIDTH))
        self.blocks = nn.ModuleList(Block() for _ in range(DEPTH))
        self.norm, self.head = nn.LayerNorm(WIDTH, 1e-6), nn.Linear(WIDTH, CLASSES)

    def forward(self, x):
        x = self.patch_embed["proj"](x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token, x], 1) + self.pos_embed
        x = torch.cat([x[:, :1], self.register_tokens, x[:, 1:]], 1)
        kept = [{} for _ in self.blocks]
        for block, values in zip(self.blocks, kept): x = block(x, values)
        return self.head(self.norm(x)[:, 0]), kept


def picture(tokens): return tokens[0, 1 + REGISTERS:].T.reshape(-1, GRID, GRID)


net = Transformer().eval()
with torch.no_grad(): R.fill(net, "", 1.5)
c, y, x = torch.meshgrid(torch.arange(3), torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
image = ((37 * x + 91 * y + 53 * c) % 256)[None] / 255 * 2 - 1
scores, kept = net(image)
label = scores.argmax().item()
record = {"scores": scores[0].tolist(), "maps": {}}
for layer, values in {"blocks.2.norm1": kept[2]["norm1"], "blocks.0": kept[0]["block"]}.items():
    g, = torch.autograd.grad(scores[0, label], values, retain_graph=True)
    a, g = picture(values.detach()), picture(g)
    plus = g.relu() * g ** 2 / (2 * g ** 2 + a.sum([1, 2], keepdim=True) * g ** 3 + (g == 0))
    along = (torch.linalg.svd(a.flatten(1).T, full_matrices=False)[2][0] @ a.flatten(1)).reshape(a.shape[1:])
    record["maps"][layer] = {
        "GradCam": (g.mean([1, 2], keepdim=True) * a).sum(0).relu(),
        "GradCamPlusPlus": (plus.sum([1, 2], keepdim=True) * a).sum(0).relu(),
        "LayerCam": (g.relu() * a).sum(0).relu(),
        "EigenCam": (along * along.sum().sign()).relu(),
    }
rollout = torch.eye(kept[0]["attention"].shape[-1])
for values in kept:
    weights = values["attention"].detach()[0].mean(0) + torch.eye(len(rollout))
    rollout = weights / weights.sum(-1, keepdim=True) @ rollout
record["maps"]["blocks.2.attn"] = {"AttentionRollout": rollout[0, 1 + REGISTERS:].reshape(GRID, GRID)}
for maps in record["maps"].values():
    for name, m in maps.items(): maps[name] = [round(v, 7) for v in (m / m.max()).flatten().tolist()]
json.dump(record, sys.stdout)
