using System.CommandLine;

namespace TransferKit.Toolkit.Commands;

/// <summary>The <c>--out</c> option of commands that write more than one format.</summary>
internal static class OutFile
{
    public static Option<FileInfo> Option(string description, params string[] extensions)
    {
        var option = new Option<FileInfo>("--out") { Description = description, Required = true };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<FileInfo>() is { } file && !extensions.Contains(file.Extension))
                result.AddError($"--out {file}: the name must end in {string.Join(" or ", extensions)}.");
        });
        return option;
    }
}
