namespace TransferKit.Pipelines.Saving;

/// <summary>The names of the columns inside a saved featurizer, between the image and the features. Saved models hold them.</summary>
internal static class Columns
{
    public const string Source = "TransferKit.Source", One = "TransferKit.One", Settings = "TransferKit.Settings",
        Crop = "TransferKit.Crop", Pixels = "TransferKit.Pixels", Result = "TransferKit.Result";

    public static readonly string[] All = [Source, One, Settings, Crop, Pixels, Result];
}
