using Xunit;

// Loops pin threads and tests count descriptors, so they run one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
