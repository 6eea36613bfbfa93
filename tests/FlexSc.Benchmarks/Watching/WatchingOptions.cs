namespace FlexSc.Benchmarks.Watching;

/// <summary>How long and how often.</summary>
/// <param name="Quick">A look instead of a measurement.</param>
/// <param name="Launches">Times that the server is started anew.</param>
/// <param name="Rounds">Rounds of each load in a launch, all watchers in turn in each.</param>
/// <param name="Seconds">Measured window; some scrapes of one a second have to lie in it.</param>
/// <param name="WarmUpSeconds">Load before the rounds, under each watcher.</param>
/// <param name="OfferedPerSecond">Requests a second of the load with a pace.</param>
/// <param name="BarPercent">What it may cost to be looked at.</param>
/// <param name="Pairs">Pairs of short windows, one with nobody and one with a listener, for each who reads in each launch.</param>
/// <param name="PairWindowMs">Each of those windows.</param>
internal sealed record WatchingOptions(
    bool Quick, int Launches, int Rounds, double Seconds, double WarmUpSeconds, int OfferedPerSecond, double BarPercent,
    int Pairs, int PairWindowMs);
