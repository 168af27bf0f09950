using System.CommandLine;

namespace TransferKit.Toolkit.Commands;

/// <summary>Options that name a file to write, whose format its name tells.</summary>
internal static class OutFile
{
    public static Option<FileInfo> Option(string description, params string[] extensions) => Option("--out", description, required: true, extensions);

    public static Option<FileInfo> Option(string name, string description, bool required, params string[] extensions)
    {
        var option = new Option<FileInfo>(name) { Description = description, Required = required };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<FileInfo>() is { } file && !extensions.Contains(file.Extension))
                result.AddError($"{name} {file}: the name must end in {string.Join(" or ", extensions)}.");
        });
        return option;
    }
}
