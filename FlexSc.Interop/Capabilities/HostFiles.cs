using System.Globalization;
using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Capabilities;

/// <summary>
/// The files of /proc, /sys and /dev under a root of their own. What is missing or may not be read is unknown, not an error.
/// </summary>
internal sealed class HostFiles(string root)
{
    /// <summary>The host's own files.</summary>
    public static HostFiles Host { get; } = new("/");

    /// <summary>Text of a file, or null.</summary>
    public string? Read(string path)
    {
        try
        {
            return File.ReadAllText(Resolve(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>A file that is read again and again.</summary>
    /// <param name="path">The file.</param>
    /// <param name="parse">As of <see cref="RepeatedFile{T}"/>.</param>
    /// <param name="linesOf">As of <see cref="RepeatedFile{T}"/>.</param>
    public RepeatedFile<T> Repeated<T>(string path, Func<string?, T> parse, string linesOf = "") => new(Path.GetFullPath(Resolve(path)), parse, linesOf);

    /// <summary>Lines of a file, none when it cannot be read.</summary>
    public string[] Lines(string path) => LinesOf(Read(path));

    /// <summary>Lines of a text, none of null.</summary>
    public static string[] LinesOf(string? text) => text?.Split('\n') ?? [];

    /// <summary>The cores that a file lists; null when it cannot be read, is empty or holds no such list.</summary>
    public IReadOnlyList<int>? ReadCpus(string path) => ParseCpus(Read(path));

    /// <summary>The first line of a file as a number of 0 or more, or null.</summary>
    public int? ReadNumber(string path) =>
        int.TryParse(Read(path)?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    /// <summary>What the kernel says about this process, by name; see proc_pid_status(5).</summary>
    public IReadOnlyDictionary<string, string> ReadStatus()
    {
        Dictionary<string, string> status = [];
        foreach (string line in Lines("proc/self/status"))
        {
            string[] parts = line.Split(':', 2);
            if (parts.Length == 2)
            {
                status[parts[0]] = parts[1].Trim();
            }
        }

        return status;
    }

    /// <summary>The cores of a list as the kernel writes it; null for an empty one, and for what is none.</summary>
    public static IReadOnlyList<int>? ParseCpus(string? list) =>
        !string.IsNullOrWhiteSpace(list) && CpuList.TryParse(list, out IReadOnlyList<int> cpus, out _) ? cpus : null;

    public bool Exists(string path) => File.Exists(Resolve(path));

    private string Resolve(string path) => Path.Join(root, path);
}
