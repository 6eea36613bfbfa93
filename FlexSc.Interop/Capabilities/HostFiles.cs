namespace FlexSc.Interop.Capabilities;

/// <summary>The files of /proc, /sys and /dev under a root of their own. What is missing or may not be read is unknown, not an error.</summary>
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

    /// <summary>Lines of a file, none when it cannot be read.</summary>
    public string[] Lines(string path) => Read(path)?.Split('\n') ?? [];

    public bool Exists(string path) => File.Exists(Resolve(path));

    private string Resolve(string path) => Path.Join(root, path);
}
