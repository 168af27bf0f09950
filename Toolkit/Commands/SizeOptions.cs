using System.CommandLine;
using TransferKit.Backbones;
using TransferKit.Images;

namespace TransferKit.Toolkit.Commands;

/// <summary>The options that change how much of a photo a network is shown.</summary>
internal sealed class SizeOptions
{
    private readonly Option<int?> _resize = new("--resize") { Description = "What a photo's shorter side is resized to, in pixels; what belongs to the weights unless given." };
    private readonly Option<int?> _crop = new("--crop") { Description = "Width and height of what is cut from its center, at most as much; likewise." };

    public void AddTo(Command command)
    {
        command.Options.Add(_resize);
        command.Options.Add(_crop);
    }

    /// <summary>The preprocessing asked for, or null for that of the weights.</summary>
    /// <exception cref="ArgumentException">A size is impossible, or there are no such backbone and weights.</exception>
    public Preprocessing? Read(ParseResult parsed, Backbone backbone, string? weights)
    {
        var (resize, crop) = (parsed.GetValue(_resize), parsed.GetValue(_crop));
        if (resize is null && crop is null)
            return null;
        var own = Pretrained.PreprocessingOf(backbone, weights);
        // One without the other keeps their ratio.
        var asked = own with { Resize = resize ?? own.Resize * crop!.Value / own.Crop, Crop = crop ?? own.Crop * resize!.Value / own.Resize };
        asked.Validate();
        return asked;
    }
}
