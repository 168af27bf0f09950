#!/usr/bin/env python3
"""Class-activation maps of MobileNetV2 on five photographs, computed by PyTorch's autograd, for Tests/Reference/cam.json.

Needs Debian's python3-torch and python3-torchvision. Usage: make_cam_reference.py DATA > cam.json, DATA with weights/ and imagenet-samples/.
The formulas are those of the papers: Grad-CAM arXiv:1610.02391, Grad-CAM++ arXiv:1710.11063 (with the published closed form for an
exponential score), Layer-CAM doi:10.1109/TIP.2021.3089943, CAM arXiv:1512.04150, Eigen-CAM arXiv:2008.00299 (first right singular vector, in the direction in which the map as a whole is positive).
"""
import glob, json, os, sys, torch, torchvision
from PIL import Image
from torchvision import transforms as T
data = sys.argv[1]
net = torchvision.models.mobilenet_v2(); net.load_state_dict(torch.load(f"{data}/weights/mobilenet_v2-imagenet.pth")); net.eval()
crop = T.Compose([T.Resize(256), T.CenterCrop(224), T.ToTensor(), T.Normalize([.485, .456, .406], [.229, .224, .225])])
photos = sorted(glob.glob(f"{data}/imagenet-samples/*"))[::32][:5]
record = {}
for photo in photos:
    x = crop(Image.open(photo).convert("RGB"))[None]
    grids = {}
    for layer, until in {"features.18": 19, "features.13": 14}.items():
        a = net.features[:until](x).detach().requires_grad_(True)
        scores = net.classifier(net.features[until:](a).mean([2, 3]))
        label = scores.argmax().item()
        g, = torch.autograd.grad(scores[0, label], a)
        a, g = a.detach()[0], g[0]
        plus = g.relu() * g ** 2 / (2 * g ** 2 + a.sum([1, 2], keepdim=True) * g ** 3 + (g == 0))
        maps = {
            "GradCam": (g.mean([1, 2], keepdim=True) * a).sum(0).relu(),
            "GradCamPlusPlus": (plus.sum([1, 2], keepdim=True) * a).sum(0).relu(),
            "LayerCam": (g.relu() * a).sum(0).relu(),
        }
        along = (torch.linalg.svd(a.flatten(1).T, full_matrices=False)[2][0] @ a.flatten(1)).reshape(a.shape[1:])
        maps["EigenCam"] = (along * along.sum().sign()).relu()
        if layer == "features.18":
            maps["Cam"] = (net.classifier[1].weight.detach()[label][:, None, None] * a).sum(0).relu()
        grids[layer] = {name: [round(v, 7) for v in (m / m.max()).flatten().tolist()] for name, m in maps.items()}
    record[os.path.basename(photo)] = {"label": label, "maps": grids}
json.dump(record, sys.stdout)
