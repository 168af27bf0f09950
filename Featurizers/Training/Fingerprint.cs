using System.Globalization;
using System.Security.Cryptography;
using TransferKit.Images;

namespace TransferKit.Training;

/// <summary>What must be the same for the rest of a training to be what it would have been.</summary>
internal static class Fingerprint
{
    /// <summary>A line of the settings, and a hash of images and labels.</summary>
    public static string Of(TrainingOptions o, Preprocessing preprocessing, IReadOnlyList<Example> train, IReadOnlyList<Example> validation, string rest)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var example in train.Concat(validation))
        {
            hash.AppendData(BitConverter.GetBytes(example.Label));
            hash.AppendData(example.Image.Hash());
        }
        return string.Create(CultureInfo.InvariantCulture,
            $"{o.Backbone} {o.Weights} {preprocessing} {string.Join(' ', preprocessing.Mean.Concat(preprocessing.Std))} {o.Mode} {o.From} {o.Stages} {o.Epoch} {o.FreezeEpochs} {o.BatchSize} {(o.FindLearningRate ? "auto" : o.Rate)} {o.LayerDecay} {o.Optimizer} {o.Momentum} {o.Decay} {o.Schedule} {o.WarmUpFraction} {o.LabelSmoothing} {o.Mixup} {o.BalanceClasses} {o.ClipNorm} {o.EarlyStoppingCriteria} {o.EmaDecay} {o.UpdateStatistics} {o.MixedPrecision} {o.Augmentation} {o.Views} {o.Seed}, {train.Count} and {validation.Count} images, {Convert.ToHexStringLower(hash.GetHashAndReset())[..16]}, {rest}");
    }
}
