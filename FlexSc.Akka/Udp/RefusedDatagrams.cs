using System.Diagnostics.CodeAnalysis;
using FlexSc.Interop.Loop;

namespace FlexSc.Akka.IO;

/// <summary>
/// Datagrams for Unix sockets whose receivers had no room. No readiness tells of a receiver's room where the socket is not connected with
/// it, so they are sent again after a while. On the loop's thread.
/// </summary>
internal sealed class RefusedDatagrams(SyscallLoop loop, Action sendAgain) : LoopTimer
{
    private const int PauseMs = 1;

    private readonly Queue<DatagramSend> _sends = new();

    public int Count => _sends.Count;

    public void Add(DatagramSend send)
    {
        _sends.Enqueue(send);
        if (!IsStarted)
        {
            loop.StartTimer(this, PauseMs);
        }
    }

    public bool TryTake([NotNullWhen(true)] out DatagramSend? send) => _sends.TryDequeue(out send);

    public void Stop() => loop.StopTimer(this);

    protected override void OnDue(SyscallLoop loop) => sendAgain();
}
