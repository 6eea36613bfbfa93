using System.Runtime.InteropServices;
using Akka.Actor.Setup;

namespace FlexSc.Akka;

/// <summary>The machine that an actor system takes itself to be on: the real one, unless the system was made with another.</summary>
/// <param name="system">The operating system, as people call it.</param>
/// <param name="architecture">Of the process.</param>
internal sealed class HostMachine(string system, Architecture architecture) : Setup
{
    private const string Linux = "Linux";

    /// <summary>The one this process runs on.</summary>
    public static HostMachine Real { get; } = new(
        OperatingSystem.IsLinux() ? Linux : OperatingSystem.IsWindows() ? "Windows" : OperatingSystem.IsMacOS() ? "macOS" : RuntimeInformation.OSDescription,
        RuntimeInformation.ProcessArchitecture);

    /// <summary>Why FlexSC cannot run on it; null when it can.</summary>
    public string? Obstacle => system == Linux && architecture is Architecture.X64 or Architecture.Arm64
        ? null
        : $"FlexSC needs Linux on x86-64 or arm64, and this is {system} on {Name}";

    private string Name => architecture switch
    {
        Architecture.X64 => "x86-64",
        Architecture.Arm64 => "arm64",
        _ => architecture.ToString(),
    };
}
