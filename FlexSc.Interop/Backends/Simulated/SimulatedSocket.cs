using System.Buffers.Binary;
using FlexSc.Interop.Linux;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.Simulated;

/// <summary>A socket, see socket(7): addresses and options; what moves bytes is of its type.</summary>
internal abstract class SimulatedSocket(SimulatedKernel kernel, SimulatedProcess owner, int family, int type) : OpenDescription(kernel, owner)
{
    private const int OptionReuseAddress = 2;
    private const int OptionError = 4;
    private const int OptionSendBuffer = 7;
    private const int OptionReceiveBuffer = 8;
    private const int OptionLinger = 13;
    private const int OptionReusePort = 15;
    private const int OptionAccepts = 30;
    private const int OptionDomain = 39;
    private const int LeastBufferBytes = 2_304;

    private readonly Dictionary<(long Level, long Option), byte[]> _options = [];

    public int Family => family;

    public int Type => type;

    public bool IsUnix => family == FamilyUnix;

    public bool IsDatagram => type != TypeStream;

    public SimulatedAddress Local { get; set; } = SimulatedAddress.None(family);

    public SimulatedAddress Peer { get; set; } = SimulatedAddress.None(family);

    /// <summary>SO_REUSEPORT.</summary>
    public bool SharesPort => Flag(OptionReusePort);

    /// <summary>SO_REUSEADDR.</summary>
    public bool ReusesAddress => Flag(OptionReuseAddress);

    /// <summary>It takes connections or datagrams of others.</summary>
    public abstract bool TakesStrangers { get; }

    /// <summary>SO_LINGER with no time: a close resets the connection.</summary>
    public bool ResetsAtClose => _options.TryGetValue((SocketLevel, OptionLinger), out byte[]? linger)
        && BinaryPrimitives.ReadInt32LittleEndian(linger) != 0 && BinaryPrimitives.ReadInt32LittleEndian(linger.AsSpan(sizeof(int))) == 0;

    public override long Read(Span<byte> destination) => Receive(destination, 0, out _, out _);

    public override long Write(ReadOnlySpan<byte> source) => Send(source, null);

    /// <param name="destination">Takes the bytes.</param>
    /// <param name="flags">MSG_PEEK; no attempt waits.</param>
    /// <param name="from">Sender of a datagram; null for a stream.</param>
    /// <param name="isCut">The datagram had more bytes.</param>
    public abstract long Receive(Span<byte> destination, long flags, out SimulatedAddress? from, out bool isCut);

    public abstract long Send(ReadOnlySpan<byte> source, SimulatedAddress? to);

    /// <summary>One attempt: -EINPROGRESS when it began and -EALREADY while it goes on.</summary>
    public abstract long Connect(SimulatedAddress address);

    public virtual long Listen(int backlog) => -RareErrno.NotSupported;

    public abstract long Shutdown(int how);

    /// <summary>Gives it an address, bind(2).</summary>
    public long Bind(SimulatedAddress address)
    {
        if (address.Family != family)
        {
            return -RareErrno.FamilyNotSupported;
        }

        if (Local.Port != 0 || Local.Path.Length > 0)
        {
            return -Errno.Invalid;
        }

        if (!IsUnix)
        {
            return Kernel.Network.Bind(this, address);
        }

        if (address.Path.Length == 0)
        {
            return Kernel.Network.BindAbstract(this, SimulatedAddress.OfPath($"\0{Kernel.Random.Next():x5}"));
        }

        if (address.Path[0] == 0)
        {
            return Kernel.Network.BindAbstract(this, address);
        }

        long answer = Kernel.Files.MakeSocket(address.Path, this, Kernel.Clock.UnixSeconds);
        if (answer == 0)
        {
            Local = address;
        }

        return answer;
    }

    public long SetOption(long level, long option, ReadOnlySpan<byte> value)
    {
        if (value.Length < sizeof(int) || (option == OptionLinger && level == SocketLevel && value.Length < 2 * sizeof(int)))
        {
            return -Errno.Invalid;
        }

        if (level == SocketLevel && option is OptionSendBuffer or OptionReceiveBuffer)
        {
            // As the kernel keeps it: twice what is asked for.
            byte[] doubled = new byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(doubled, Math.Max(LeastBufferBytes, 2 * BinaryPrimitives.ReadInt32LittleEndian(value)));
            _options[(level, option)] = doubled;
            return 0;
        }

        _options[(level, option)] = value.ToArray();
        return 0;
    }

    /// <summary>The value of an option; what was never set is 0.</summary>
    public virtual byte[] GetOption(long level, long option)
    {
        if (level != SocketLevel)
        {
            return OptionOr(level, option, 0);
        }

        return option switch
        {
            OptionType => Bytes(type),
            OptionProtocol => Bytes(IsUnix ? 0 : IsDatagram ? 17 : ProtocolTcp),
            OptionDomain => Bytes(family),
            OptionError => Bytes(TakeError()),
            OptionAccepts => Bytes(!IsDatagram && TakesStrangers ? 1 : 0),
            OptionLinger => _options.GetValueOrDefault((level, option)) ?? new byte[2 * sizeof(int)],
            OptionSendBuffer or OptionReceiveBuffer => OptionOr(level, option, Kernel.Profile.SocketBufferBytes),
            _ => OptionOr(level, option, 0),
        };
    }

    /// <summary>SO_ERROR: the pending error, which is told once.</summary>
    protected virtual int TakeError() => 0;

    /// <summary>A connection that was accepted has the options of its listener.</summary>
    protected void InheritOptions(SimulatedSocket listener)
    {
        foreach (((long, long) key, byte[] value) in listener._options)
        {
            _options[key] = value;
        }
    }

    protected override void OnClosed()
    {
        if (!IsUnix || (Local.Path.Length > 0 && Local.Path[0] == 0))
        {
            Kernel.Network.Unbind(this);
        }
    }

    /// <summary>An address of its own for a socket that goes out without one.</summary>
    /// <param name="host">The address; its port is chosen.</param>
    protected long BindForUse(SimulatedAddress host) => IsUnix || Local.Port != 0 ? 0 : Kernel.Network.Bind(this, host);

    /// <summary>An option that is on.</summary>
    protected bool HasOption(long level, long option) =>
        _options.TryGetValue((level, option), out byte[]? value) && BinaryPrimitives.ReadInt32LittleEndian(value) != 0;

    private static byte[] Bytes(int value)
    {
        byte[] bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }

    private byte[] OptionOr(long level, long option, int absent) => _options.GetValueOrDefault((level, option)) ?? Bytes(absent);

    private bool Flag(long option) => HasOption(SocketLevel, option);
}
