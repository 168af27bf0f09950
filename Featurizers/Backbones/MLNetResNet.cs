using TransferKit.Engines.Onnx.Import;
using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Native;
using TransferKit.Weights;

namespace TransferKit.Backbones;

/// <summary>
/// The ResNet that ML.NET's DnnFeaturizeImage uses, with its weights, which were trained on ImageNet: three blocks in the last stage, no
/// classifier, and levels from 0 to 255 in the order blue, green, red minus a mean image.
/// </summary>
/// <remarks>The weights are in the NuGet package Microsoft.ML.DnnImageFeaturizer.ResNet18, which puts them beside the program.</remarks>
internal static class MLNetResNet
{
    private const string Package = "Microsoft.ML.DnnImageFeaturizer.ResNet18";

    private static readonly ResNet.Variant Blocks = new(Bottleneck: false, [2, 2, 2, 3]);

    private static readonly Preprocessing Levels = Preprocessing.ImageNet.WithLevels();

    public static readonly Backbone[] Variants =
    [
        new("mlnet_resnet18", "arXiv:1512.03385", Build,
            [new("MLNET", new($"https://www.nuget.org/packages/{Package}"), Levels, ClassSet: null, null, null) { Read = ReadWeights }]),
    ];

    private static Value Build(Value images, int classes)
    {
        var bgr = images.ChannelSlice(2, 1).Concat(images.ChannelSlice(1, 1), images.ChannelSlice(0, 1));
        return ResNet.Build(bgr.Add("mean", new Bias()), Blocks, classes);
    }

    // The layers of the package's models have other names, but the same order, in which a block's downsampling comes first.
    private static StateDict ReadWeights()
    {
        var state = new StateDict();
        var graph = Graph.Build(builder => Build(builder.Input(3, Levels.Crop, Levels.Crop), classes: 1));
        foreach (var model in new[] { "ResNetPrepOnnx/ResNetPreprocess.onnx", "ResNet18Onnx/ResNet18.onnx" })
        {
            var source = new OnnxArchitecture(OnnxFile.Read(Find(model))).ReadNetwork();
            var layers = source.Graph.Nodes.Where(node => node.Parameters.Count > 0);
            foreach (var group in layers.GroupBy(node => node.Operator.GetType()))
                foreach (var (from, to) in group.Zip(InOrder(graph, group.Key)))
                    foreach (var parameter in from.Parameters)
                        state[to.Key(parameter)] = source.Weights[from.Key(parameter)];
        }
        return state;
    }

    private static IEnumerable<Node> InOrder(Graph graph, Type type) => graph.Nodes
        .Where(node => node.Operator.GetType() == type)
        .OrderBy(node => node.Name.Split('.')[0])
        .ThenBy(node => node.Name.Split('.').ElementAtOrDefault(1))
        .ThenBy(node => !node.Name.Contains("downsample", StringComparison.Ordinal));

    // Notebooks load assemblies from the folder of packages; nothing is copied there.
    private static string Find(string model)
    {
        string beside = Path.Combine(AppContext.BaseDirectory, "DnnImageModels", model);
        string? packages = PackageFolders.Of(typeof(MLNetResNet).Assembly);
        string? folder = packages is null ? null : Path.Combine(packages, Package.ToLowerInvariant());
        var versions = Directory.Exists(folder) ? Directory.EnumerateDirectories(folder) : [];
        string[] places = [beside, .. versions.Select(version => Path.Combine(version, "tools", "DnnImageModels", model))];
        return places.FirstOrDefault(File.Exists) ?? throw new ArgumentException(
            $"The weights of mlnet_resnet18 are missing: '{beside}'. They are in the package {Package}: `dotnet add package {Package}`.");
    }
}
