// Loads would starve each other.
[assembly: Xunit.CollectionBehavior(DisableTestParallelization = true)]
