using System.Net.Sockets;
using System.Threading.Channels;

namespace FlexSc.Akka.Hosting;

/// <summary>One connection of the dashboard's own server: one request, its answer, the end. On the thread pool.</summary>
/// <param name="client">The connection; it ends with this.</param>
/// <param name="site">What answers.</param>
/// <param name="ending">The server ends.</param>
internal sealed class DashboardConnection(Socket client, DashboardSite site, CancellationToken ending)
{
    /// <summary>How long a request may take to come.</summary>
    private static readonly TimeSpan HeadLimit = TimeSpan.FromSeconds(10);

    /// <summary>How long the peer may take for an answer, or for one event.</summary>
    private static readonly TimeSpan SendLimit = TimeSpan.FromSeconds(10);

    /// <summary>How long the peer may take to end when it has its answer.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(2);

    /// <summary>Serves it to its end; what goes wrong is the peer's affair and ends it.</summary>
    public async Task ServeAsync()
    {
        using (client)
        {
            try
            {
                await AnswerAsync().ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // It went away, was late, or the server ends.
            }
        }
    }

    private static DashboardAnswer Refusal(int status) => new(status, [], default);

    private async Task AnswerAsync()
    {
        (DashboardRequest? request, int refusal) = await ReadAsync().ConfigureAwait(false);
        DashboardAnswer answer = request is null ? Refusal(refusal) : site.Answer(request);
        bool isHeadOnly = request?.Method == "HEAD";
        if (!answer.IsEventStream || isHeadOnly)
        {
            await SendAsync(DashboardHead.Write(answer)).ConfigureAwait(false);
            await SendAsync(isHeadOnly ? default : answer.Content).ConfigureAwait(false);
        }
        else
        {
            await StreamAsync(answer).ConfigureAwait(false);
        }

        // A connection that is closed with something unread is reset, and the answer with it.
        client.Shutdown(SocketShutdown.Send);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(ending);
        limit.CancelAfter(EndLimit);
        await WaitForEndAsync(limit).ConfigureAwait(false);
    }

    private async Task StreamAsync(DashboardAnswer answer)
    {
        // An event that the peer has not taken by the next one is left out.
        Channel<ReadOnlyMemory<byte>> events = Channel.CreateBounded<ReadOnlyMemory<byte>>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        using IDisposable? watch = site.TryWatch(told => events.Writer.TryWrite(told));
        if (watch is null)
        {
            DashboardAnswer full = DashboardSite.TooManyViewers;
            await SendAsync(DashboardHead.Write(full)).ConfigureAwait(false);
            await SendAsync(full.Content).ConfigureAwait(false);
            return;
        }

        await SendAsync(DashboardHead.Write(answer)).ConfigureAwait(false);
        using CancellationTokenSource gone = CancellationTokenSource.CreateLinkedTokenSource(ending);
        Task watched = WaitForEndAsync(gone);
        await foreach (ReadOnlyMemory<byte> told in events.Reader.ReadAllAsync(gone.Token).ConfigureAwait(false))
        {
            await SendAsync(told).ConfigureAwait(false);
        }

        await watched.ConfigureAwait(false);
    }

    // So that the place of a viewer who has gone is free at once, and not when an event cannot be sent.
    private async Task WaitForEndAsync(CancellationTokenSource gone)
    {
        byte[] ignored = new byte[256];
        try
        {
            while (await client.ReceiveAsync(ignored, gone.Token).ConfigureAwait(false) > 0)
            {
            }
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // It is the end all the same.
        }

        await gone.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>The request, or the status that refuses it.</summary>
    private async Task<(DashboardRequest? Request, int Refusal)> ReadAsync()
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(ending);
        limit.CancelAfter(HeadLimit);
        byte[] received = new byte[DashboardHead.MostBytes];
        int length = 0;
        try
        {
            while (!DashboardHead.IsWhole(received.AsSpan(0, length)))
            {
                if (length == received.Length)
                {
                    return (null, 431);
                }

                int count = await client.ReceiveAsync(received.AsMemory(length), limit.Token).ConfigureAwait(false);
                if (count == 0)
                {
                    return (null, 400);
                }

                length += count;
            }
        }
        catch (OperationCanceledException) when (!ending.IsCancellationRequested)
        {
            return (null, 408);
        }

        return (DashboardHead.Read(received.AsSpan(0, length)), 400);
    }

    private async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(ending);
        limit.CancelAfter(SendLimit);
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await client.SendAsync(bytes, limit.Token).ConfigureAwait(false)..];
        }
    }
}
