using System.Text;
using FlexSc.Interop.Backends.Simulated;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;
using FlexSc.Interop.Tests.Conformance;

namespace FlexSc.Interop.Tests.Simulated;

/// <summary>Makes calls of a simulated process as a test needs them.</summary>
internal sealed class SimulatedProgram(SimulatedProcess process)
{
    public const int FamilyUnix = 1;
    public const int FamilyInternet = 2;
    public const int Stream = 1;
    public const int Datagram = 2;

    public SimulatedProcess Process => process;

    public long Call(int number, long argument0 = 0, long argument1 = 0, long argument2 = 0, long argument3 = 0, long argument4 = 0, long argument5 = 0)
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
        return process.Attempt(entry);
    }

    /// <summary>Makes a call until it does not wait, and the world go on meanwhile.</summary>
    public long Finish(Func<long> call)
    {
        while (true)
        {
            long result = call();
            if (result is not (-Errno.Again or -Errno.InProgress or -Errno.Already) || !process.Kernel.Step())
            {
                return result;
            }
        }
    }

    public long NewSocket(int type = Stream, int family = FamilyInternet) => Call(SyscallNumber.Socket, family, type);

    public long Bind(long socket, SimulatedAddress address)
    {
        PinnedBytes bytes = new(address.Serialize(address.Family));
        return Call(SyscallNumber.Bind, socket, bytes.Address, bytes.Length);
    }

    public long Connect(long socket, SimulatedAddress address)
    {
        PinnedBytes bytes = new(address.Serialize(address.Family));
        return Finish(() => Call(SyscallNumber.Connect, socket, bytes.Address, bytes.Length));
    }

    public long Listen(SimulatedAddress address, int backlog = 16)
    {
        long listener = NewSocket(family: address.Family);
        long bound = Bind(listener, address);
        return bound < 0 ? bound : Call(SyscallNumber.Listen, listener, backlog) is < 0 and var error ? error : listener;
    }

    public long Accept(long listener) => Finish(() => Call(SyscallNumber.Accept4, listener));

    public long Send(long socket, ReadOnlySpan<byte> bytes)
    {
        PinnedBytes memory = new(bytes);
        return Call(SyscallNumber.SendTo, socket, memory.Address, memory.Length);
    }

    public long Receive(long socket, int most, out byte[] bytes)
    {
        PinnedBytes memory = new(Math.Max(1, most));
        long received = Finish(() => Call(SyscallNumber.RecvFrom, socket, memory.Address, most));
        bytes = memory.Span[..(int)Math.Max(0, received)].ToArray();
        return received;
    }

    public long Close(long descriptor) => Call(SyscallNumber.Close, descriptor);

    public static PinnedBytes Path(string path) => new(Encoding.UTF8.GetBytes(path + "\0"));

    /// <summary>Two connected sockets of a process each.</summary>
    public static (long Here, long There) Join(SimulatedProgram server, SimulatedProgram client, SimulatedAddress address)
    {
        long listener = server.Listen(address);
        long there = client.NewSocket(family: address.Family);
        if (client.Connect(there, address) is < 0 and var error)
        {
            throw new InvalidOperationException($"connect answered {error}");
        }

        long here = server.Accept(listener);
        server.Close(listener);
        return (here, there);
    }
}
