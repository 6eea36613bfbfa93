using System.Diagnostics;
using System.Net;
using Akka.Actor;

namespace FlexSc.Peers.TcpOperations;

/// <summary>One run of the matrix: so many clients for so long. Clients tell it from whatever thread they run on.</summary>
internal sealed class EchoRun(ActorSystem system, EndPoint server, int clients)
{
    private static readonly TimeSpan StepLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(100);

    private readonly TaskCompletionSource _allConnected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _allClosed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _connected;
    private int _closed;
    private long _messages;
    private volatile bool _isOver;

    public bool IsOver => _isOver;

    public void Connected() => CountUp(ref _connected, _allConnected);

    public void Closed() => CountUp(ref _closed, _allClosed);

    public void Failed(string reason)
    {
        _allConnected.TrySetException(new IOException(reason));
        _allClosed.TrySetException(new IOException(reason));
    }

    public void Echoed(int messages) => Interlocked.Add(ref _messages, messages);

    public async Task<EchoFigures> ExecuteAsync(TimeSpan duration)
    {
        IActorRef[] actors = [.. Enumerable.Range(0, clients).Select(_ => system.ActorOf(Props.Create(() => new EchoClient(this, server))))];
        await _allConnected.Task.WaitAsync(StepLimit).ConfigureAwait(false);
        foreach (IActorRef actor in actors)
        {
            actor.Tell(EchoClient.Start.Instance);
        }

        await Task.Delay(Settle).ConfigureAwait(false);
        long messagesBefore = Interlocked.Read(ref _messages);
        long allocatedBefore = GC.GetTotalAllocatedBytes(precise: true);
        TimeSpan cpuBefore = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        await Task.Delay(duration).ConfigureAwait(false);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        long messages = Interlocked.Read(ref _messages) - messagesBefore;
        double cpuUs = (Environment.CpuUsage.TotalTime - cpuBefore).TotalMicroseconds;
        long allocated = GC.GetTotalAllocatedBytes(precise: true) - allocatedBefore;
        _isOver = true;
        await _allClosed.Task.WaitAsync(StepLimit).ConfigureAwait(false);
        return messages == 0
            ? throw new IOException("no message came back")
            : new EchoFigures(clients, messages, seconds, messages / seconds, cpuUs / messages, (double)allocated / messages);
    }

    private void CountUp(ref int counter, TaskCompletionSource all)
    {
        if (Interlocked.Increment(ref counter) == clients)
        {
            all.TrySetResult();
        }
    }
}

/// <summary>Both sides of the connections together, as in Akka.NET's benchmark.</summary>
internal sealed record EchoFigures(int Clients, long Messages, double Seconds, double MessagesPerSecond, double CpuUsPerMessage, double AllocatedBytesPerMessage);
