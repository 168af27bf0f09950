using TransferKit.Backbones;
using TransferKit.Training;
using static TorchSharp.torch;

namespace TransferKit.Tests.Featurizers.Training;

public class CrossEntropyLossTests
{
    private const string Logits = "logits";

    private static readonly int[] Labels = [0, 2, 1, 1, 0];

    private static readonly Example[] Examples = [.. Labels.Select(label => new Example(default, label))];

    [Fact]
    public void Losses_are_those_of_PyTorch()
    {
        using var scope = NewDisposeScope();
        var (logits, labels) = (randn(5, 3), tensor(Labels, ScalarType.Int64));
        for (double smoothing = 0; smoothing < 0.3; smoothing += 0.1)
        {
            var expected = nn.functional.cross_entropy(logits, labels, label_smoothing: smoothing);
            Assert.Equal(expected.item<float>(), Loss(new(Examples, 3, smoothing, null, (Logits, 1)), logits), 1e-5f);
        }
        float[] weights = [0.5f, 2, 1];
        var weighted = nn.functional.cross_entropy(logits, labels, weight: tensor(weights));
        Assert.Equal(weighted.item<float>(), Loss(new(Examples, 3, 0, weights, (Logits, 1)), logits), 1e-5f);
    }

    /// <summary>GoogLeNet's two auxiliary classifiers count 0.3 each (arXiv:1409.4842).</summary>
    [Fact]
    public void Auxiliary_classifiers_count_by_their_weights()
    {
        using var scope = NewDisposeScope();
        var (logits, auxiliary1, auxiliary2, labels) = (randn(5, 3), randn(5, 3), randn(5, 3), tensor(Labels, ScalarType.Int64));
        var outputs = Registry.Get("googlenet").Auxiliary.Select(a => (a.Key, a.Value)).Prepend((Logits, 1));
        float expected = CrossEntropy(logits) + 0.3f * CrossEntropy(auxiliary1) + 0.3f * CrossEntropy(auxiliary2);
        Assert.Equal(expected, Loss(new(Examples, 3, 0, null, [.. outputs]), logits, auxiliary1, auxiliary2), 1e-5f);
        Assert.Equal([0.4], Registry.Get("inception_v3").Auxiliary.Values);

        float CrossEntropy(Tensor values) => nn.functional.cross_entropy(values, labels).item<float>();
    }

    [Fact]
    public void Balanced_weights_make_classes_count_the_same()
    {
        Example[] examples = [.. Enumerable.Range(0, 4).Select(i => new Example(default, i / 3))];
        Assert.Equal([4f / 6, 2f, 0f], CrossEntropyLoss.BalancedWeights(examples, 3));
    }

    private static float Loss(CrossEntropyLoss loss, params Tensor[] outputs)
    {
        using (loss)
        {
            float[] targets = new float[Labels.Length * loss.Width];
            for (int i = 0; i < Labels.Length; i++)
                loss.ReadTarget(i, epoch: 0, targets.AsSpan(i * loss.Width, loss.Width));
            return loss.Loss(outputs, tensor(targets, [Labels.Length, loss.Width])).item<float>();
        }
    }
}
