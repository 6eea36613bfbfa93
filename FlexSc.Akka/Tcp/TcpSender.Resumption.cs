using Akka.Actor;
using Akka.IO;

namespace FlexSc.Akka.IO;

/// <content>Writing that is suspended after a write had no room, until somebody tells <see cref="Tcp.ResumeWriting"/>.</content>
internal sealed partial class TcpSender
{
    private const string SuspendedText = "Dropping write because writing is suspended";

    private bool _usesResumeWriting;
    private bool _isSuspended;
    private IActorRef? _resumer;

    /// <summary>Whether a write that finds no room suspends writing, as the handler has registered.</summary>
    public void UseResumeWriting(bool isAskedFor) =>
        _usesResumeWriting = isAskedFor && !_connection.Settings.Keeps(TcpCompat.WriteAfterFailure);

    /// <summary>Takes writes again, and says so as soon as nothing is unsent. One at a time may wait for that.</summary>
    public void Resume(IActorRef asker)
    {
        _isSuspended = false;
        if (!HasUnsent)
        {
            asker.Tell(Tcp.WritingResumed.Instance, _connection);
        }
        else if (_resumer is null)
        {
            _resumer = asker;
        }
        else
        {
            asker.Tell(new Tcp.CommandFailed(Tcp.ResumeWriting.Instance), _connection);
        }
    }

    private void TellResumedIfDrained()
    {
        if (_resumer is { } asker && !HasUnsent)
        {
            _resumer = null;
            asker.Tell(Tcp.WritingResumed.Instance, _connection);
        }
    }

    private string QueueFullText(int limit) => _connection.Settings.Keeps(TcpCompat.QueueFullText)
        ? "Dropping write because queue is full"
        : $"Dropping write because queue is full: {_unsentBytes} bytes are unsent, flexsc.tcp.max-unsent-bytes is {limit}";
}
