using System.Text.Json.Nodes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;

namespace TransferKit.Tests.Notebooks;

/// <summary>
/// Runs a notebook's code cells in one session, as .NET Interactive's C# kernel does, with the assemblies of this build instead of
/// packages.
/// </summary>
internal sealed class NotebookRunner
{
    // The namespaces that the kernel imports.
    private static readonly string[] Imports =
        ["System", "System.Linq", "System.Collections", "System.Collections.Generic", "System.Text", "System.Threading.Tasks"];

    private static readonly string[] Packages = ["TransferKit.Pipelines, 0.1.0", "TorchSharp-cpu, 0.107.0", "Microsoft.ML.LightGbm, 5.0.1"];

    private readonly NotebookHost _host = new();
    private ScriptState<object>? _state;

    /// <summary>Runs a cell and returns its outputs.</summary>
    public async Task<JsonArray> Run(string source)
    {
        _host.Start();
        string code = string.Join('\n', source.Split('\n').Select(WithoutReference));
        var console = Console.Out;
        using var printed = new StringWriter();
        Console.SetOut(printed);
        try
        {
            _state = _state is null
                ? await CSharpScript.RunAsync<object>(code, Options(), _host)
                : await _state.ContinueWithAsync<object>(code);
        }
        finally
        {
            Console.SetOut(console);
        }
        _host.Print(printed.ToString());
        if (_state.ReturnValue is { } value)
            _host.Return(value);
        return _host.Outputs;
    }

    private static ScriptOptions Options()
    {
        string[] assemblies = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        var references = assemblies.Where(File.Exists).Select(f => MetadataReference.CreateFromFile(f));
        return ScriptOptions.Default.WithImports(Imports).AddReferences(references);
    }

    // Removes the lines that load packages and name their sources: the assemblies are referenced already.
    private static string WithoutReference(string line)
    {
        if (line.StartsWith("#i ", StringComparison.Ordinal))
            return "";
        if (!line.StartsWith("#r \"nuget:", StringComparison.Ordinal))
            return line;
        string package = line["#r \"nuget:".Length..].Trim(' ', '"');
        Assert.Contains(package, Packages);
        return "";
    }
}
