using TransferKit.Backbones;
using TransferKit.Engines.Onnx;
using TransferKit.Engines.Torch;
using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Tests.Featurizers.Backbones;
using static TorchSharp.torch;

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

    [Theory]
    [InlineData("resnet18")]
    [InlineData("mobilenet_v2")]
    [InlineData("densenet121")]
    [InlineData("shufflenet_v2_x1_0")]
    [InlineData("squeezenet1_1")]
    [InlineData("mnasnet0_5")]
    [InlineData("efficientnet_b0")]
    [InlineData("googlenet")]
    public void A_step_of_fine_tuning_lowers_the_loss(string name)
    {
        using var folder = new TemporaryFolder();
        string path = PyTorchExport.Write(folder, name, 11, RecordedOutputs.ReadWellConditioned(name));
        var pretrained = Pretrained.Load(path, classes: 2, preprocessing: Preprocessing.ImageNet with { Resize = 64, Crop = 64 });
        using var scope = NewDisposeScope();
        using var module = new TorchNetwork(pretrained.Network) { StatisticsFrozen = true };
        manual_seed(1);
        var (images, labels) = (rand(4, 3, 64, 64), tensor([0L, 1L, 1L, 0L]));
        var loss = nn.functional.cross_entropy(module.forward(images), labels);
        loss.backward();
        using (no_grad())
            foreach (var parameter in module.parameters().Where(parameter => parameter.grad is not null))
                parameter.sub_(parameter.grad! * (1e-3f / parameter.grad!.norm()));
        float after = nn.functional.cross_entropy(module.forward(images), labels).item<float>();
        Assert.InRange(after, 0, loss.item<float>() * 0.9999f);
    }
}
