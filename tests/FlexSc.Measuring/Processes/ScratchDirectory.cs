namespace FlexSc.Measuring.Processes;

/// <summary>Directories below one that goes when this program does.</summary>
internal static class ScratchDirectory
{
    private static readonly Lazy<string> Root = new(CreateRoot);

    /// <summary>A new directory whose name begins so.</summary>
    public static string Create(string name)
    {
        for (int index = 0; ; index++)
        {
            string directory = Path.Combine(Root.Value, FormattableString.Invariant($"{name}-{index}"));
            if (!Directory.Exists(directory))
            {
                return Directory.CreateDirectory(directory).FullName;
            }
        }
    }

    private static string CreateRoot()
    {
        string root = Directory.CreateTempSubdirectory("flexsc-benchmarks-").FullName;

        // Ctrl-C ends the program without disposing anything.
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            try
            {
                Directory.Delete(root, recursive: true);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine($"{root} is left behind: {failure.Message}");
            }
        };
        return root;
    }
}
