using FlexSc.Akka.IO;

namespace FlexSc.Examples.HttpServer.Service;

/// <summary>Output written where it is sent from.</summary>
internal sealed class PooledOutput(TcpOutput output, SocketView socket, long progressBytes) : ConnectionOutput
{
    private bool _progressRequested;
    private bool _written;

    public override long UnsentBytes => output.UnsentBytes;

    public override long UntakenBytes => output.UntakenBytes;

    public override long TakenBytes => output.TakenBytes;

    public override void Advance(int count)
    {
        output.Advance(count);
        _written = true;
    }

    public override Memory<byte> GetMemory(int sizeHint = 0) => output.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => output.GetSpan(sizeHint);

    public override void Flush()
    {
        if (_written)
        {
            _written = false;
            output.Flush();
        }
    }

    public override void RequestProgress()
    {
        if (!_progressRequested)
        {
            // Told in steps: a client that is slow and takes some is making progress, long before all is sent.
            _progressRequested = true;
            output.NotifyWhenUnsentAtMost(Math.Max(0, output.UnsentBytes - progressBytes));
        }
    }

    public override bool TryTakeProgress(object message)
    {
        if (message is not OutputDrained)
        {
            return false;
        }

        _progressRequested = false;
        return true;
    }

    public override void CloseNow() => socket.CloseNow();
}
