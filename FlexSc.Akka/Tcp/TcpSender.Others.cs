using Akka.IO;

namespace FlexSc.Akka.IO;

/// <content>What other threads than the loop's send, or hand over to be sent.</content>
internal sealed partial class TcpSender
{
    /// <summary>Whose the output is, and what other threads send themselves.</summary>
    public DirectWrites Direct { get; }

    /// <summary>Lets other threads send where nothing is left to send; after what was told has acted.</summary>
    public void ShareIfIdle()
    {
        if (!HasUnsent && !_flushRequested && !_isSuspended)
        {
            Direct.OnIdle();
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
            output.Bytes.CopyTo(GrantSpan(output.Length));
            Advance(output.Length);
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
