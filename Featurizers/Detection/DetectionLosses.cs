using TransferKit.Engines.Torch;
using static TorchSharp.torch;

namespace TransferKit.Detection;

/// <summary>The losses of a detector for a batch: scalars with gradients.</summary>
/// <param name="Objectness">The loss of the region proposal network's objectness.</param>
/// <param name="ProposalBox">The loss of its box deltas.</param>
/// <param name="Classifier">The loss of the box head's classification.</param>
/// <param name="DetectionBox">The loss of its box deltas.</param>
/// <param name="ProposalAccuracy">The fraction of sampled proposals whose class is correct, from 0 to 1.</param>
internal sealed record DetectionLosses(Tensor Objectness, Tensor ProposalBox, Tensor Classifier, Tensor DetectionBox,
    double ProposalAccuracy)
{
    /// <summary>Adds the four losses.</summary>
    public Tensor Sum() => Objectness.Plus(ProposalBox).Plus(Classifier).Plus(DetectionBox);
}
