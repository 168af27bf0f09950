using System.CommandLine;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;
using TransferKit.Pipelines.Evaluating;
using static TransferKit.Display.Html;

namespace TransferKit.Toolkit.Reports.Html;

/// <summary>What is needed to repeat a run: the command, the versions, and hashes of the model and the test photos.</summary>
/// <param name="Title">The title of the report.</param>
/// <param name="Command">The exact command line.</param>
/// <param name="Model">The path of the model file.</param>
/// <param name="Photos">The paths of the test photos.</param>
internal sealed record Provenance(string Title, string Command, string Model, IReadOnlyList<string> Photos)
{
    /// <summary>Creates the provenance of an evaluation.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="model">The path of the model file.</param>
    /// <param name="evaluation">The result on the test photos.</param>
    public static Provenance Of(ParseResult parsed, string model, Evaluation evaluation)
    {
        string title = $"{Path.GetFileName(model)}: {evaluation.Correct} of {evaluation.Total} correct";
        string command = string.Join(' ', parsed.Tokens.Select(t => Quoted(t.Value)).Prepend("transferkit"));
        return new(title, command, model, [.. evaluation.Images.Select(i => i.File).OfType<string>()]);
    }

    /// <summary>Returns a section of the report.</summary>
    public string ToHtml()
    {
        var rows = new List<string[]>
        {
            new[] { "TransferKit", Version(typeof(ImageFeaturizer)) },
            new[] { ".NET", Text($"{Environment.Version}") },
            new[] { "Microsoft.ML", Version(typeof(MLContext)) },
            new[] { "ONNX Runtime", Version(typeof(InferenceSession)) },
            new[] { "TorchSharp", Version(typeof(TorchSharp.torch)) },
            new[] { Text(Path.GetFileName(Model)), $"<code>{Hash([Model])}</code>" },
        };
        if (Photos.Count > 0)
            rows.Add([$"the {Photos.Count} test photos", $"<code>{Hash(Photos)}</code>"]);
        return Section("Provenance",
            Remark("The command, the versions and the SHA-256 hashes of the files, to repeat this run."),
            $"<p><code>{Text(Command)}</code></p>",
            Table(["component", "version or SHA-256"], rows));
    }

    private static string Version(Type type)
    {
        var assembly = type.Assembly;
        string? version = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
        return Text(version ?? $"{assembly.GetName().Version}");
    }

    private static string Quoted(string argument)
    {
        bool isPlain = argument.Length > 0
            && argument.All(c => char.IsLetterOrDigit(c) || "-_./\\:=,".Contains(c, StringComparison.Ordinal));
        return isPlain ? argument : $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    // The hash of the concatenated files, in the order of the test.
    private static string Hash(IEnumerable<string> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in files)
            hash.AppendData(File.ReadAllBytes(file));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
