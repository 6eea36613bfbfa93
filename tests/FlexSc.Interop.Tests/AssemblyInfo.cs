using Xunit;

// The tests count file descriptors and pin threads, so they run one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
