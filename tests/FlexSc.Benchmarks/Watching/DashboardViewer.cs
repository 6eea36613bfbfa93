using System.Net;
using FlexSc.Measuring;

namespace FlexSc.Benchmarks.Watching;

/// <summary>Somebody who has the dashboard open: takes its stream of events, and looks at nothing.</summary>
internal sealed class DashboardViewer : IDisposable
{
    private const int BufferBytes = 64 * 1024;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly HttpClient _client = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;
    private long _bytes;

    private DashboardViewer(Uri page) => _reading = ReadAsync(new Uri($"{page}/events"));

    /// <summary>What has come so far.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Opens it, and waits until the first event is there.</summary>
    /// <param name="page">Address of the dashboard's page.</param>
    /// <exception cref="MeasurementException">No event came.</exception>
    public static DashboardViewer Open(Uri page)
    {
        DashboardViewer viewer = new(page);
        if (Task.WaitAny([viewer._seen.Task, viewer._reading], Limit) == 0)
        {
            return viewer;
        }

        string reason = viewer._reading.Exception?.InnerException?.Message
            ?? FormattableString.Invariant($"within {Limit.TotalSeconds:0} s");
        viewer.Dispose();
        throw new MeasurementException($"the dashboard at {page} sent no event: {reason}");
    }

    public void Dispose()
    {
        _ending.Cancel();
        _client.Dispose();
        Task.WaitAny([_reading], Limit);
        _ending.Dispose();
    }

    private async Task ReadAsync(Uri events)
    {
        using HttpResponseMessage answer = await _client
            .GetAsync(events, HttpCompletionOption.ResponseHeadersRead, _ending.Token).ConfigureAwait(false);
        if (answer.StatusCode != HttpStatusCode.OK)
        {
            throw new MeasurementException(FormattableString.Invariant($"{events} answered {(int)answer.StatusCode}"));
        }

        Stream stream = await answer.Content.ReadAsStreamAsync(_ending.Token).ConfigureAwait(false);
        byte[] buffer = new byte[BufferBytes];
        while (await stream.ReadAsync(buffer, _ending.Token).ConfigureAwait(false) is > 0 and int count)
        {
            Interlocked.Add(ref _bytes, count);
            _seen.TrySetResult();
        }
    }
}
