using System.CommandLine;
using Microsoft.ML;
using TransferKit.Images;
using TransferKit.Pipelines.Data;

namespace TransferKit.Toolkit.Commands;

/// <summary>Creates the arguments for folders of images and reads the folders.</summary>
internal static class Folders
{
    /// <summary>Creates the argument of commands that read a folder of labeled images.</summary>
    public static Argument<DirectoryInfo> Argument() => new Argument<DirectoryInfo>("DIR")
    {
        Description = "Folder of labeled images, with one subfolder for each class.",
    }.AcceptExistingOnly();

    /// <summary>Creates the option <c>--test</c> of commands that train.</summary>
    public static Option<DirectoryInfo> TestOption() => new Option<DirectoryInfo>("--test")
    {
        Description = "Folder of labeled images to test on. Default: a random part of DIR, see --test-fraction.",
    }.AcceptExistingOnly();

    /// <summary>Creates the option <c>--test-fraction</c> of commands that hold out images for testing.</summary>
    public static Option<double> TestFractionOption() => NumberOption.Create(
        "--test-fraction", "Fraction of DIR held out for testing where --test is not given.", 0.2,
        value => value is > 0 and < 1, "above 0 and below 1 (0.2 is usual)");

    /// <summary>Reads a folder of labeled images and logs skipped files and remarks.</summary>
    /// <param name="output">Receives the messages.</param>
    /// <param name="context">The ML.NET context.</param>
    /// <param name="folder">The path of the folder.</param>
    public static ImageFolder Read(CommandOutput output, MLContext context, string folder)
    {
        var images = context.Data.LoadImagesFromFolder(folder);
        output.LogSkipped(images.Skipped);
        foreach (var remark in images.Remarks)
            output.Log($"Note: {remark.Text}");
        return images;
    }

    /// <summary>Returns the training images and the test images: those of a test folder, or a part of the images.</summary>
    /// <param name="output">Receives messages.</param>
    /// <param name="context">The ML.NET context.</param>
    /// <param name="folder">The folder of the images, for messages.</param>
    /// <param name="all">The images of the folder.</param>
    /// <param name="testFolder">The folder of test images; null to hold out a part of the images.</param>
    /// <param name="fraction">The fraction held out, above 0 and below 1.</param>
    /// <param name="seed">The random seed of the split.</param>
    /// <exception cref="InvalidDataException">There are fewer than two classes, or no test images.</exception>
    public static (ImageFolder Train, ImageFolder Test) TrainAndTest(CommandOutput output, MLContext context, DirectoryInfo folder,
        ImageFolder all, DirectoryInfo? testFolder, double fraction, int seed)
    {
        var (train, test) = testFolder is null ? all.Split(fraction, seed) : (all, Read(output, context, testFolder.FullName));
        if (train.Labels.Count < 2)
            throw new InvalidDataException(
                $"'{folder}' has images of one class, '{train.Labels[0]}': a classifier needs at least two subfolders with images.");
        if (test.Images.Count == 0)
            throw new InvalidDataException(
                $"No image of '{folder}' is left for testing, because no class has two. Add images, or give a test folder with --test.");
        WarnOfSingleImages(output, all, test);
        KnownClasses.Check(output, test.Labels, train.Labels);
        return (train, test);
    }

    /// <summary>Returns the paths of a folder's images, in order.</summary>
    /// <param name="folder">The images.</param>
    public static string[] ImagePaths(ImageFolder folder) => [.. folder.Images.Select(i => i.ImagePath)];

    /// <summary>Checks which files are readable images.</summary>
    /// <param name="files">The paths.</param>
    /// <returns>Each file with its problem, or null where it is readable.</returns>
    public static (string File, string? Problem)[] Verify(IReadOnlyList<string> files) =>
        [.. files.AsParallel().AsOrdered().Select(file => (file, Problem(file)))];

    private static void WarnOfSingleImages(CommandOutput output, ImageFolder all, ImageFolder test)
    {
        string[] single = [.. all.Images.CountBy(i => i.Label).Where(c => c.Value == 1).Select(c => c.Key)];
        if (single.Length == 0)
            return;
        string untested = single.Intersect(test.Labels).Any() ? "" : " and is not tested";
        output.Log($"Note: {string.Join(", ", single)}: a class with a single image is hardly learned{untested}. Add images of it.");
    }

    private static string? Problem(string file)
    {
        try
        {
            ImageDecoder.Verify(file);
            return null;
        }
        catch (ImageFormatException e)
        {
            return e.Message;
        }
    }
}
