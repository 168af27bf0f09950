using System.CommandLine;
using Spectre.Console;
using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Engines.Quantization;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit export NAME --out FILE</c>: writes a network with its weights for other programs.</summary>
internal static class ExportCommand
{
    private const string Logits = "logits", Features = "features";

    /// <summary>Creates the command.</summary>
    public static Command Create(TextWriter output, TextWriter error)
    {
        var name = new Argument<string>("NAME") { Description = "Network; `transferkit models` lists them." };
        var weights = NetworkOptions.WeightsOption();
        var layer = new Option<string?>("--layer")
        {
            Description = "Layer whose value is the output. Default: the probabilities of the classes, or the features where the weights "
                + "have no classifier.",
        };
        var file = OutFile.Option("The .onnx or .safetensors file to write.", ".onnx", ".safetensors");
        var half = new Option<bool>("--half")
        {
            Description = "With .safetensors: write weights in half precision. Batch normalization and biases stay in single precision.",
        };
        var raw = new Option<bool>("--raw")
        {
            Description = "With .onnx: write the network alone, as the reference has it: from normalized images to logits.",
        };
        var precision = NetworkOptions.PrecisionOption(calibratedOn: "the images of --calibrate");
        var calibrate = new Option<DirectoryInfo?>("--calibrate")
        {
            Description = "With --precision int8: folder of images like those the network is for; some of them are read.",
        };
        var json = CommandOutput.CreateJsonOption();
        var command = new Command("export", "Write a network with its weights as ONNX or safetensors.")
        {
            name, weights, layer, file, half, raw, precision, calibrate, json,
        };
        command.SetAction(parsed =>
        {
            var shell = new CommandOutput(output, error, parsed.GetValue(json));
            var backbone = Registry.Get(parsed.GetValue(name)!);
            if (parsed.GetValue(file)!.Extension == ".onnx")
                IgnoredOption.Refuse(parsed, half, "with --out FILE.onnx, only with .safetensors");
            else
                IgnoredOption.Refuse(parsed, raw, "with --out FILE.safetensors, only with .onnx");
            if (parsed.GetValue(file)!.Extension != ".onnx")
                IgnoredOption.Refuse(parsed, precision, "with --out FILE.safetensors, only with .onnx");
            var photos = CalibrationImages(parsed, backbone, precision, calibrate);
            string path = parsed.GetValue(file)!.FullName;
            string? tag = parsed.GetValue(weights), chosenLayer = parsed.GetValue(layer);
            string outputLayer = chosenLayer ?? (HasClassifier(backbone, tag) ? Logits : Features);
            // Wrong arguments are reported before weights are downloaded.
            backbone.Build().Find(outputLayer);
            AtomicFile.Check(path);
            var pretrained = Pretrained.Load(backbone, tag, progress: new DownloadProgress(shell));
            using var _ = pretrained.Network.Weights;
            var network = UpTo(pretrained.Network, outputLayer);
            Checkpoint.CheckNumbers(network.Graph, network.Weights, pretrained.Source);
            if (photos is not null)
                network = network.Quantize(pretrained.Preprocessing, photos, new FeaturizerOptions());
            if (Path.GetExtension(path) != ".onnx")
                WriteSafetensors(network, path, parsed.GetValue(half));
            else if (parsed.GetValue(raw))
                OnnxExport.Write(network, path);
            else
            {
                bool isClassifier = chosenLayer is null && outputLayer == Logits;
                network = isClassifier ? network.WithProbabilities() : network;
                string outputName = isClassifier ? "probabilities" : outputLayer;
                OnnxExport.Write(network, path, new() { OutputName = outputName, Normalization = pretrained.Preprocessing });
            }
            var node = network.Graph.Output;
            string size = node.Shape.IsVector ? $"{node.Shape} outputs" : $"output {node.Shape}";
            shell.WriteResult(
                new { Out = path, Output = node.Shape.Dimensions },
                console => console.WriteLine($"Wrote {backbone.Name} up to {node.Name} ({size}) to {path}."));
            return Cli.Done;
        });
        return command;
    }

    // Null for single precision.
    private static IEnumerable<ImageSource>? CalibrationImages(
        ParseResult parsed, Backbone backbone, Option<string> precision, Option<DirectoryInfo?> calibrate)
    {
        if (OptimizationArguments.Value<Precision>(parsed, precision) == Precision.Fp32)
        {
            IgnoredOption.Refuse(parsed, calibrate, "without --precision int8");
            return null;
        }
        Int8.Validate(backbone);
        string folder = parsed.GetValue(calibrate)?.FullName
            ?? throw new ArgumentException("--precision int8 needs --calibrate DIR, a folder of images like those the network is for.");
        var images = ImageFiles.In(folder);
        return images.Count > 0 ? images.Select(file => new ImageSource(file))
            : throw new ImageFormatException($"There is no image in '{folder}': --calibrate takes a folder of images.");
    }

    private static bool HasClassifier(Backbone backbone, string? weights)
    {
        var entry = weights is null ? backbone.DefaultWeights
            : backbone.Weights.FirstOrDefault(w => w.Tag.Equals(weights, StringComparison.OrdinalIgnoreCase));
        return entry is not { ClassSet: null };
    }

    // The whole network is written with its auxiliary classifiers, which a cut would remove.
    private static Network UpTo(Network network, string layer) =>
        network.Graph.Find(layer) == network.Graph.Output ? network : network.Until(layer);

    private static void WriteSafetensors(Network network, string path, bool half)
    {
        var tensors = new Dictionary<string, TensorData>();
        foreach (var (key, parameter) in network.Graph.State)
        {
            bool isMatrixOrKernel = parameter.Dimensions.Length > 1;
            tensors[key] = half && isMatrixOrKernel ? network.Weights[key].ToHalf() : network.Weights[key];
        }
        Safetensors.Write(path, tensors);
    }
}
