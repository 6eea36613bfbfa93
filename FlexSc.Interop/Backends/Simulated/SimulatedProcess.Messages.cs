using System.Buffers;
using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.Simulated;

/// <content>Messages with what comes along: names, errors, descriptors.</content>
internal sealed partial class SimulatedProcess
{
    private const int MessageCut = 0x20;
    private const int ControlCut = 0x8;
    private const int MostDescriptorsOfMessage = 253;

    private unsafe long MoveMessage(SimulatedSocket socket, ref MessageHeader header, in SyscallEntry entry)
    {
        long vectors = (long)header.Vectors;
        long count = (long)header.VectorCount;
        int bytes = (int)Math.Min(UserMemory.LengthOf(vectors, count), MostVectorBytes);
        byte[] rented = ArrayPool<byte>.Shared.Rent(Math.Max(1, bytes));
        try
        {
            Span<byte> memory = rented.AsSpan(0, bytes);
            if (entry.Number == SyscallNumber.RecvMsg)
            {
                return (entry.Argument2 & MessageErrorQueue) == 0
                    ? ReceiveMessage(socket, ref header, memory, entry.Argument2) : ReceiveError(socket, ref header);
            }

            SimulatedAddress to = default;
            bool isAddressed = header.Name != null && header.NameLength > 0;
            if (isAddressed && !TryReadAddress((long)header.Name, header.NameLength, out to))
            {
                return -Errno.Invalid;
            }

            UserMemory.Gather(vectors, count, memory);
            return header.ControlLength == 0
                ? socket.Send(memory, isAddressed ? to : null)
                : SendWithDescriptors(socket, memory, SimulatedControl.DescriptorsOf(new((void*)header.Control, (int)header.ControlLength)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private long SendWithDescriptors(SimulatedSocket socket, ReadOnlySpan<byte> bytes, int[] descriptors)
    {
        if (socket is not StreamSocket { IsUnix: true } stream || descriptors.Length is 0 or > MostDescriptorsOfMessage)
        {
            return -Errno.Invalid;
        }

        OpenDescription?[] passed = Array.ConvertAll(descriptors, number => Find(number));
        if (Array.IndexOf(passed, null) >= 0)
        {
            return -Errno.BadDescriptor;
        }

        if (kernel.Random.Chance(kernel.Profile.TooManyFilesPerMillion))
        {
            return -Errno.TooManyReferences;
        }

        long sent = stream.Send(bytes, to: null);
        if (sent > 0)
        {
            stream.Pass(passed!, (int)sent);
        }

        return sent;
    }

    private unsafe long ReceiveMessage(SimulatedSocket socket, ref MessageHeader header, Span<byte> memory, long flags)
    {
        long received = socket.Receive(memory, flags, out SimulatedAddress? from, out bool isCut);
        if (received < 0)
        {
            return received;
        }

        UserMemory.Scatter((long)header.Vectors, (long)header.VectorCount, memory[..(int)received]);
        WriteName(ref header, from, socket.Family);
        header.Flags = isCut ? MessageCut : 0;
        OpenDescription[] passed = (socket as StreamSocket)?.TakePassed() ?? [];
        if (passed.Length == 0)
        {
            header.ControlLength = 0;
            return received;
        }

        List<int> numbers = [];
        int most = header.Control == null ? 0 : SimulatedControl.MostDescriptors((long)header.ControlLength);
        foreach (OpenDescription description in passed)
        {
            if (numbers.Count < most && Open(description) is >= 0 and var number)
            {
                numbers.Add((int)number);
            }
            else
            {
                most = 0;
                header.Flags |= ControlCut;
            }

            description.Release();
        }

        WriteControl(ref header, numbers.Count == 0 ? default : SimulatedControl.OfDescriptors(numbers.ToArray()));
        return received;
    }

    private static long ReceiveError(SimulatedSocket socket, ref MessageHeader header)
    {
        SimulatedAddress target = default;
        SimulatedControl control = default;
        long answer = socket is DatagramSocket datagrams ? datagrams.ReceiveError(out target, out control) : -Errno.Again;
        if (answer == 0)
        {
            WriteName(ref header, target, socket.Family);
            header.Flags = (int)MessageErrorQueue;
            WriteControl(ref header, control);
        }

        return answer;
    }

    private static unsafe void WriteName(ref MessageHeader header, SimulatedAddress? name, int family)
    {
        byte[] bytes = header.Name != null && name is { } known ? known.Serialize(family) : [];
        bytes.AsSpan(0, (int)Math.Min((uint)bytes.Length, header.NameLength)).CopyTo(UserMemory.Bytes((long)header.Name, bytes.Length));
        header.NameLength = (uint)bytes.Length;
    }

    private static unsafe void WriteControl(ref MessageHeader header, in SimulatedControl control)
    {
        int bytes = control.Length;
        if (bytes > 0 && (ulong)bytes <= header.ControlLength)
        {
            control.Write(new Span<byte>(header.Control, bytes));
            header.ControlLength = (ulong)bytes;
        }
        else
        {
            header.Flags |= bytes > 0 ? ControlCut : 0;
            header.ControlLength = 0;
        }
    }
}
