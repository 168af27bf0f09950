using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using TransferKit.Backbones;
using TransferKit.Images;

namespace TransferKit.Toolkit.Commands;

/// <summary>The options that set the preprocessing of images. What is not given is as the weights were trained.</summary>
internal sealed class PreprocessingOptions
{
    private const string Trained = "Default: as the weights were trained.";

    private readonly Option<int?> _resize = new("--resize")
    {
        Description = $"Size in pixels to which an image's shorter side is resized. {Trained}",
    };

    private readonly Option<int?> _crop = new("--crop")
    {
        Description = $"Width and height in pixels of the center crop, at most --resize. {Trained}",
    };

    private readonly Option<CropMode?> _cropMode = Choice<CropMode>("--crop-mode",
        $"Whether the aspect ratio is kept (center), or both sides are resized to --resize (squash). {Trained}");

    private readonly Option<Interpolation?> _interpolation = Choice<Interpolation>("--interpolation",
        $"How pixels are resampled: bilinear or bicubic. {Trained}");

    private readonly Option<float[]?> _mean = ThreeNumbers("--mean", "Mean of the channels, from 0 to 1", "0.485,0.456,0.406");

    private readonly Option<float[]?> _std = ThreeNumbers("--std", "Standard deviation of the channels, from 0 to 1", "0.229,0.224,0.225");

    private readonly Option<ChannelOrder?> _order = Choice<ChannelOrder>("--channel-order",
        $"Order of the channels that the network takes, rgb or bgr; also that of --mean and --std. {Trained}");

    private readonly Option<Decoding?> _decoding = Choice<Decoding>("--decoding",
        "Whether JPEG files are decoded as torchvision does it (exact, the default), or large ones at a fraction of their size (fast).");

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _resize, _crop, _cropMode, _interpolation, _mean, _std, _order, _decoding })
            command.Options.Add(option);
    }

    /// <summary>
    /// Returns the preprocessing with the given values, or null where none is given. For a network or weights that are not of the registry,
    /// it says how images are prepared.
    /// </summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="output">Receives the line that says it.</param>
    /// <param name="backbone">The network.</param>
    /// <param name="weights">The tag or file of its weights, whose preprocessing is changed; null for the default weights.</param>
    /// <exception cref="ArgumentException">A value is invalid, or there are no such weights.</exception>
    public Preprocessing? Read(ParseResult parsed, CommandOutput output, Backbone backbone, string? weights)
    {
        var preprocessing = Read(parsed, backbone, weights);
        bool isPublished = weights is null or Pretrained.None
            || backbone.Weights.Any(entry => entry.Tag.Equals(weights, StringComparison.OrdinalIgnoreCase));
        if (!isPublished || !Registry.All.Contains(backbone))
            output.Log($"Preprocessing: {preprocessing ?? Pretrained.PreprocessingOf(backbone, weights)}");
        return preprocessing;
    }

    private Preprocessing? Read(ParseResult parsed, Backbone backbone, string? weights)
    {
        var (resize, crop, mean, std) = (parsed.GetValue(_resize), parsed.GetValue(_crop), Given(_mean), Given(_std));
        var (mode, interpolation, order) = (parsed.GetValue(_cropMode), parsed.GetValue(_interpolation), parsed.GetValue(_order));
        var decoding = parsed.GetValue(_decoding);
        if ((resize, crop, mean, std, mode, interpolation, order, decoding) is (null, null, null, null, null, null, null, null))
            return null;
        // With sizes and normalization given, weights of unknown preprocessing can be used; the rest is then torchvision's.
        var trained = (resize, crop, mean, std) is (not null, not null, not null, not null)
            ? Preprocessing.ImageNet : Pretrained.PreprocessingOf(backbone, weights);
        // Where only one of the two sizes is given, the other follows in the same ratio.
        var changed = trained with
        {
            Resize = resize ?? (crop is { } c ? trained.Resize * c / trained.Crop : trained.Resize),
            Crop = crop ?? (resize is { } r ? trained.Crop * r / trained.Resize : trained.Crop),
            Mean = mean ?? trained.Mean,
            Std = std ?? trained.Std,
            CropMode = mode ?? trained.CropMode,
            Interpolation = interpolation ?? trained.Interpolation,
            ChannelOrder = order ?? trained.ChannelOrder,
            Decoding = decoding ?? trained.Decoding,
        };
        changed.Validate();
        return changed;

        // The parser gives an empty list for an option that is not given.
        float[]? Given(Option<float[]?> option) => parsed.GetValue(option) is { Length: > 0 } values ? values : null;
    }

    private static Option<T?> Choice<T>(string name, string description) where T : struct, Enum
    {
        string[] names = [.. Enum.GetNames<T>().Select(n => n.ToLowerInvariant())];
        var option = new Option<T?>(name)
        {
            Description = description,
            CustomParser = result => Enum.TryParse(result.Tokens[0].Value, ignoreCase: true, out T value)
                && names.Contains(result.Tokens[0].Value.ToLowerInvariant()) ? value : Refuse<T?>(result, name, string.Join(" or ", names)),
        };
        option.CompletionSources.Add(names);
        return option;
    }

    private static Option<float[]?> ThreeNumbers(string name, string what, string example) => new(name)
    {
        Description = $"{what}, such as {example}. {Trained}",
        CustomParser = result =>
        {
            string[] parts = result.Tokens[0].Value.Split(',');
            float[] values = [.. parts.Select(p => float.TryParse(p, CultureInfo.InvariantCulture, out float value) ? value : float.NaN)];
            return values.Length == 3 && values.All(float.IsFinite) ? values
                : Refuse<float[]?>(result, name, $"three numbers with commas, such as {example}");
        },
    };

    private static T? Refuse<T>(ArgumentResult result, string name, string rule)
    {
        result.AddError($"{name} {result.Tokens[0].Value} is invalid: it must be {rule}.");
        return default;
    }
}
