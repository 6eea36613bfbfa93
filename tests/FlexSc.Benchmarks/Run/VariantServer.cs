using FlexSc.Benchmarks.Servers;

namespace FlexSc.Benchmarks.Run;

/// <summary>A variant and its server, or the reason why there is none.</summary>
internal sealed class VariantServer : IDisposable
{
    private VariantServer(Variant variant)
    {
        Variant = variant;
    }

    public Variant Variant { get; }

    /// <summary>Null when the variant is not available.</summary>
    public ServerProcess? Server { get; private set; }

    /// <summary>Whether there ever was a server.</summary>
    public bool Started { get; private set; }

    /// <summary>Why there is no server (any more); null while there is one.</summary>
    public string? Unavailable { get; private set; }

    /// <summary>What went wrong when the server was told to end; null when nothing did.</summary>
    public string? StopFailure { get; private set; }

    public string Description { get; private set; } = "";

    public static VariantServer Start(Variant variant, string program, int? core)
    {
        VariantServer result = new(variant);
        try
        {
            result.Server = ServerProcess.Start(ServerLaunch.Create(program, variant.ServerArguments(core), core));
            result.Started = true;
            result.Description = result.Server.Description;
        }
        catch (BenchmarkException failure)
        {
            result.Unavailable = failure.Message;
        }

        return result;
    }

    /// <summary>Gives the variant up: its server answers no more, or answers wrongly.</summary>
    public void GiveUp(string reason)
    {
        Unavailable = reason;
        Server?.Dispose();
        Server = null;
    }

    public void Stop()
    {
        StopFailure = Server?.Stop();
        Dispose();
    }

    public void Dispose()
    {
        Server?.Dispose();
        Server = null;
    }
}
