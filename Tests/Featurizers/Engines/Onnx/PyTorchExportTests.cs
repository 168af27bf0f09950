using TransferKit.Backbones;
using TransferKit.Engines.Onnx;
using TransferKit.Engines.Torch;
using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Tests.Featurizers.Backbones;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Engines.Onnx;

/// <summary>Reads what PyTorch exports, which computes what torchvision computes.</summary>
public class PyTorchExportTests
{
    public static TheoryData<string, int> Models
    {
        get
        {
            string[] names =
            [
                "resnet18", "mobilenet_v2", "densenet121", "shufflenet_v2_x1_0", "squeezenet1_1", "mnasnet0_5", "efficientnet_b0",
                "googlenet", "mobilenet_v3_small",
            ];
            var data = new TheoryData<string, int>();
            foreach (string name in names)
                foreach (int opset in new[] { 11, 13 })
                    data.Add(name, opset);
            return data;
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void A_network_computes_what_torchvision_computes(string name, int opset)
    {
        using var folder = new TemporaryFolder();
        var recorded = RecordedOutputs.ReadWellConditioned(name);
        var pretrained = Pretrained.Load(PyTorchExport.Write(folder, name, opset, recorded), preprocessing: Preprocessing.ImageNet);
        var network = pretrained.Network;
        Assert.DoesNotContain(network.Graph.Nodes, node => node.Operator is Multiply or Pad);
        // SqueezeNet has no linear layer: its logits are the vector that the model ends with.
        string logits = name == "squeezenet1_1" ? "features" : "logits";
        Close.Equal(recorded.ValuesOf("logits"), FrozenRun.Of(new OnnxInference(network.Until(logits)), recorded.Images()), 1e-4, name);
        if (name != "squeezenet1_1")
        {
            float[] features = FrozenRun.Of(new TorchInference(network.Until("features")), recorded.Images());
            Close.Equal(recorded.ValuesOf("features"), features, 1e-4, $"{name}, features");
        }
    }
}
