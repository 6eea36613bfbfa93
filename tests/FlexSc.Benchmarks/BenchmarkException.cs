namespace FlexSc.Benchmarks;

/// <summary>The run cannot go on. The text names what is missing or wrong, and the remedy where one is known.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
