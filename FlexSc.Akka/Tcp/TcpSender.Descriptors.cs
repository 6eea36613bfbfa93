using Akka.Actor;
using Akka.IO;
using FlexSc.Interop.Linux;

namespace FlexSc.Akka.IO;

/// <content>Writes with descriptors, in line with all others.</content>
internal sealed partial class TcpSender
{
    private DescriptorWrite? _passing;
    private int _unsentDescriptors;

    public void Enqueue(WriteDescriptors command, IActorRef sender)
    {
        if (!_connection.Settings.PassesDescriptors)
        {
            Fail(command, sender, new NotSupportedException($"{_connection} is no connection of a Unix socket without TLS: no descriptor can be passed"));
            return;
        }

        if (Refuses(command, command.Data.Count, sender))
        {
            return;
        }

        int most = _connection.Settings.MaxUnsentDescriptors;
        if (_unsentDescriptors + command.Descriptors.Count > most)
        {
            Fail(command, sender, new IOException(
                $"{_unsentDescriptors} descriptors are unsent, flexsc.tcp.max-unsent-descriptors is {most}: wait for acknowledgements"));
            return;
        }

        try
        {
            DescriptorWrite write = new(command);
            SealFilling();
            _writes.Add(write, sender);
        }
        catch (ObjectDisposedException exception)
        {
            Fail(command, sender, exception);
            return;
        }

        _unsentDescriptors += command.Descriptors.Count;
        _unsentBytes += command.Data.Count;
        RequestFlush();
    }

    /// <summary>A send with descriptors is over. The kernel has them with the first byte that it took.</summary>
    /// <returns>True when it failed by them: nothing of it was sent, and it is answered.</returns>
    private bool HasFailedToPass(int result)
    {
        DescriptorWrite passed = _passing!;
        _passing = null;
        _unsentDescriptors -= passed.Count;
        passed.Dispose();
        if (result >= 0 || !DescriptorWrite.IsOfDescriptors(-result))
        {
            return false;
        }

        SendBlock block = _sending!;
        _sending = null;
        _connection.Shared.Return(block);
        PendingWrite unsent = _writes.TakeUnsent();
        Volatile.Write(ref _unsentBytes, _unsentBytes - unsent.Data!.Count);
        Fail(passed.Command, unsent.Sender, new FlexSocketException(new LinuxException(-result, "sendmsg", $"{passed.Count} descriptors on {_connection}")));
        NotifyIfDrained();
        Start();
        TellResumedIfDrained();
        ShareIfIdle();
        return true;
    }
}
