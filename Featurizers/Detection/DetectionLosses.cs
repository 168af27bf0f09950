using TransferKit.Engines.Torch;
using static TorchSharp.torch;

namespace TransferKit.Detection;

/// <summary>The four losses of Faster R-CNN for a batch: scalars with gradients.</summary>
/// <param name="Objectness">The loss of the anchors' objectness (torchvision's loss_objectness).</param>
/// <param name="ProposalBox">The loss of the anchors' box deltas (loss_rpn_box_reg).</param>
/// <param name="Classifier">The loss of the proposals' classes (loss_classifier).</param>
/// <param name="DetectionBox">The loss of the proposals' box deltas (loss_box_reg).</param>
/// <param name="ProposalAccuracy">The fraction of sampled proposals that were classified correctly, from 0 to 1.</param>
internal sealed record DetectionLosses(
    Tensor Objectness, Tensor ProposalBox, Tensor Classifier, Tensor DetectionBox, double ProposalAccuracy)
{
    /// <summary>The sum of the four losses.</summary>
    public Tensor Sum() => Objectness.Plus(ProposalBox).Plus(Classifier).Plus(DetectionBox);
}
