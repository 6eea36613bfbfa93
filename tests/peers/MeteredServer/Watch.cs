using Akka.Actor;
using FlexSc.Akka.Hosting;

namespace FlexSc.Peers.Metered;

/// <summary>Who looks at the server: nobody, somebody by the meter, or the dashboard. On one thread.</summary>
/// <param name="system">The server's actors.</param>
/// <param name="requests">What it has answered so far.</param>
internal sealed class Watch(ActorSystem system, Func<long> requests) : IDisposable
{
    /// <summary>Between two readings: what Prometheus is often set to is 15 times as long.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private IDisposable? _watcher;

    /// <summary>Ends who looks, and has another one look.</summary>
    /// <param name="who">none, listener, opentelemetry or dashboard.</param>
    /// <returns>Who looks now, and for the dashboard its address.</returns>
    public string By(string who)
    {
        Dispose();
        switch (who)
        {
            case "none":
                break;
            case "listener":
                _watcher = new Listener(Interval);
                break;
            case "opentelemetry":
                _watcher = new Exporting(Interval);
                break;
            case "dashboard":
                OwnDashboard dashboard = new(FlexScDashboard.Start(system, new FlexScDashboardOptions { Port = 0 }, requests));
                _watcher = dashboard;
                return $"watched by {who} {dashboard.Address}";
            default:
                return $"not understood: watch {who}";
        }

        return $"watched by {who}";
    }

    /// <summary>Ends who looks, and has another one listen, who reads when asked and not by itself.</summary>
    /// <param name="who">none, listener or opentelemetry.</param>
    /// <returns>What reads once; null when nobody of that name reads.</returns>
    public Action? Silently(string who)
    {
        Dispose();
        IReader? reader = who switch
        {
            "listener" => new Listener(every: null),
            "opentelemetry" => new Exporting(every: null),
            _ => null,
        };
        _watcher = reader;
        return reader is null ? null : reader.Read;
    }

    public void Dispose()
    {
        _watcher?.Dispose();
        _watcher = null;
    }

    private sealed class OwnDashboard(FlexScDashboard dashboard) : IDisposable
    {
        public Uri Address => dashboard.Address;

        public void Dispose() => dashboard.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
