namespace FlexSc.LoadTests;

/// <summary>The run cannot go on. The text names what is missing or wrong, and the remedy where one is known.</summary>
internal sealed class LoadTestException(string message) : Exception(message);
