using System.Net;
using FlexSc.Examples.HttpServer.Service;
using FlexSc.Examples.Shared;
using FlexSc.Interop.Capabilities;
using Xunit;

namespace FlexSc.Examples.Tests.Http;

/// <summary>The ways to run the service; every end-to-end test runs in each.</summary>
internal static class ServiceModes
{
    public const string AkkaIo = "akka-io";
    public const string FlexScPooled = "flexsc-pooled";
    public const string FlexScAkka = "flexsc-akka";
    public const string PooledByLoop = "flexsc-pooled, syscall-threads 0";
    public const string PooledByThreads = "flexsc-pooled, syscall-threads 2";
    public const string AkkaByLoop = "flexsc-akka, syscall-threads 0";

    public static IReadOnlyList<string> FlexSc { get; } = [FlexScPooled, FlexScAkka, PooledByLoop, PooledByThreads, AkkaByLoop];

    public static string[] ArgumentsOf(string mode) => mode switch
    {
        AkkaIo => ["--io", "akka-io"],
        FlexScPooled => ["--backend", "io-uring"],
        FlexScAkka => ["--backend", "io-uring", "--messages", "akka"],
        PooledByLoop => ["--backend", "syscall-threads"],
        PooledByThreads => ["--backend", "syscall-threads", "--syscall-threads", "2"],
        AkkaByLoop => ["--backend", "syscall-threads", "--messages", "akka"],
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "no such mode"),
    };

    public static HttpServerOptions OptionsOf(string mode)
    {
        // Two loops, so that connections and their listener are on different ones, too.
        HttpServerOptions options = HttpServerOptions.Default with { Host = IPAddress.Loopback, Port = 0, SweepIntervalMs = 20, Loops = 2 };
        HttpServerOptions threads = options with { Backend = "syscall-threads" };
        return mode switch
        {
            AkkaIo => options with { Io = IoMode.AkkaIo, Messages = MessageMode.Akka },
            FlexScPooled => options with { Backend = "io-uring" },
            FlexScAkka => options with { Backend = "io-uring", Messages = MessageMode.Akka },
            PooledByLoop => threads,
            PooledByThreads => threads with { SyscallThreads = 2 },
            AkkaByLoop => threads with { Messages = MessageMode.Akka },
            _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "no such mode"),
        };
    }

    /// <summary>Starts the service; skips the test, with the reason, where its backend is not there.</summary>
    public static async Task<HttpService> StartAsync(HttpServerOptions options)
    {
        try
        {
            return await HttpService.StartAsync(options);
        }
        catch (IOException exception) when (exception.InnerException is BackendUnavailableException unavailable)
        {
            throw new SkipException(unavailable.Message);
        }
    }

    /// <summary>Skips the test, with the reason, where the mode cannot run.</summary>
    public static async Task SkipUnlessAvailableAsync(string mode)
    {
        await using HttpService service = await StartAsync(OptionsOf(mode));
    }
}

/// <summary>All modes as test cases.</summary>
public sealed class AllModes : TheoryData<string>
{
    public AllModes() => AddRange([ServiceModes.AkkaIo, .. ServiceModes.FlexSc]);
}

/// <summary>The modes on FlexSC as test cases.</summary>
public sealed class FlexScModes : TheoryData<string>
{
    public FlexScModes() => AddRange([.. ServiceModes.FlexSc]);
}
