namespace FlexSc.Simulation.Worlds;

/// <summary>A run has found a fault: the text says what is wrong.</summary>
internal sealed class SimulationFailure(string message, Exception? inner = null) : Exception(message, inner);
