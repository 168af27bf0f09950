using TransferKit.Engines;
using TransferKit.Images;

namespace TransferKit.Training;

/// <summary>A network at the end of its training.</summary>
/// <param name="Network">From images to the logits of the classes, with the best weights.</param>
/// <param name="Preprocessing">What images go through first.</param>
/// <param name="History">What each epoch gave.</param>
/// <param name="BestEpoch">The epoch whose weights these are.</param>
public sealed record TrainedNetwork(Network Network, Preprocessing Preprocessing, TrainingHistory History, int BestEpoch);
