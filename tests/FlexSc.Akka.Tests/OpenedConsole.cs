using System.Runtime.CompilerServices;

namespace FlexSc.Akka.Tests;

/// <summary>
/// The console opens descriptors when the first line is written: duplicates of the standard streams, and a pipe for signals. Tests count
/// descriptors, and look for the highest one, while others may write a line: so they are opened before the first test.
/// </summary>
internal static class OpenedConsole
{
#pragma warning disable CA2255 // a test project is nobody's library
    [ModuleInitializer]
    internal static void Open()
#pragma warning restore CA2255
    {
        Console.Out.Flush();
        Console.Error.Flush();
        _ = Console.In;
        Console.ResetColor();
    }
}
