using System.CommandLine;
using Spectre.Console;
using TransferKit.Backbones;
using TransferKit.Engines.Onnx;
using TransferKit.Weights;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit export NAME --out FILE</c>: a network for other programs.</summary>
internal static class ExportCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var name = new Argument<string>("NAME") { Description = "The network; `transferkit models` lists them." };
        var weights = NetworkOptions.WeightsOption();
        var layer = new Option<string>("--layer") { Description = "The node whose value is the output.", DefaultValueFactory = _ => "logits" };
        var file = OutFile.Option("The .onnx or .safetensors file to write.", ".onnx", ".safetensors");
        var half = new Option<bool>("--half") { Description = "With .safetensors: weights in half precision; normalizations and biases stay as they are." };
        var json = Shell.JsonOption();
        var command = new Command("export", "Write a network with its weights as ONNX or safetensors.") { name, weights, layer, file, half, json };
        command.SetAction(parsed =>
        {
            var shell = new Shell(output, error, parsed.GetValue(json));
            var backbone = Registry.Get(parsed.GetValue(name)!);
            backbone.Build().Find(parsed.GetValue(layer)!);
            string path = parsed.GetValue(file)!.FullName;
            AtomicFile.Check(path);
            var pretrained = Pretrained.Load(backbone, parsed.GetValue(weights), progress: new DownloadProgress(shell));
            var network = pretrained.Network;
            // The whole network goes with its auxiliary classifiers, which a cut leaves out.
            if (network.Graph.Find(parsed.GetValue(layer)!) != network.Graph.Output)
                network = network.Until(parsed.GetValue(layer)!);
            using var _ = network.Weights;
            Checkpoint.CheckNumbers(network.Graph, network.Weights, pretrained.Source);
            if (Path.GetExtension(path) == ".onnx")
                OnnxExport.Write(network, path);
            else
                Safetensors.Write(path, network.Graph.State
                    .ToDictionary(s => s.Key, s => parsed.GetValue(half) && s.Parameter.Dimensions.Length > 1 ? network.Weights[s.Key].ToHalf() : network.Weights[s.Key]));
            shell.Result(new { Out = path, Output = network.Graph.Output.Shape.Dimensions }, console => console.WriteLine($"{backbone.Name} to {network.Graph.Output.Name}, {network.Graph.Output.Shape}: {path}"));
            return Cli.Done;
        });
        return command;
    }
}
