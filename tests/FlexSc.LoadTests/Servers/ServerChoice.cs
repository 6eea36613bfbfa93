using FlexSc.LoadTests.Scenarios.Model;

namespace FlexSc.LoadTests.Servers;

/// <summary>Whose sockets an example service runs on, as <c>--start-server</c> spells it.</summary>
/// <param name="Io">"flexsc" or "akka-io".</param>
/// <param name="Backend">Of FlexSC; null lets it choose.</param>
internal sealed record ServerChoice(string Io, string? Backend)
{
    public const string FlexSc = "flexsc";
    public const string AkkaIo = "akka-io";
    private static readonly string[] Backends = ["io-uring", "syscall-threads", "kernel-module"];

    public static IReadOnlyList<ServerChoice> Default { get; } = [new(FlexSc, null), new(AkkaIo, null)];

    public static string Syntax => $"{FlexSc}, {string.Join(", ", Backends.Select(backend => $"{FlexSc}/{backend}"))}, {AkkaIo}";

    /// <returns>Null when the text names no server.</returns>
    public static ServerChoice? Parse(string text)
    {
        string[] parts = text.Split('/');
        return parts switch
        {
            [AkkaIo] => new ServerChoice(AkkaIo, null),
            [FlexSc] => new ServerChoice(FlexSc, null),
            [FlexSc, var backend] when Backends.Contains(backend) => new ServerChoice(FlexSc, backend),
            _ => null,
        };
    }

    /// <summary>The service's arguments.</summary>
    public IReadOnlyList<string> Arguments(ServerKind kind, string? webRoot)
    {
        List<string> arguments = ["--port", "0", "--io", Io];
        if (kind != ServerKind.Echo)
        {
            arguments.AddRange(["--host", "127.0.0.1"]);
        }

        if (Backend is not null)
        {
            arguments.AddRange(["--backend", Backend]);
        }

        if (kind == ServerKind.Http && webRoot is not null)
        {
            arguments.AddRange(["--root", webRoot]);
        }

        return arguments;
    }

    /// <summary>Why this choice is not there for a service; null when it is.</summary>
    public string? ReasonAgainst(ServerKind kind) =>
        kind == ServerKind.Echo && Backend is not null ? "the echo example takes no backend: it runs on the one FlexSC chooses" : null;

    public override string ToString() => Backend is null ? Io : $"{Io}/{Backend}";
}
