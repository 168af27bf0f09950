namespace TransferKit.Pipelines.Data;

/// <summary>
/// The classes and files of Fashion-MNIST (arXiv:1708.07747), a dataset of 70,000 gray images of clothing in MNIST's format.
/// </summary>
public static class FashionMnist
{
    internal const string TrainLabels = "train-labels-idx1-ubyte", TestLabels = "t10k-labels-idx1-ubyte";

    /// <summary>The names of the classes, by label.</summary>
    public static IReadOnlyList<string> Classes { get; } =
        ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

    /// <summary>
    /// The SHA-256 of each uncompressed file, in lower-case hexadecimal digits, by the file's name without <c>.gz</c>. The compressed files
    /// differ between mirrors.
    /// </summary>
    public static IReadOnlyDictionary<string, string> FileHashes { get; } = new Dictionary<string, string>
    {
        ["train-images-idx3-ubyte"] = "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        [TrainLabels] = "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        ["t10k-images-idx3-ubyte"] = "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        [TestLabels] = "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    };
}
