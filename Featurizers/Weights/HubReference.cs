using System.Text.RegularExpressions;

namespace TransferKit.Weights;

/// <summary>A repository of Hugging Face's hub at a revision: <c>hf:OWNER/NAME</c> or <c>hf:OWNER/NAME@REVISION</c>.</summary>
/// <param name="Owner">The user or organization.</param>
/// <param name="Name">The name of the repository.</param>
/// <param name="Revision">A branch, a tag, or the hash of a commit.</param>
internal sealed partial record HubReference(string Owner, string Name, string Revision)
{
    /// <summary>The beginning of every reference.</summary>
    public const string Prefix = "hf:";

    private const string DefaultRevision = "main";

    /// <summary>The name of the repository with its owner.</summary>
    public string Repository => $"{Owner}/{Name}";

    /// <summary>Whether the revision is the hash of a commit, which never stands for other files.</summary>
    public bool IsCommit => Commit().IsMatch(Revision);

    /// <summary>Reads a reference.</summary>
    /// <param name="text">The reference.</param>
    /// <exception cref="ArgumentException">It has another form; the message says which would be right.</exception>
    public static HubReference Parse(string text)
    {
        var match = Form().Match(text);
        var (owner, name, revision) = (match.Groups["owner"].Value, match.Groups["name"].Value, match.Groups["revision"].Value);
        // Two dots would lead out of the folder of the cache; two hyphens separate owner and name in it.
        bool isSafe = !text.Contains("..", StringComparison.Ordinal) && !$"{owner} {name}".Contains("--", StringComparison.Ordinal);
        return match.Success && isSafe
            ? new(owner, name, revision.Length > 0 ? revision : DefaultRevision)
            : throw new ArgumentException(
                $"'{text}' is no repository of a hub: it must be of the form hf:OWNER/NAME or hf:OWNER/NAME@REVISION.");
    }

    /// <summary>Returns the reference as it is written.</summary>
    public override string ToString() => $"{Prefix}{Repository}{(Revision == DefaultRevision ? "" : "@" + Revision)}";

    [GeneratedRegex("^hf:(?<owner>[A-Za-z0-9_][A-Za-z0-9_.-]*)/(?<name>[A-Za-z0-9_][A-Za-z0-9_.-]*)"
        + "(@(?<revision>[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*))?\\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Form();

    [GeneratedRegex("^[0-9a-f]{40}\\z")]
    private static partial Regex Commit();
}
