using System.Net.Sockets;
using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Backends.Simulated;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Conformance;

/// <summary>The readiness machine over the simulated kernel, which makes every attempt at once.</summary>
public sealed class SimulatedConformanceTests()
    : QueuedConformanceTests(new LoopVariant(SyscallBackendKind.SyscallThreads), new SimulatedHost(SimulationProfile.Calm));

/// <summary>The same, where every attempt is made later, as by a syscall thread, and readiness is told late.</summary>
public sealed class SimulatedLateConformanceTests() : QueuedConformanceTests(
    new LoopVariant(SyscallBackendKind.SyscallThreads),
    new SimulatedHost(SimulationProfile.Calm with { HandedOverPerMillion = 1_000_000, MostEdgeDelayNs = 1_000_000 }));

/// <summary>A simulated kernel with one process, which loops and peers share from several threads.</summary>
internal sealed class SimulatedHost : ConformanceHost
{
    private const ulong Seed = 1;
    private const int FamilyInternet = 2;
    private const int FamilyInternet6 = 10;
    private readonly SimulatedKernel _kernel;
    private readonly SimulatedProcess _process;

    public SimulatedHost(SimulationProfile profile)
    {
        _kernel = new SimulatedKernel(Seed, profile);
        _process = _kernel.StartProcess("test", Environment.ProcessId);
        PinnedBytes path = new("/tmp\0"u8);
        Assert.Equal(0, Call(SyscallNumber.MkDirAt, -100, path.Address, 0b111_111_111));
    }

    public override bool IsReal => false;

    public override SyscallLoop Start(LoopVariant variant, SyscallLoopOptions options)
    {
        LoopEnvironment.Ambient = new LoopEnvironment(_kernel.Clock, (pages, tokens, buffers, given) => new ReadinessBackend(
            pages, tokens, buffers, given.CompletionSlots, new SimulatedAttempts(_process, pages.EntryCount, holdsThread: true)));
        try
        {
            return SyscallLoop.Start(options, "test-loop");
        }
        finally
        {
            LoopEnvironment.Ambient = LoopEnvironment.Real;
        }
    }

    public override Peer NewStream() => new SimulatedPeer(this, Call(SyscallNumber.Socket, FamilyInternet6, 1), FamilyInternet6);

    public override Peer NewDatagram() => new SimulatedPeer(this, Call(SyscallNumber.Socket, FamilyInternet, 2), FamilyInternet);

    public override Peer Listen(int backlog = 128)
    {
        Peer listener = NewStream();
        listener.Bind();
        Assert.Equal(0, Call(SyscallNumber.Listen, listener.Handle, backlog));
        return listener;
    }

    public override (int ReadEnd, int WriteEnd) Pipe()
    {
        PinnedBytes ends = new(2 * sizeof(int));
        Assert.Equal(0, Call(293, ends.Address));
        return (BitConverter.ToInt32(ends.Span), BitConverter.ToInt32(ends.Span[sizeof(int)..]));
    }

    public override int Close(long fileDescriptor) => (int)Call(SyscallNumber.Close, fileDescriptor);

    public override IDisposable LowerDescriptorLimit() => new Limit(this);

    public override HashSet<string> OpenDescriptors()
    {
        lock (_kernel.Gate)
        {
            return [.. Enumerable.Range(0, _kernel.Profile.DescriptorLimit).Where(number => _process.Find(number) is not null).Select(number => $"{number}")];
        }
    }

    /// <summary>Makes a call that does not wait.</summary>
    private long Call(int number, long argument0 = 0, long argument1 = 0, long argument2 = 0, long argument3 = 0, long argument4 = 0, long argument5 = 0)
    {
        SyscallEntry entry = new()
        {
            Number = (ushort)number,
            Argument0 = argument0,
            Argument1 = argument1,
            Argument2 = argument2,
            Argument3 = argument3,
            Argument4 = argument4,
            Argument5 = argument5,
        };
        lock (_kernel.Gate)
        {
            long result = _process.Attempt(entry);
            Monitor.PulseAll(_kernel.Gate);
            return result;
        }
    }

