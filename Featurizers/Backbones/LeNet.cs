using TransferKit.Graphs;
using TransferKit.Images;

namespace TransferKit.Backbones;

/// <summary>
/// LeNet-5, LeCun et al. 1998 ("Gradient-Based Learning Applied to Document Recognition"), for images of 32 x 32 pixels: with ReLU and
/// maximum pooling as it is taught today, or with the original's tanh and average pooling. Its features are the 84 outputs of fc4.
/// Pipelines use RGB images; <see cref="Backbone.Build"/> also builds it for gray ones.
/// </summary>
internal static class LeNet
{
    public static readonly Backbone[] Variants = [Row("lenet5", original: false), Row("lenet5_tanh", original: true)];

    private static Backbone Row(string name, bool original) =>
        new(name, "doi:10.1109/5.726791", (x, classes) => Build(x, original, classes), [])
        {
            Classes = 10,
            Preprocessing = Preprocessing.ImageNet.WithInceptionNormalization() with { Resize = 32, Crop = 32 },
        };

    private static Value Build(Value x, bool original, int classes)
    {
        Activation activation = original ? new Tanh() : new Relu();
        Value Conv(Value x, string name, int channels)
        {
            x = x.Conv(name, channels, 5, padding: 0, bias: true, init: WeightInit.Uniform).Activate(activation);
            return original ? x.AveragePool(2, 2) : x.MaxPool(2, 2);
        }
        return Conv(Conv(x, "conv1", 6), "conv2", 16).Flatten()
            .Linear("fc3", 120).Activate(activation)
            .Linear("fc4", 84).Activate(activation).As("features")
            .Linear("fc5", classes);
    }
}
