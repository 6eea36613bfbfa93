using System.Net;
using System.Net.Sockets;
using System.Runtime;

namespace FlexSc.Examples.Shared;

/// <summary>
/// What a warm-up of the hot code did. .NET compiles a method in a hurry when it is first called, and once or twice more, well, when it
/// has turned out to be called often: that happens while the first clients are served, on the cores that serve them. Here the server
/// is its own first client, and takes others when it is through with that.
/// </summary>
/// <param name="Requests">How many it asked itself.</param>
/// <param name="Methods">How many methods were compiled meanwhile, those that were compiled twice twice.</param>
/// <param name="Elapsed">What it took.</param>
/// <param name="IsSettled">Whether nothing more was compiled at last; otherwise its time was over.</param>
internal sealed record HotWarmUp(long Requests, long Methods, TimeSpan Elapsed, bool IsSettled)
{
    /// <summary>The longest that one may ask for.</summary>
    public const int MostMs = 60_000;

    private const int Connections = 4;
    private const int TimeoutMs = 10_000;

    /// <summary>Connections are made anew after so many requests on each: accepting is hot code too.</summary>
    private const int RequestsOfConnection = 500;

    /// <summary>
    /// The runtime compiles again what was called often when nothing new has been called for 100 ms, ten times as long on a single
    /// processor (TC_CallCountingDelayMs, TC_DelaySingleProcMultiplier): what is quiet for longer is settled.
    /// </summary>
    internal static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(Environment.ProcessorCount == 1 ? 2_500 : 300);

    /// <summary>Asks the server until nothing more is compiled, or the time is over.</summary>
    /// <param name="endPoint">Where it listens.</param>
    /// <param name="request">What is asked on a connection, again when it is answered.</param>
    /// <param name="end">The last bytes of the answer, which are nowhere else in it.</param>
    /// <param name="limitMs">How long it may take.</param>
    /// <param name="overTls">Whether it speaks TLS; its certificate is its own affair.</param>
    /// <exception cref="IOException">It does not answer.</exception>
    public static Task<HotWarmUp> RunAsync(IPEndPoint endPoint, byte[] request, byte[] end, int limitMs, bool overTls) =>
        Task.Run(() => Run(
            () => AskOnNewConnections(endPoint, request, end, overTls), static () => JitInfo.GetCompiledMethodCount(), limitMs, TimeProvider.System));

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant(
        $"warmed up by {Requests} requests in {Elapsed.TotalMilliseconds:0} ms, {(IsSettled ? "until nothing more was compiled" : "as long as it might")}");

    /// <summary>The same whoever asks, and whoever counts.</summary>
    /// <param name="ask">Asks for a while, and answers how often it did.</param>
    /// <param name="compiled">How many methods have been compiled so far.</param>
    /// <param name="limitMs">How long it may take.</param>
    /// <param name="clock">By whose time.</param>
    internal static HotWarmUp Run(Func<long> ask, Func<long> compiled, int limitMs, TimeProvider clock)
    {
        TimeSpan limit = TimeSpan.FromMilliseconds(limitMs);
        long start = clock.GetTimestamp();
        long methodsBefore = compiled();
        long methods = methodsBefore;
        long lastCompiled = start;
        long requests = 0;
        while (true)
        {
            requests += ask();
            if (compiled() is long now && now != methods)
            {
                methods = now;
                lastCompiled = clock.GetTimestamp();
            }

            TimeSpan elapsed = clock.GetElapsedTime(start);
            bool isSettled = clock.GetElapsedTime(lastCompiled) >= Quiet;
            if (isSettled || elapsed >= limit)
            {
                return new HotWarmUp(requests, methods - methodsBefore, elapsed, isSettled);
            }
        }
    }

    // Several at once, so that the loop has batches as it will have.
    private static long AskOnNewConnections(IPEndPoint endPoint, byte[] request, byte[] end, bool overTls)
    {
        List<Stream> streams = [];
        try
        {
            for (int index = 0; index < Connections; index++)
            {
                streams.Add(ServiceWarmUp.Connect(endPoint, TimeoutMs, overTls));
            }

            byte[] buffer = new byte[16 * 1024];
            for (int asked = 0; asked < RequestsOfConnection; asked++)
            {
                streams.ForEach(stream => stream.Write(request));
                streams.ForEach(stream => ReadTo(stream, end, buffer));
            }

            return (long)Connections * RequestsOfConnection;
        }
        catch (Exception exception) when (exception is SocketException or IOException or System.Security.Authentication.AuthenticationException)
        {
            throw new IOException($"the service does not answer its own request on {endPoint}: {exception.Message}", exception);
        }
        finally
        {
            streams.ForEach(static stream => stream.Dispose());
        }
    }

    private static void ReadTo(Stream stream, byte[] end, byte[] buffer)
    {
        int length = 0;
        do
        {
            int count = length == buffer.Length ? 0 : stream.Read(buffer.AsSpan(length));
            if (count == 0)
            {
                throw new IOException($"its answer ended after {length} bytes, or is longer than {buffer.Length}");
            }

            length += count;
        }
        while (!buffer.AsSpan(0, length).EndsWith(end));
    }
}
