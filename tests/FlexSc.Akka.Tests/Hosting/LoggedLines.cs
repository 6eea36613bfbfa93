using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Xunit;

namespace FlexSc.Akka.Tests.Hosting;

/// <summary>What a program logs.</summary>
internal sealed class LoggedLines : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly SemaphoreSlim _added = new(0);

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _lines.Enqueue(formatter(state, exception));
        _added.Release();
    }

    public IReadOnlyList<string> All => [.. _lines];

    /// <returns>The first line that has the part.</returns>
    public async Task<string> WaitForAsync(string part)
    {
        while (true)
        {
            if (_lines.FirstOrDefault(line => line.Contains(part, StringComparison.Ordinal)) is { } line)
            {
                return line;
            }

            Assert.True(await _added.WaitAsync(FlexScHost.Deadline), $"'{part}' was not logged; {string.Join(" | ", _lines)}");
        }
    }

    public void Dispose()
    {
        // Whoever still logs while the host ends does not fail.
    }
}
