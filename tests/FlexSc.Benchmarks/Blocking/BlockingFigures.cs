namespace FlexSc.Benchmarks.Blocking;

/// <summary>One run of a program.</summary>
/// <param name="Kind">What its blocking actors do.</param>
/// <param name="Dispatcher">Of all of its actors.</param>
/// <param name="Round">In which each dispatcher had its turn.</param>
/// <param name="Seconds">From the first message to the last.</param>
/// <param name="CpuSeconds">What the process computed from its start.</param>
/// <param name="PoolThreads">Threads of the thread pool at the end.</param>
/// <param name="Evicted">Actors that were evicted at the end.</param>
internal sealed record BlockingFigures(string Kind, string Dispatcher, int Round, double Seconds, double CpuSeconds, int PoolThreads, int Evicted)
{
    /// <summary>Akka.NET's own default dispatcher.</summary>
    public const string Stock = "stock";

    /// <summary>FlexSC's in its place.</summary>
    public const string FlexSc = "FlexSC";
}
