using System.CommandLine;
using TransferKit.Backbones;
using TransferKit.Images;

namespace TransferKit.Toolkit.Commands;

/// <summary>The options that set the input size of a network.</summary>
internal sealed class SizeOptions
{
    private readonly Option<int?> _resize = new("--resize")
    {
        Description = "Size in pixels to which an image's shorter side is resized. Default: as the weights were trained.",
    };

    private readonly Option<int?> _crop = new("--crop")
    {
        Description = "Width and height in pixels of the center crop, at most --resize. Default: as the weights were trained.",
    };

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    public void AddTo(Command command)
    {
        command.Options.Add(_resize);
        command.Options.Add(_crop);
    }

    /// <summary>Returns the preprocessing with the given sizes, or null where none is given.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="backbone">The network.</param>
    /// <param name="weights">The tag or file of its weights, whose preprocessing is changed; null for the default weights.</param>
    /// <exception cref="ArgumentException">A size is invalid, or there are no such weights.</exception>
    public Preprocessing? Read(ParseResult parsed, Backbone backbone, string? weights)
    {
        var (resize, crop) = (parsed.GetValue(_resize), parsed.GetValue(_crop));
        if (resize is null && crop is null)
            return null;
        var trained = Pretrained.PreprocessingOf(backbone, weights);
        // Where only one of the two is given, the other follows in the same ratio.
        var resized = trained with
        {
            Resize = resize ?? trained.Resize * crop!.Value / trained.Crop,
            Crop = crop ?? trained.Crop * resize!.Value / trained.Resize,
        };
        resized.Validate();
        return resized;
    }
}
