using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Weights;

namespace TransferKit.Toolkit;

/// <summary>Public collections of labeled images, written as folders with one sub-folder for each class.</summary>
internal sealed class Datasets(Shell shell, string? store = null, string installed = "/usr/share/datasets/fashion-mnist")
{
    // SHA-256 of what is in the gzip files: mirrors pack it differently, and the original server speaks no TLS.
    private static readonly Dictionary<string, string> FashionHashes = new()
    {
        ["train-images-idx3-ubyte.gz"] = "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        ["train-labels-idx1-ubyte.gz"] = "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        ["t10k-images-idx3-ubyte.gz"] = "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        ["t10k-labels-idx1-ubyte.gz"] = "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    };

    private readonly WeightStore _store = new(store ?? Path.Combine(CacheFolder.Path, "datasets"));

    /// <summary>The collections by name, with what they are.</summary>
    public static readonly IReadOnlyDictionary<string, string> Names = new Dictionary<string, string>
    {
        ["fashion-mnist"] = "70,000 gray pictures of clothing, 28 x 28, of ten kinds (arXiv:1708.07747), into train and test",
        ["hymenoptera"] = "397 photographs of ants and bees, of PyTorch's tutorial, into train and val",
        ["flower_photos"] = "3,670 photographs of five kinds of flowers, of TensorFlow's tutorial",
    };

    /// <summary>Writes a collection to a folder that is not there yet.</summary>
    /// <returns>The number of images.</returns>
    /// <exception cref="WeightDownloadException">It could not be downloaded.</exception>
    /// <exception cref="IOException">The folder is there already, or cannot be written.</exception>
    public int Write(string name, string folder)
    {
        if (Path.Exists(folder))
            throw new IOException($"'{folder}' is there already; name a folder that is not.");
        string temporary = $"{folder}.{Guid.NewGuid():N}.tmp";
        try
        {
            Directory.CreateDirectory(temporary);
            switch (name)
            {
                case "fashion-mnist": Fashion(temporary); break;
                case "hymenoptera": Unpack(new(new("https://download.pytorch.org/tutorial/hymenoptera_data.zip"), Length: 47_286_322), temporary); break;
                case "flower_photos": Unpack(new(new("https://storage.googleapis.com/download.tensorflow.org/example_images/flower_photos.tgz"), Length: 228_813_984), temporary); break;
                default: throw new ArgumentException($"There is no collection '{name}'; {string.Join(", ", Names.Keys)} are known.");
            }
            // Archives have one folder at their root, which is of no use.
            string root = Directory.GetFileSystemEntries(temporary) is [var only] && Directory.Exists(only) ? only : temporary;
            Directory.Move(root, folder);
        }
        finally
        {
            if (Directory.Exists(temporary))
                Directory.Delete(temporary, recursive: true);
        }
        return TransferKit.Images.ImageFiles.In(folder).Count(f => Path.GetExtension(f) is ".jpg" or ".png");
    }

    private void Fashion(string folder)
    {
        string source = installed;
        if (!Directory.Exists(installed))
            foreach (string name in FashionHashes.Keys)
                source = Path.GetDirectoryName(Get(new(new($"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/{name}"))))!;
        foreach (var (name, expected) in FashionHashes)
        {
            using var packed = File.OpenRead(Path.Combine(source, name));
            using var content = new GZipStream(packed, CompressionMode.Decompress);
            if (Convert.ToHexStringLower(SHA256.HashData(content)) is var hash && hash != expected)
                throw new InvalidDataException($"'{packed.Name}' is not Fashion-MNIST's: the SHA-256 of its content begins with {hash[..8]}, not {expected[..8]}. Remove it to have it downloaded again.");
        }
        var context = new MLContext();
        foreach (bool test in new[] { false, true })
        {
            var images = context.Data.LoadPixelDataset(source, test);
            // Not every label can be the name of a folder: T-shirt/top.
            var files = images.GetColumn<byte[]>("Image").Zip(images.GetColumn<string>("Label")).Select((row, i) =>
                (Path: Path.Combine(folder, test ? "test" : "train", row.Second.Replace('/', '-'), $"{i:00000}.png"), Content: row.First)).ToList();
            foreach (string label in files.Select(f => Path.GetDirectoryName(f.Path)!).Distinct())
                Directory.CreateDirectory(label);
            Parallel.ForEach(files, file => File.WriteAllBytes(file.Path, file.Content));
        }
    }

    private void Unpack(RemoteFile file, string folder)
    {
        string path = Get(file);
        if (path.EndsWith(".zip", StringComparison.Ordinal))
        {
            ZipFile.ExtractToDirectory(path, folder);
            return;
        }
        using var packed = File.OpenRead(path);
        using var content = new GZipStream(packed, CompressionMode.Decompress);
        TarFile.ExtractToDirectory(content, folder, overwriteFiles: false);
    }

    private string Get(RemoteFile file) => _store.Get(file, new DownloadProgress(shell));
}
