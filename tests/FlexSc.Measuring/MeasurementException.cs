namespace FlexSc.Measuring;

/// <summary>A measurement cannot go on. The text names what is missing or wrong, and the remedy where one is known.</summary>
internal sealed class MeasurementException(string message) : Exception(message);
