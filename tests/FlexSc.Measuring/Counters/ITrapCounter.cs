using FlexSc.Measuring.Servers;

namespace FlexSc.Measuring.Counters;

/// <summary>Counts a server's system calls during a window that is never the timed one: counting slows every call.</summary>
internal interface ITrapCounter
{
    /// <summary>As the tables name it.</summary>
    string Name { get; }

    /// <summary>Counts while the server is under load.</summary>
    /// <param name="server">The server.</param>
    /// <param name="requests">Requests answered so far, by the server's count or the generator's.</param>
    /// <param name="window">How long to count.</param>
    /// <exception cref="MeasurementException">The counter failed.</exception>
    TrapFigure Count(ServerProcess server, Func<long> requests, TimeSpan window);
}
