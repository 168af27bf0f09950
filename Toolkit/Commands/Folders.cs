using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using TransferKit.Images;
using TransferKit.Pipelines.Data;

namespace TransferKit.Toolkit.Commands;

/// <summary>Images from what stands on the command line.</summary>
internal static class Folders
{
    /// <summary>A folder of labeled images; what was left out or looks odd is said.</summary>
    public static ImageFolder Read(Shell shell, MLContext context, string folder)
    {
        var images = context.Data.LoadImagesFromFolder(folder);
        foreach (var skipped in images.Skipped)
            shell.Say($"Left out: {skipped.Text}");
        foreach (var remark in images.Remarks)
            shell.Say($"Note: {remark.Text}");
        return images;
    }

    /// <summary>The argument of commands that read labeled photos.</summary>
    public static Argument<DirectoryInfo> Argument() =>
        new Argument<DirectoryInfo>("DIR") { Description = "A folder with one sub-folder of photos for each class." }.AcceptExistingOnly();

    /// <summary>The option of commands that train.</summary>
    public static Option<DirectoryInfo> TestOption() =>
        new Option<DirectoryInfo>("--test") { Description = "A folder of the same form to test on." }.AcceptExistingOnly();

    /// <summary>The option of commands that set photos aside to test on.</summary>
    public static Option<double> TestFractionOption()
    {
        var fraction = new Option<double>("--test-fraction") { Description = "Without --test: the part of DIR that is tested on.", DefaultValueFactory = _ => 0.2 };
        fraction.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (> 0 and < 1) and var value)
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"--test-fraction {value} is impossible: it must be above 0 and below 1; 0.2 is usual."));
        });
        return fraction;
    }

    /// <summary>The images to train on, and those of a test folder or set aside.</summary>
    /// <exception cref="InvalidDataException">There are fewer than two classes, or nothing to test on.</exception>
    public static (ImageFolder Train, ImageFolder Test) TrainAndTest(Shell shell, MLContext context, DirectoryInfo folder, ImageFolder all, DirectoryInfo? testFolder, double fraction, int seed)
    {
        var (train, test) = testFolder is null ? all.Split(fraction, seed) : (all, Read(shell, context, testFolder.FullName));
        if (train.Labels.Count < 2)
            throw new InvalidDataException($"'{folder}' has images of one class, '{train.Labels[0]}'; a classifier needs two or more sub-folders.");
        if (test.Images.Count == 0)
            throw new InvalidDataException($"No image of '{folder}' is left to test on: no class has two. Add images, or give another folder with --test.");
        KnownClasses.Check(shell, test.Labels, train.Labels);
        return (train, test);
    }

    /// <summary>The paths of a folder's images, in order.</summary>
    public static string[] Paths(ImageFolder folder) => [.. folder.Images.Select(i => i.ImagePath)];

    /// <summary>The files named, and all those in the folders named, in order.</summary>
    public static string[] Files(IEnumerable<string> paths) =>
        [.. paths.SelectMany<string, string>(p => Directory.Exists(p) ? ImageFiles.In(p) : [p])];

    /// <summary>Tries each file; the problem is null where it is a readable image.</summary>
    public static (string File, string? Problem)[] Try(IReadOnlyList<string> files) =>
        [.. files.AsParallel().AsOrdered().Select(file =>
        {
            try
            {
                ImageDecoder.Verify(file);
                return (file, (string?)null);
            }
            catch (ImageFormatException e)
            {
                return (file, e.Message);
            }
        })];
}
