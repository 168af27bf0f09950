using TransferKit.Training;
using TransferKit.Weights;

namespace TransferKit.Detection;

/// <summary>The result of training a detector.</summary>
/// <param name="Detector">The architecture.</param>
/// <param name="Weights">The weights of the best epoch.</param>
/// <param name="History">The metrics of each epoch: the <c>proposal accuracy</c> of training and the <c>AP50</c> of validation.</param>
/// <param name="BestEpoch">The number of the best epoch, counted from 1.</param>
public sealed record TrainedDetector(FasterRcnn Detector, StateDict Weights, TrainingHistory History, int BestEpoch);
