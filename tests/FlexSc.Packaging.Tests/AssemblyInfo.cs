using Xunit;

// Clients that block and servers share the thread pool and two cores; one at a time, a deadline means what it says.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
