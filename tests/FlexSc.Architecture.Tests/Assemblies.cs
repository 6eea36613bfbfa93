using FlexSc.Akka.IO;
using FlexSc.Interop.Loop;

namespace FlexSc.Architecture.Tests;

/// <summary>The assemblies that are looked at: they lie beside the tests.</summary>
internal static class Assemblies
{
    public static string Interop { get; } = typeof(SyscallLoop).Assembly.Location;

    public static string Akka { get; } = typeof(FlexTcp).Assembly.Location;

    public static string HttpServer { get; } = Beside("HttpServer");

    public static string KvServer { get; } = Beside("KvServer");

    public static IReadOnlyList<string> All { get; } =
    [
        Interop, Akka, Beside("FlexSc.Akka.Hosting"), Beside("FlexSc.Akka.Streams"), Beside("flexsc"), Beside("FlexSc.Examples.Shared"),
        HttpServer, KvServer, Beside("QuickStart"), Beside("Chat"), Beside("FileServer"),
    ];

    private static string Beside(string name) => Path.Combine(AppContext.BaseDirectory, name + ".dll");
}
