using TransferKit.Images;

namespace TransferKit.Pipelines.Data;

/// <summary>Checks that the images of a folder lie directly in the folders of their classes.</summary>
internal static class FolderLayout
{
    private static readonly string[] Parts = ["train", "training", "val", "valid", "validation", "test", "testing"];

    /// <summary>Refuses a folder whose subfolders are parts of a dataset, such as train and test, which hold the classes.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="images">Its images, labeled by the subfolders.</param>
    /// <exception cref="ImageFormatException">The labels would be the names of the parts.</exception>
    public static void RefuseFoldersOfClasses(string folder, IReadOnlyList<LabeledImage> images)
    {
        if (images.Count == 0 || images.Any(i => !IsDeeper(folder, i)))
            return;
        string[] subfolders = [.. images.Select(i => i.Label).Distinct()];
        // A single subfolder is what unpacking an archive leaves.
        bool isWrapped = subfolders.Length == 1 && images.Select(i => Levels(folder, i)[1]).Distinct().Count() > 1;
        if (!isWrapped && !subfolders.Any(s => Parts.Contains(s, StringComparer.OrdinalIgnoreCase)))
            return;
        string suggested = subfolders.FirstOrDefault(s => s.StartsWith("train", StringComparison.OrdinalIgnoreCase)) ?? subfolders[0];
        string names = string.Join(", ", subfolders);
        throw new ImageFormatException($"'{folder}' has no folders of classes, but folders that hold them: {names}. "
            + $"Use '{Path.Combine(folder, suggested)}' instead.");
    }

    /// <summary>Returns a remark on the images that lie deeper than directly in the folder of their class; null where none does.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="images">Its images, labeled by the subfolders.</param>
    public static FileRemark? DeeperImages(string folder, IReadOnlyList<LabeledImage> images)
    {
        LabeledImage[] deeper = [.. images.Where(i => IsDeeper(folder, i))];
        if (deeper.Length == 0)
            return null;
        string example = Path.GetDirectoryName(deeper[0].ImagePath)!;
        return new(example, $"{example}: {deeper.Length} images lie in subfolders of a class's folder, as here; "
            + $"they are images of that class, here '{deeper[0].Label}'.");
    }

    private static bool IsDeeper(string folder, LabeledImage image) => Levels(folder, image).Length > 2;

    private static string[] Levels(string folder, LabeledImage image) =>
        Path.GetRelativePath(folder, image.ImagePath).Split(Path.DirectorySeparatorChar);
}
