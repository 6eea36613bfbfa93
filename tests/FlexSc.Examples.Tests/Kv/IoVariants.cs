using FlexSc.Examples.KvServer.Service;
using FlexSc.Examples.Shared;
using FlexSc.Interop.Capabilities;
using Xunit;

namespace FlexSc.Examples.Tests.Kv;

/// <summary>The ways the server can be run; every end-to-end test runs on each.</summary>
public sealed class IoVariants : TheoryData<string>
{
    public const string AkkaIo = "akka-io";
    public const string FlexScPooled = "flexsc-pooled";
    public const string FlexScAkka = "flexsc-akka";
    public const string PooledByLoop = "flexsc-pooled, syscall-threads 0";
    public const string PooledByThreads = "flexsc-pooled, syscall-threads 2";
    public const string AkkaByLoop = "flexsc-akka, syscall-threads 0";

    public IoVariants() => AddRange([.. All]);

    /// <summary>Every variant.</summary>
    public static IReadOnlyList<string> All => [AkkaIo, .. FlexSc];

    /// <summary>Those whose sockets are FlexSC's.</summary>
    public static IReadOnlyList<string> FlexSc { get; } = [FlexScPooled, FlexScAkka, PooledByLoop, PooledByThreads, AkkaByLoop];

    /// <summary>More than a slow machine needs to stop, and less than what would end by itself: an idle connection has longer.</summary>
    internal const int StopTimeoutSeconds = 30;

    /// <summary>Short: clients of the tests that are in the midst of a request do not finish it.</summary>
    private const int DrainMs = 50;

    internal static KvServerOptions Options(string variant)
    {
        // Two loops, so that connections, listener and store are on different ones, too.
        KvServerOptions options = new() { Port = 0, Loops = 2, Backend = "io-uring", DrainMs = DrainMs, StopTimeoutSeconds = StopTimeoutSeconds };
        KvServerOptions threads = options with { Backend = "syscall-threads" };
        return variant switch
        {
            AkkaIo => options with { Io = IoMode.AkkaIo, Messages = MessageMode.Akka },
            FlexScPooled => options,
            FlexScAkka => options with { Messages = MessageMode.Akka },
            PooledByLoop => threads,
            PooledByThreads => threads with { SyscallThreads = 2 },
            AkkaByLoop => threads with { Messages = MessageMode.Akka },
            _ => throw new ArgumentOutOfRangeException(nameof(variant), variant, "not a variant"),
        };
    }

    /// <summary>The same as options of the program.</summary>
    internal static string[] Arguments(string variant)
    {
        KvServerOptions options = Options(variant);
        return options.Io == IoMode.AkkaIo
            ? ["--io", "akka-io"]
            :
            [
                "--messages", options.Messages == MessageMode.Pooled ? "pooled" : "akka",
                "--backend", options.Backend, "--syscall-threads", $"{options.SyscallThreads}",
            ];
    }

    internal static Task<KvService> StartAsync(string variant, TimeProvider? timeProvider = null) => StartAsync(Options(variant), timeProvider);

    /// <summary>Starts the server; skips the test, with the reason, where its backend cannot run.</summary>
    internal static async Task<KvService> StartAsync(KvServerOptions options, TimeProvider? timeProvider = null)
    {
        try
        {
            return await KvService.StartAsync(options, timeProvider);
        }
        catch (BackendUnavailableException exception)
        {
            Skip.If(true, exception.Message);
            throw;
        }
    }

    /// <summary>Skips the test, with the reason, where the variant cannot run.</summary>
    internal static async Task SkipUnlessAvailableAsync(string variant)
    {
        await using KvService service = await StartAsync(variant);
    }
}

/// <summary>The variants on FlexSC as test cases.</summary>
public sealed class FlexScVariants : TheoryData<string>
{
    public FlexScVariants() => AddRange([.. IoVariants.FlexSc]);
}
