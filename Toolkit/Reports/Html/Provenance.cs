using System.CommandLine;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;
using TransferKit.Pipelines.Evaluating;
using static TransferKit.Display.Html;

namespace TransferKit.Toolkit.Reports.Html;

/// <summary>How a run was made, so that it can be made again.</summary>
/// <param name="Title">What the report is called.</param>
/// <param name="Command">The exact command.</param>
/// <param name="Model">The model's file.</param>
/// <param name="Photos">The photos that were tested on.</param>
internal sealed record Provenance(string Title, string Command, string Model, IReadOnlyList<string> Photos)
{
    /// <summary>The origin of what a command line gives.</summary>
    public static Provenance Of(ParseResult parsed, string model, Evaluation evaluation) =>
        new($"{Path.GetFileName(model)}: {evaluation.Correct} of {evaluation.Total} correct", string.Join(' ', parsed.Tokens.Select(t => Quoted(t.Value)).Prepend("transferkit")), model,
            [.. evaluation.Images.Select(i => i.File).OfType<string>()]);

    /// <summary>The part of the page.</summary>
    public string Section() => TransferKit.Display.Html.Section("How it was made",
        $"<p><code>{Text(Command)}</code></p>",
        Table(["what", "version or SHA-256"],
        [
            ["TransferKit", Version(typeof(ImageFeaturizer))], [".NET", Text($"{Environment.Version}")], ["Microsoft.ML", Version(typeof(MLContext))],
            ["ONNX Runtime", Version(typeof(InferenceSession))], ["TorchSharp", Version(typeof(TorchSharp.torch))],
            [Text(Path.GetFileName(Model)), $"<code>{Hash(Model)}</code>"],
            .. Photos.Count > 0 ? new string[][] { [$"the {Photos.Count} test photos", $"<code>{Hash([.. Photos])}</code>"] } : [],
        ]));

    private static string Version(Type type) =>
        Text(type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? $"{type.Assembly.GetName().Version}");

    private static string Quoted(string argument) => argument.Length > 0 && argument.All(c => char.IsLetterOrDigit(c) || "-_./\\:=,".Contains(c, StringComparison.Ordinal)) ? argument : $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    // One file after the other, in the order of the test.
    private static string Hash(params string[] files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in files)
            hash.AppendData(File.ReadAllBytes(file));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
