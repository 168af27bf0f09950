namespace TransferKit.Toolkit.Commands;

/// <summary>Compares the classes of test images with those that a classifier can predict.</summary>
internal static class KnownClasses
{
    // ImageNet's 1000 classes would fill the terminal.
    private const int MaxListed = 20;

    /// <summary>Fails if the classifier knows no class of the test images, and prints a note if it does not know some.</summary>
    /// <param name="output">Prints the note.</param>
    /// <param name="test">The classes of the test images.</param>
    /// <param name="known">The classes of the classifier.</param>
    /// <exception cref="InvalidDataException">No class is known.</exception>
    public static void Check(CommandOutput output, IReadOnlyList<string> test, IReadOnlyList<string> known)
    {
        string[] unknown = [.. test.Except(known)];
        if (unknown.Length == test.Count)
            throw new InvalidDataException($"The classes differ: the model predicts {List(known)}, " +
                $"but the test images are of {List(test)}. Test with images of the model's classes.");
        if (unknown.Length > 0)
            output.Log($"Note: the model does not predict {List(unknown)}, so these images count as wrong. It predicts {List(known)}.");
    }

    private static string List(IReadOnlyList<string> classes) => classes.Count <= MaxListed
        ? string.Join(", ", classes)
        : $"{string.Join(", ", classes.Take(MaxListed))}, … ({classes.Count} classes)";
}
