using Akka.Actor;
using Akka.Event;

namespace FlexSc.Akka.Hosting;

/// <summary>
/// Makes a document every interval while somebody looks, one for all who do, and none while nobody does. From any thread.
/// </summary>
internal sealed class DashboardFeed : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Lock _taking = new();
    private readonly FlexScDashboardOptions _options;
    private readonly DashboardDocuments _documents;
    private readonly ILoggingAdapter _log;
    private readonly List<Viewer> _viewers = [];
    private byte[]? _latest;
    private Timer? _timer;
    private CallLatencies? _latencies;
    private bool _isDisposed;

    public DashboardFeed(ActorSystem system, FlexScDashboardOptions options, Func<long>? requests)
    {
        _options = options;
        _documents = new DashboardDocuments(system, requests, options.MaxViewers);
        _log = Logging.GetLogger(system, typeof(FlexScDashboard));
    }

    /// <summary>Adds a viewer; null where there are as many as may be, or it has ended.</summary>
    public IDisposable? TryAdd(Action<ReadOnlyMemory<byte>> onEvent)
    {
        lock (_gate)
        {
            if (_isDisposed || _viewers.Count >= _options.MaxViewers)
            {
                return null;
            }

            Viewer viewer = new(this, onEvent);
            _viewers.Add(viewer);
            if (_viewers.Count == 1)
            {
                _latencies = new CallLatencies();
                _timer = new Timer(static feed => ((DashboardFeed)feed!).Tick(), this, 0, _options.IntervalMs);
            }
            else if (_latest is { } latest)
            {
                onEvent(EventOf(latest));
            }

            return viewer;
        }
    }

    /// <summary>What was shown last, or what there is now where nobody looks.</summary>
    public byte[] Latest()
    {
        lock (_gate)
        {
            if (_viewers.Count > 0 && _latest is { } latest)
            {
                return latest;
            }
        }

        lock (_taking)
        {
            return _documents.Take(viewers: 0, calls: null);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _viewers.Clear();
            Rest();
        }
    }

    private static ReadOnlyMemory<byte> EventOf(byte[] document) => (byte[])[.. "data: "u8, .. document, .. "\n\n"u8];

    private void Remove(Viewer viewer)
    {
        lock (_gate)
        {
            if (_viewers.Remove(viewer) && _viewers.Count == 0)
            {
                Rest();
            }
        }
    }

    private void Rest()
    {
        _timer?.Dispose();
        _timer = null;
        _latencies?.Dispose();
        _latencies = null;
        _latest = null;
        lock (_taking)
        {
            _documents.Forget();
        }
    }

    private void Tick()
    {
        try
        {
            TakeAndTell();
        }
        catch (Exception exception)
        {
            // On a thread of the timer's: a defect of the report must not end the process.
            _log.Warning(exception, "the dashboard could not take a report; it goes on");
        }
    }

    private void TakeAndTell()
    {
        Viewer[] viewers;
        IReadOnlyList<CallLatency>? calls;
        lock (_gate)
        {
            viewers = [.. _viewers];
            calls = _latencies?.Take();
        }

        if (viewers.Length == 0)
        {
            return;
        }

        byte[] document;
        lock (_taking)
        {
            document = _documents.Take(viewers.Length, calls);
        }

        ReadOnlyMemory<byte> told = EventOf(document);
        lock (_gate)
        {
            _latest = _viewers.Count > 0 ? document : null;
            foreach (Viewer viewer in _viewers)
            {
                viewer.OnEvent(told);
            }
        }
    }

    private sealed class Viewer(DashboardFeed feed, Action<ReadOnlyMemory<byte>> onEvent) : IDisposable
    {
        public Action<ReadOnlyMemory<byte>> OnEvent => onEvent;

        public void Dispose() => feed.Remove(this);
    }
}