    /// <summary>Makes a call again until it does not wait; the world goes on meanwhile.</summary>
    private long Wait(Func<long> call)
    {
        lock (_kernel.Gate)
        {
            while (true)
            {
                long result = call();
                if (result is not (-Errno.Again or -Errno.InProgress or -Errno.Already))
                {
                    return result;
                }

                if (_kernel.Step())
                {
                    Monitor.PulseAll(_kernel.Gate);
                }
                else if (!Monitor.Wait(_kernel.Gate, LoopFixture.Deadline))
                {
                    throw new TimeoutException("nothing happens that the call waits for");
                }
            }
        }
    }

    private sealed class SimulatedPeer(SimulatedHost host, long descriptor, int family) : Peer
    {
        private bool _isClosed;

        public override long Handle => descriptor;

        public override byte[] LocalAddress
        {
            get
            {
                PinnedBytes address = new(28);
                PinnedBytes length = new(BitConverter.GetBytes(address.Length));
                Assert.Equal(0, host.Call(SyscallNumber.GetSockName, descriptor, address.Address, length.Address));
                return address.Span[..BitConverter.ToInt32(length.Span)].ToArray();
            }
        }

        public override bool Blocking
        {
            set => Assert.Equal(0, host.Call(72, descriptor, 4, value ? 0 : 0x800));
        }

        public override LingerOption LingerState
        {
            set
            {
                PinnedBytes linger = new(2 * sizeof(int));
                linger.Span[0] = value.Enabled ? (byte)1 : (byte)0;
                linger.Span[sizeof(int)] = (byte)value.LingerTime;
                Assert.Equal(0, host.Call(SyscallNumber.SetSockOpt, descriptor, 1, 13, linger.Address, linger.Length));
            }
        }

        public override void Bind()
        {
            PinnedBytes address = new(SimulatedAddress.Loopback(family, 0).Serialize(family));
            Assert.Equal(0, host.Call(SyscallNumber.Bind, descriptor, address.Address, address.Length));
        }

        public override void Connect(Peer listener)
        {
            PinnedBytes address = new(listener.LocalAddress);
            Assert.Equal(0, host.Wait(() => host.Call(SyscallNumber.Connect, descriptor, address.Address, address.Length)));
        }

        public override Peer Accept() => new SimulatedPeer(host, host.Wait(() => host.Call(SyscallNumber.Accept4, descriptor)), family);

        public override int Send(ReadOnlySpan<byte> bytes)
        {
            PinnedBytes memory = new(bytes);
            for (long sent = 0; sent < memory.Length;)
            {
                long part = host.Wait(() => host.Call(SyscallNumber.SendTo, descriptor, memory.Address + sent, memory.Length - sent));
                sent += part > 0 ? part : throw new SocketException((int)-part);
            }

            return memory.Length;
        }

        public override int SendTo(ReadOnlySpan<byte> bytes, Peer target)
        {
            PinnedBytes memory = new(bytes);
            PinnedBytes address = new(target.LocalAddress);
            return (int)host.Call(SyscallNumber.SendTo, descriptor, memory.Address, memory.Length, 0, address.Address, address.Length);
        }

        public override int Receive(Span<byte> bytes)
        {
            PinnedBytes memory = new(bytes.Length);
            long received = host.Wait(() => host.Call(SyscallNumber.RecvFrom, descriptor, memory.Address, memory.Length));
            if (received < 0)
            {
                throw new SocketException((int)-received);
            }

            memory.Span[..(int)received].CopyTo(bytes);
            return (int)received;
        }

        public override void Shutdown(SocketShutdown how) => Assert.Equal(0, host.Call(SyscallNumber.Shutdown, descriptor, (long)how));

        public override void Dispose()
        {
            if (!_isClosed)
            {
                _isClosed = true;
                Assert.Equal(0, host.Close(descriptor));
            }
        }
    }

    /// <summary>The numbers in use and no more.</summary>
    private sealed class Limit : IDisposable
    {
        private readonly SimulatedProcess _process;
        private readonly int _before;

        public Limit(SimulatedHost host)
        {
            _process = host._process;
            _before = _process.DescriptorLimit;
            int free = 3;
            while (_process.Find(free) is not null)
            {
                free++;
            }

            _process.DescriptorLimit = free;
        }

        public void Dispose() => _process.DescriptorLimit = _before;
    }
}
