namespace FlexSc.Examples.Tests;

/// <summary>How to start an example as a program of its own from the folder of the tests.</summary>
internal static class ProgramHost
{
    /// <summary>Arguments of <c>dotnet</c> that run the example's assembly.</summary>
    /// <remarks>
    /// The tests reference the shared framework of Kestrel, which leaves packages out of their folder that the example brings
    /// along elsewhere; so the example runs here with the tests' runtime configuration.
    /// </remarks>
    public static string[] ArgumentsOf(string assemblyFile)
    {
        string tests = Path.Combine(AppContext.BaseDirectory, typeof(ProgramHost).Assembly.GetName().Name!);
        string program = Path.Combine(AppContext.BaseDirectory, assemblyFile);
        return ["exec", "--runtimeconfig", tests + ".runtimeconfig.json", "--depsfile", tests + ".deps.json", program];
    }
}
