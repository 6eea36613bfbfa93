using System.Net;
using System.Runtime.InteropServices;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Akka.IO;

/// <summary>
/// What the network told of datagrams of a socket that is not connected: the queue of errors that IP_RECVERR of ip(7) has the kernel
/// keep. Read when a receive or a send has failed by one of them. On the loop's thread.
/// </summary>
internal sealed class ErrorQueue(UdpSocket socket) : SyscallOperation, IDisposable
{
    // struct sock_extended_err and the address of who told it, IPv6 being the longer one.
    private const int ControlBytes = 128;
    private const int NameBytes = 28;
    private const int LevelIp = 0; // IPPROTO_IP
    private const int LevelIp6 = 41; // IPPROTO_IPV6
    private const int ErrorOfIp = 11; // IP_RECVERR
    private const int ErrorOfIp6 = 25; // IPV6_RECVERR

    private readonly MessageBuffer _memory = new(NameBytes, ControlBytes, payloadBytes: 0);
    private int _errorNumber;
    private bool _isTold;
    private bool _isAskedAgain;

    /// <summary>Begins to read, or reads on where it does already.</summary>
    /// <param name="errorNumber">What the receive or the send failed by, told when the queue holds nothing.</param>
    /// <returns>False when there is no entry for it.</returns>
    public bool TryRead(int errorNumber)
    {
        if (IsPending)
        {
            // It may have found the queue empty before this one came.
            _isAskedAgain = true;
            return true;
        }

        _errorNumber = errorNumber;
        _isTold = _isAskedAgain = false;
        return TryReadNext();
    }

    public void Dispose() => _memory.Dispose();

    protected override void OnCompleted(SyscallLoop loop, in Completion completion)
    {
        try
        {
            if (completion.Result >= 0)
            {
                Report(_memory.Received(completion.Result));
                if (!socket.IsClosing && TryReadNext())
                {
                    return;
                }
            }
            else if (_isAskedAgain && !socket.IsClosing)
            {
                _isAskedAgain = false;
                if (TryReadNext())
                {
                    return;
                }
            }

            if (completion.Result < 0 && !_isTold)
            {
                socket.OnPeerError(_errorNumber);
            }

            socket.Receiver!.Start();
            socket.GoOn();
        }
        catch (Exception exception)
        {
            socket.Fail(exception);
        }
    }

    private bool TryReadNext() =>
        _memory.TryReceive(socket.Loop, this, socket.Descriptor, TransferFlags.ErrorQueue | TransferFlags.DontWait);

    private void Report(in ReceivedMessage message)
    {
        EndPoint? target = message.Name.Length > sizeof(ushort) ? NativeSocketAddress.Read(message.Name) : null;
        ControlMessages control = new(message.Control);
        while (control.MoveNext())
        {
            if ((control.Level == LevelIp && control.Type == ErrorOfIp) || (control.Level == LevelIp6 && control.Type == ErrorOfIp6))
            {
                // struct sock_extended_err begins with the errno.
                _isTold = true;
                socket.OnPeerError(MemoryMarshal.Read<int>(control.Data), target);
            }
        }
    }
}
