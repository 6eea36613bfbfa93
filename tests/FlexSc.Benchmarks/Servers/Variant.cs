namespace FlexSc.Benchmarks.Servers;

/// <summary>One way to run the same actor code: whose sockets, which messages, which backend.</summary>
/// <param name="Name">As the options and tables spell it.</param>
/// <param name="Io">Value of the server's <c>--io</c>.</param>
/// <param name="Arguments">What the variant adds to it.</param>
internal sealed record Variant(string Name, string Io, params string[] Arguments)
{
    /// <summary>The variant that ratios refer to.</summary>
    public const string BaselineName = "akka-io";

    /// <summary>The baseline once more, as a process of its own: how far its ratios are from 1 is the noise of the run.</summary>
    public const string ControlName = "akka-io-control";

    public const string IoUringAkka = "flexsc-io-uring-akka";
    public const string IoUringPooled = "flexsc-io-uring-pooled";
    public const string SyscallThreadsAkka = "flexsc-syscall-threads-akka";
    public const string SyscallThreadsPooled = "flexsc-syscall-threads-pooled";

    private const string FlexScIo = "flexsc";

    public static IReadOnlyList<Variant> All { get; } =
    [
        new(BaselineName, "akka-io"),
        new(ControlName, "akka-io"),
        new(IoUringAkka, FlexScIo, "--messages", "akka", "--backend", "io-uring"),
        new(IoUringPooled, FlexScIo, "--messages", "pooled", "--backend", "io-uring"),

        // No threads: the loop executes the entries itself, so that the loop's share is told apart from io_uring's.
        new(SyscallThreadsAkka, FlexScIo, "--messages", "akka", "--backend", "syscall-threads", "--syscall-threads", "0"),
        new(SyscallThreadsPooled, FlexScIo, "--messages", "pooled", "--backend", "syscall-threads", "--syscall-threads", "0"),
    ];

    /// <summary>Those that run where none are chosen: the control doubles the baseline's time.</summary>
    public static IReadOnlyList<Variant> Default { get; } = [.. All.Where(variant => variant.Name != ControlName)];

    public bool IsFlexSc => Io == FlexScIo;

    /// <summary>The server's arguments; a null core leaves the loop where the scheduler puts it.</summary>
    public IReadOnlyList<string> ServerArguments(int? core)
    {
        List<string> arguments = ["--host", "127.0.0.1", "--port", "0", "--stats-on-stdin", "--loops", "1", "--io", Io, .. Arguments];
        if (IsFlexSc && core is { } cpu)
        {
            arguments.AddRange(["--cpus", cpu.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        }

        return arguments;
    }
}
