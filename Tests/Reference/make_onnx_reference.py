#!/usr/bin/env python3
"""Writes onnx/<model>-<opset>.onnx.gz: torchvision's networks as torch.onnx.export writes them, without their weights.

Needs Debian's python3-torch, python3-torchvision and python3-onnx. Each weight is external data in weights.bin, which is not kept. The
metadata entry 'fill' says what each one is: a key of the state dict, or 'conv, norm' where the exporter has folded a batch normalization
into a convolution. The rule of make_reference.py then gives the numbers, and its recorded outputs are those of the model.
With operator set 11 the batch normalizations are kept, and the size of the batch is dynamic; with 13 they are folded, as by default.
"""
import gzip, json, os, warnings
import onnx, torch, torchvision

MODELS = ("resnet18 mobilenet_v2 densenet121 shufflenet_v2_x1_0 squeezenet1_1 mnasnet0_5 efficientnet_b0 googlenet "
          "mobilenet_v3_small").split()

def export(name, opset, path):
    extra = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
    model = getattr(torchvision.models, name)(weights=None, **extra).eval()
    for key, value in model.state_dict().items():
        if value.dim() > 0: torch.nn.init.uniform_(value)
    keep = opset == 11
    torch.onnx.export(model, torch.zeros(1, 3, 224, 224), path, opset_version=opset,
                      training=torch.onnx.TrainingMode.PRESERVE if keep else torch.onnx.TrainingMode.EVAL, do_constant_folding=not keep,
                      input_names=["images"], output_names=["logits"], dynamic_axes={"images": {0: "batch"}} if keep else None)
    return model

def fills(model, proto):
    """Maps each initializer to what it is: by its name, or by the order of the convolutions where it was folded."""
    state, layers, result = model.state_dict(), [], {}
    hooks = [m.register_forward_hook(lambda m, i, o, n=n: layers.append((n, m))) for n, m in model.named_modules()
             if isinstance(m, (torch.nn.Conv2d, torch.nn.BatchNorm2d))]
    with torch.no_grad(): model(torch.zeros(1, 3, 224, 224))
    for hook in hooks: hook.remove()
    convs = [i for i, (_, m) in enumerate(layers) if isinstance(m, torch.nn.Conv2d)]
    nodes = [n for n in proto.graph.node if n.op_type == "Conv"]
    assert len(convs) == len(nodes)
    for node, i in zip(nodes, convs):
        if node.input[1] not in state:
            (conv, _), (norm, m) = layers[i:i + 2]
            assert isinstance(m, torch.nn.BatchNorm2d)
            result[node.input[1]], result[node.input[2]] = f"{conv}, {norm}.weight", f"{conv}, {norm}.bias"
    result.update({t.name: t.name for t in proto.graph.initializer if t.name in state})
    unknown = [t.name for t in proto.graph.initializer if t.data_type == onnx.TensorProto.FLOAT and len(t.dims) > 0 and t.name not in result]
    assert not unknown, unknown
    return result

if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "onnx"); os.makedirs(folder, exist_ok=True)
    for name in MODELS:
        for opset in (11, 13):
            path = os.path.join(folder, "whole.onnx")
            model = export(name, opset, path)
            proto = onnx.load(path); os.remove(path)
            entry = proto.metadata_props.add(); what = fills(model, proto); entry.key, entry.value = "fill", json.dumps(what)
            offset = 0
            for tensor in proto.graph.initializer:
                if tensor.name not in what: continue
                for key, value in (("location", "weights.bin"), ("offset", str(offset)), ("length", str(len(tensor.raw_data)))):
                    item = tensor.external_data.add(); item.key, item.value = key, value
                offset += len(tensor.raw_data)
                tensor.ClearField("raw_data"); tensor.data_location = onnx.TensorProto.EXTERNAL
            with gzip.GzipFile(os.path.join(folder, f"{name}-{opset}.onnx.gz"), "wb", mtime=0) as file: file.write(proto.SerializeToString())
            print(name, opset, len(proto.graph.node), offset, flush=True)
