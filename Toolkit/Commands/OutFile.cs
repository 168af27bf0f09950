using System.CommandLine;

namespace TransferKit.Toolkit.Commands;

/// <summary>Options that name a file to write, whose extension selects the format.</summary>
internal static class OutFile
{
    /// <summary>Creates the required option <c>--out</c>.</summary>
    /// <param name="description">The help text.</param>
    /// <param name="extensions">The accepted extensions, such as ".csv".</param>
    public static Option<FileInfo> Option(string description, params string[] extensions) =>
        Option("--out", description, required: true, extensions);

    /// <summary>Creates an option.</summary>
    /// <param name="name">The name, such as "--out".</param>
    /// <param name="description">The help text.</param>
    /// <param name="required">Whether the option must be given.</param>
    /// <param name="extensions">The accepted extensions, such as ".csv".</param>
    public static Option<FileInfo> Option(string name, string description, bool required, params string[] extensions)
    {
        var option = new Option<FileInfo>(name) { Description = description, Required = required };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<FileInfo>() is { } file && !extensions.Contains(file.Extension))
                result.AddError($"{name} {file} is invalid: the name must end in {string.Join(" or ", extensions)}.");
        });
        return option;
    }
}
