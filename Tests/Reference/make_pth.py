#!/usr/bin/env python3
"""Writes pth/: small files of torch.save, good and hostile, that the reader is tested on. Needs Debian's python3-torch.

good-zip.pth, good-stacked.pth  the tensors of good.json in both forms: all element types, a transposed view, two views of one storage,
                                a Parameter, a scalar
wrapped.pth                     the same in a dictionary under 'state_dict'
system.pth, eval.pth, module.pth  pickles that ask for os.system, builtins.eval and a torch.nn module
script.pt, script.json          an archive of TorchScript: modules in modules, a list of modules, buffers, and attributes that are no tensors
bomb.pth                        a state dict whose storage is compressed a thousandfold
"""
import collections, json, os, pickle, shutil, torch, zipfile
here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pth"); os.makedirs(here, exist_ok=True)
path = lambda name: os.path.join(here, name)
base = torch.arange(24, dtype=torch.float32) / 7
good = collections.OrderedDict([
    ("float", base.reshape(2, 3, 4)), ("part", base[6:12].reshape(2, 3)), ("transposed", base.reshape(4, 6).t()),
    ("half", (torch.arange(5) / 3).half()), ("bfloat", (torch.arange(5) / 3).bfloat16()), ("long", torch.tensor([-1, 2 ** 40])),
    ("scalar", torch.tensor(7)), ("parameter", torch.nn.Parameter(torch.tensor([1.5, -2.5]))), ("empty", torch.zeros(0, 3))])
torch.save(good, path("good-zip.pth"))
torch.save(good, path("good-stacked.pth"), _use_new_zipfile_serialization=False)
torch.save({"epoch": 3, "state_dict": good}, path("wrapped.pth"))
json.dump({k: {"shape": list(v.shape), "values": v.detach().double().flatten().tolist()} for k, v in good.items()}, open(path("good.json"), "w"), indent=1)

class Call:
    def __init__(self, function, *arguments): self.function, self.arguments = function, arguments
    def __reduce__(self): return self.function, self.arguments
torch.save({"weight": Call(os.system, "touch /tmp/transferkit-was-here")}, path("system.pth"))
torch.save({"weight": Call(eval, "open('/tmp/transferkit-was-here', 'w')")}, path("eval.pth"), _use_new_zipfile_serialization=False)
torch.save(torch.nn.Linear(2, 2), path("module.pth"))
class Tower(torch.nn.Module):
    def __init__(self):
        super().__init__(); self.weight = torch.nn.Parameter((torch.arange(6.) / 4).reshape(2, 3).half()); self.register_buffer("count", torch.tensor(7))
    def forward(self, x: torch.Tensor): return x @ self.weight.float().t()
class Script(torch.nn.Module):
    def __init__(self):
        super().__init__(); self.visual = Tower(); self.text = torch.nn.Linear(2, 3); self.blocks = torch.nn.ModuleList([torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)])
        self.sizes = [1, 2]; self.scale = 0.5; self.label = "x"; self.table = {"a": 1}; self.constants = [torch.ones(2)]; self.nothing = None
    def forward(self, x: torch.Tensor): return self.text(self.visual(x)) * self.scale + self.table["a"] + self.sizes[0]
torch.manual_seed(0); script = torch.jit.script(Script()); torch.jit.save(script, path("script.pt"))
describe = lambda state: {k: {"shape": list(v.shape), "values": v.detach().double().flatten().tolist()} for k, v in state.items()}
json.dump(describe(torch.jit.load(path("script.pt")).state_dict()), open(path("script.json"), "w"), indent=1)
torch.save({"weight": torch.zeros(1 << 20)}, path("big.pth"))
with zipfile.ZipFile(path("big.pth")) as a, zipfile.ZipFile(path("bomb.pth"), "w", zipfile.ZIP_DEFLATED, compresslevel=9) as b:
    for n in a.namelist(): b.writestr(n, a.read(n))
os.remove(path("big.pth"))
