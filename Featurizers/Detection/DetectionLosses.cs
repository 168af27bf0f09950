using TransferKit.Engines.Torch;
using static TorchSharp.torch;

namespace TransferKit.Detection;

/// <summary>The losses of a detector for a batch, scalars with gradients.</summary>
/// <param name="Objectness">Whether an anchor holds something.</param>
/// <param name="ProposalBox">Where what it holds is.</param>
/// <param name="Classifier">What a proposal holds.</param>
/// <param name="DetectionBox">Where exactly.</param>
/// <param name="Right">The part of the proposals whose class was right, from 0 to 1.</param>
internal sealed record DetectionLosses(Tensor Objectness, Tensor ProposalBox, Tensor Classifier, Tensor DetectionBox, double Right)
{
    /// <summary>All four together.</summary>
    public Tensor Sum() => Objectness.Plus(ProposalBox).Plus(Classifier).Plus(DetectionBox);
}
