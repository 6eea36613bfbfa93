namespace FlexSc.Measuring.Builds;

/// <summary>Where the working tree is that this program was built in.</summary>
internal static class Repository
{
    private const string SolutionFile = "FlexScAkka.sln";

    /// <exception cref="MeasurementException">This program does not lie below the repository.</exception>
    public static string Root() => FindRoot()
        ?? throw new MeasurementException($"no {SolutionFile} above {AppContext.BaseDirectory}: run this program from its build directory in the repository");

    /// <summary>Null when this program does not lie below the repository.</summary>
    public static string? FindRoot()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, SolutionFile)))
            {
                return directory.FullName;
            }
        }

        return null;
    }
}
