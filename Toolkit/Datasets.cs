using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Images;
using TransferKit.Pipelines.Data;
using TransferKit.Weights;

namespace TransferKit.Toolkit;

/// <summary>Downloads public datasets of labeled images and writes them as folders with one subfolder for each class.</summary>
/// <param name="output">Receives the progress of downloads.</param>
/// <param name="cache">The folder of downloaded files; null for the folder <c>datasets</c> of the <see cref="CacheFolder"/>.</param>
/// <param name="installed">The folder of Debian's package dataset-fashion-mnist, which is used if it exists.</param>
internal sealed class Datasets(CommandOutput output, string? cache = null, string installed = "/usr/share/datasets/fashion-mnist")
{
    // The server does not support TLS, so the hashes of the content are checked.
    private const string FashionMnistUrl = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com";

    private static readonly RemoteFile Hymenoptera =
        new(new("https://download.pytorch.org/tutorial/hymenoptera_data.zip"), Length: 47_286_322);

    private static readonly RemoteFile FlowerPhotos =
        new(new("https://storage.googleapis.com/download.tensorflow.org/example_images/flower_photos.tgz"), Length: 228_813_984);

    private readonly DownloadCache _cache = new(cache ?? Path.Combine(CacheFolder.Path, "datasets"));

    /// <summary>The names of the datasets, each with a description.</summary>
    public static readonly IReadOnlyDictionary<string, string> Names = new Dictionary<string, string>
    {
        ["fashion-mnist"] = "70,000 gray images of clothing, 28 x 28 pixels, ten classes (arXiv:1708.07747), in train and test",
        ["hymenoptera"] = "397 photos of ants and bees from PyTorch's transfer-learning tutorial, in train and val",
        ["flower_photos"] = "3,670 photos of flowers, five classes, from TensorFlow's tutorial",
    };

    /// <summary>Writes a dataset to a new folder.</summary>
    /// <param name="name">The name of the dataset.</param>
    /// <param name="folder">The folder; it must not exist.</param>
    /// <returns>The number of images.</returns>
    /// <exception cref="ArgumentException">There is no dataset of this name.</exception>
    /// <exception cref="DownloadException">The dataset could not be downloaded.</exception>
    /// <exception cref="IOException">The folder exists already, or cannot be written.</exception>
    /// <exception cref="InvalidDataException">A downloaded or installed file is not the published one.</exception>
    public int Write(string name, string folder)
    {
        if (Path.Exists(folder))
            throw new IOException($"'{folder}' exists already; give the name of a new folder.");
        string temporary = $"{folder}.{Guid.NewGuid():N}.tmp";
        try
        {
            Directory.CreateDirectory(temporary);
            switch (name)
            {
                case "fashion-mnist": WriteFashionMnist(temporary); break;
                case "hymenoptera": Extract(Hymenoptera, temporary); break;
                case "flower_photos": Extract(FlowerPhotos, temporary); break;
                default: throw new ArgumentException($"Unknown dataset '{name}'; it must be one of {string.Join(", ", Names.Keys)}.");
            }
            // An archive has a single folder at its root, which is left out.
            bool hasSingleRoot = Directory.GetFileSystemEntries(temporary) is [var entry] && Directory.Exists(entry);
            Directory.Move(hasSingleRoot ? Directory.GetDirectories(temporary)[0] : temporary, folder);
        }
        finally
        {
            if (Directory.Exists(temporary))
                Directory.Delete(temporary, recursive: true);
        }
        return ImageFiles.In(folder).Count(f => Path.GetExtension(f) is ".jpg" or ".png");
    }

    private void WriteFashionMnist(string folder)
    {
        string source = Directory.Exists(installed) ? installed : DownloadFashionMnist();
        foreach (var (name, hash) in FashionMnist.FileHashes)
            CheckContent(Path.Combine(source, name + ".gz"), hash);
        var context = new MLContext();
        foreach (bool test in new[] { false, true })
        {
            var images = context.Data.LoadPixelDataset(source, test);
            string split = Path.Combine(folder, test ? "test" : "train");
            // A label such as T-shirt/top cannot be the name of a folder.
            string[] classFolders = [.. images.GetColumn<string>("Label").Select(label => Path.Combine(split, label.Replace('/', '-')))];
            foreach (string classFolder in classFolders.Distinct())
                Directory.CreateDirectory(classFolder);
            byte[][] contents = [.. images.GetColumn<byte[]>("Image")];
            Parallel.For(0, contents.Length, i => File.WriteAllBytes(Path.Combine(classFolders[i], $"{i:00000}.png"), contents[i]));
        }
    }

    private string DownloadFashionMnist()
    {
        string[] paths = [.. FashionMnist.FileHashes.Keys.Select(name => Download(new(new($"{FashionMnistUrl}/{name}.gz"))))];
        return Path.GetDirectoryName(paths[0])!;
    }

    private static void CheckContent(string path, string expected)
    {
        using var file = File.OpenRead(path);
        using var content = new GZipStream(file, CompressionMode.Decompress);
        string hash = Convert.ToHexStringLower(SHA256.HashData(content));
        if (hash != expected)
            throw new InvalidDataException($"'{path}' is not Fashion-MNIST's: the SHA-256 of its content begins with {hash[..8]}, " +
                $"not {expected[..8]}. Remove the file to download it again.");
    }

    private void Extract(RemoteFile archive, string folder)
    {
        string path = Download(archive);
        if (path.EndsWith(".zip", StringComparison.Ordinal))
        {
            ZipFile.ExtractToDirectory(path, folder);
            return;
        }
        using var file = File.OpenRead(path);
        using var content = new GZipStream(file, CompressionMode.Decompress);
        TarFile.ExtractToDirectory(content, folder, overwriteFiles: false);
    }

    private string Download(RemoteFile file) => _cache.Get(file, new DownloadProgress(output));
}
