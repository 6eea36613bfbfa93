using System.Net;
using FlexSc.Examples.HttpServer.Service;
using Xunit;

namespace FlexSc.Examples.Tests.Http;

/// <summary>The ways to run the service; every end-to-end test runs in each.</summary>
internal static class ServiceModes
{
    public const string AkkaIo = "akka-io";

    /// <summary>Skips the test, with the reason, where the mode cannot run.</summary>
    public static void SkipUnlessAvailable(string mode) => Skip.IfNot(mode == AkkaIo, $"{mode} is not available here");

    public static string[] ArgumentsOf(string mode) => mode switch
    {
        AkkaIo => ["--io", "akka-io"],
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "no such mode"),
    };

    public static HttpServerOptions OptionsOf(string mode)
    {
        HttpServerOptions options = HttpServerOptions.Default with { Host = IPAddress.Loopback, Port = 0, SweepIntervalMs = 20 };
        return mode switch
        {
            AkkaIo => options with { Io = IoMode.AkkaIo, Messages = MessageMode.Akka },
            _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "no such mode"),
        };
    }
}

/// <summary>All modes as test cases.</summary>
public sealed class AllModes : TheoryData<string>
{
    public AllModes() => Add(ServiceModes.AkkaIo);
}
