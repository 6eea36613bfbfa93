using System.Buffers.Binary;
using FlexSc.Interop.Linux;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.Simulated;

/// <content>
/// What ICMP tells of datagrams: a connected socket is told by the next call; one that asked for it by IP_RECVERR has a queue beside that,
/// which holds who was not there. See ip(7).
/// </content>
internal sealed partial class DatagramSocket
{
    private const int LevelIp = 0; // IPPROTO_IP
    private const int LevelIp6 = 41; // IPPROTO_IPV6
    private const int ErrorOfIp = 11; // IP_RECVERR
    private const int ErrorOfIp6 = 25; // IPV6_RECVERR

    /// <summary>The kernel bounds the queue by the receive buffer; what it keeps of one is about that much.</summary>
    private const int ErrorBytes = 512;

    // struct sock_extended_err: errno, origin, type, code, padding, two values; behind it who told it.
    private const int ExtendedErrorBytes = 16;
    private const int OriginOffset = 4;
    private const byte OriginIcmp = 2;
    private const byte OriginIcmp6 = 3;

    private readonly Queue<SimulatedAddress> _errors = new();

    // Only ever looked up by key: the order of a table must not show.
    private readonly Dictionary<SimulatedAddress, int> _refusals = [];
    private int _error;

    /// <summary>Errors that the queue has taken.</summary>
    public long QueuedErrors { get; private set; }

    /// <summary>Errors of the queue that nobody has taken.</summary>
    public int WaitingErrors => _errors.Count;

    private bool QueuesErrors => HasOption(LevelIp, ErrorOfIp) || HasOption(LevelIp6, ErrorOfIp6);

    private bool HasErrors => _error != 0 || _errors.Count > 0;

    /// <summary>Takes the oldest error of the queue, recvmsg(2) with MSG_ERRQUEUE.</summary>
    /// <param name="target">Where the datagram was sent to.</param>
    /// <param name="control">The ancillary data that tells of it.</param>
    /// <returns>0, or -EAGAIN for none.</returns>
    public long ReceiveError(out SimulatedAddress target, out SimulatedControl control)
    {
        control = default;
        if (!_errors.TryDequeue(out target))
        {
            return -Errno.Again;
        }

        // As sock_dequeue_err_skb: the next call fails by the next error, or by none.
        _error = _errors.Count > 0 ? RareErrno.ConnectionRefused : 0;
        bool isIp6 = Family == FamilyInternet6;
        byte[] teller = target.Serialize(Family);
        byte[] data = new byte[ExtendedErrorBytes + teller.Length];
        BinaryPrimitives.WriteInt32LittleEndian(data, RareErrno.ConnectionRefused);
        data[OriginOffset] = isIp6 ? OriginIcmp6 : OriginIcmp;
        teller.CopyTo(data, ExtendedErrorBytes);
        control = new SimulatedControl(isIp6 ? LevelIp6 : LevelIp, isIp6 ? ErrorOfIp6 : ErrorOfIp, data);
        return 0;
    }

    /// <summary>How often ICMP has told that nobody is at an address.</summary>
    public int RefusalsOf(SimulatedAddress target) => _refusals.GetValueOrDefault(target);

    protected override int TakeError()
    {
        int error = _error;
        _error = 0;
        return error;
    }

    /// <summary>ICMP has told that nobody is there.</summary>
    private void OnRefused(SimulatedAddress target)
    {
        if (_isClosed || !(IsConnected || QueuesErrors))
        {
            return;
        }

        _refusals[target] = RefusalsOf(target) + 1;
        if (QueuesErrors && (_errors.Count + 1) * ErrorBytes <= Kernel.Profile.SocketBufferBytes)
        {
            _errors.Enqueue(target);
            QueuedErrors++;
        }

        _error = RareErrno.ConnectionRefused;
        Notify();
    }
}
