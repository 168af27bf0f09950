using TransferKit.Engines;
using TransferKit.Images;

namespace TransferKit.Training;

/// <summary>The result of a training: a network with the weights of its best epoch.</summary>
/// <param name="Network">The network, from images to the logits of the classes.</param>
/// <param name="Preprocessing">The preprocessing of its images.</param>
/// <param name="History">The metrics of each epoch.</param>
/// <param name="BestEpoch">The number of the best epoch, counted from 1.</param>
public sealed record TrainedNetwork(Network Network, Preprocessing Preprocessing, TrainingHistory History, int BestEpoch);
