using Akka.Actor;
using Akka.IO;

namespace FlexSc.Akka.IO;

/// <content>What other threads than the loop's send, or hand over to be sent.</content>
internal sealed partial class TcpSender
{
    /// <summary>Whose the output is, once another thread has told something to send; the loop's until then. It may be read from any thread.</summary>
    private DirectWrites? _direct;

    /// <inheritdoc cref="DirectWrites.TrySend"/>
    public bool TrySendDirectly(object message, IActorRef sender) => Volatile.Read(ref _direct) is { } direct && direct.TrySend(message, sender);

    /// <inheritdoc cref="DirectWrites.TryTake"/>
    public bool TryTakeOutput() => _direct is not { } direct || direct.TryTake();

    /// <inheritdoc cref="DirectWrites.OnToldByOthers"/>
    public void OnToldByOthers(ConnectionCommands commands)
    {
        if (_direct is null && DirectWrites.AreAllowed(_connection))
        {
            Volatile.Write(ref _direct, new DirectWrites(_connection, commands));
        }

        _direct?.OnToldByOthers();
    }

    /// <inheritdoc cref="DirectWrites.AwaitTeller"/>
    public void AwaitTeller() => _direct?.AwaitTeller();

    /// <summary>Lets other threads send where nothing is left to send; after what was told has acted.</summary>
    public void ShareIfIdle()
    {
        if (!HasUnsent && !_flushRequested && !_isSuspended)
        {
            _direct?.OnIdle();
        }
    }

    /// <summary>Goes on with a write that another thread began, before all others.</summary>
    public void TakeOver(HandedOver left, ByteString data)
    {
        _writes.AddFirst(new PendingWrite(left.Write, data, left.Sender, null) { CopiedBytes = left.SentBytes });
        _unsentBytes += data.Count - left.SentBytes;
        RequestFlush();
    }

    /// <summary>Counts output that another thread hands over, before its command is there. From any thread.</summary>
    public void CountForeign(ForeignOutput output) => Interlocked.Add(ref _foreignBytes, output.Length);

    /// <summary>Takes over output that another thread wrote.</summary>
    public void Append(ForeignOutput output)
    {
        if (TakesOutput)
        {
            if (output.Length > 0)
            {
                output.Bytes.CopyTo(GrantSpan(output.Length));
                Advance(output.Length);
            }

            RequestFlush();
        }

        Drop(output);
    }

    /// <summary>Lets go of output. From any thread.</summary>
    public void Drop(ForeignOutput output)
    {
        Interlocked.Add(ref _foreignBytes, -output.Length);
        output.Free();
    }
}
