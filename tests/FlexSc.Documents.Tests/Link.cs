using System.Text.RegularExpressions;
using FlexSc.Measuring.Builds;

namespace FlexSc.Documents.Tests;

/// <summary>A link to a file of the repository.</summary>
/// <param name="Url">As it is written.</param>
/// <param name="Path">The file or folder, in the repository, with slashes.</param>
/// <param name="Anchor">A heading in it; empty where none is named.</param>
internal sealed partial record Link(string Url, string Path, string Anchor)
{
    /// <param name="from">Path of the file that has the link.</param>
    /// <param name="url">A link that names no host.</param>
    public static Link Of(string from, string url)
    {
        string[] parts = url.Split('#', 2);
        string folder = System.IO.Path.Combine(Repository.Root(), System.IO.Path.GetDirectoryName(from)!);
        string path = parts[0].Length == 0
            ? from
            : System.IO.Path.GetRelativePath(Repository.Root(), System.IO.Path.Combine(folder, Uri.UnescapeDataString(parts[0])));
        return new Link(url, path.Replace('\\', '/').TrimEnd('/'), parts.Length > 1 ? parts[1] : "");
    }

    public static bool NamesHost(string url) => SchemePattern().IsMatch(url);

    [GeneratedRegex("^([a-zA-Z][a-zA-Z0-9+.-]*:|//)")]
    private static partial Regex SchemePattern();
}
