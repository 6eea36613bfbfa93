using System.Buffers.Binary;
using System.Text;
using FlexSc.Interop.Backends.Simulated;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Tests.Conformance;
using Xunit;

namespace FlexSc.Interop.Tests.Simulated;

/// <summary>The rest of the model: its chance, datagrams, pipes, counters, files, and what goes wrong on purpose.</summary>
public sealed class SimulatedKernelTests
{
    private const long WorkingDirectory = -100;
    private const long CreateReadWrite = 0x42;

    [Fact]
    public void The_chance_of_a_seed_is_the_same_in_every_release()
    {
        // From the authors' reference code, xoshiro256starstar.c seeded by splitmix64.c with 0.
        SimulatedRandom random = new(0);
        Assert.Equal(0x99EC5F36CB75F2B4UL, random.Next());
        Assert.Equal(0xBF6E1F784956452AUL, random.Next());
        Assert.Equal(0x1A5F849D4933E6E0UL, random.Next());
        Assert.All(Enumerable.Range(0, 1_000), _ => Assert.InRange(random.Between(-2, 3), -2, 3));
    }

    [Fact]
    public void The_same_seed_makes_the_same_world_and_another_one_another()
    {
        string first = TraceOf(11);
        Assert.Equal(first, TraceOf(11));
        Assert.NotEqual(first, TraceOf(12));
    }

    [Fact]
    public void Datagrams_keep_their_bounds_tell_their_sender_and_may_be_lost()
    {
        (SimulatedProgram program, SimulatedKernel kernel) = Start(SimulationProfile.Calm with { DatagramLossPerMillion = 300_000 });
        SimulatedAddress address = SimulatedAddress.Loopback(SimulatedProgram.FamilyInternet, 53);
        long here = program.NewSocket(SimulatedProgram.Datagram);
        Assert.Equal(0, program.Bind(here, address));
        Assert.Equal(-RareErrno.AddressInUse, program.Bind(program.NewSocket(SimulatedProgram.Datagram), address));
        long there = program.NewSocket(SimulatedProgram.Datagram);
        Assert.Equal(0, program.Connect(there, address));
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(8, program.Send(there, Encoding.ASCII.GetBytes($"{i:d8}")));
        }

        while (kernel.Step())
        {
        }

        PinnedBytes memory = new(4);
        PinnedBytes sender = new(16);
        PinnedBytes senderBytes = new(BitConverter.GetBytes(16));
        int received = 0;
        while (program.Call(SyscallNumber.RecvFrom, here, memory.Address, 4, 0x20, sender.Address, senderBytes.Address) is not -Errno.Again and var length)
        {
            // The rest of a datagram is gone; MSG_TRUNC tells that there was one.
            Assert.Equal(5, length);
            Assert.Equal(16, BitConverter.ToInt32(senderBytes.Span));
            Assert.NotEqual(0, BinaryPrimitives.ReadUInt16BigEndian(sender.Span[2..]));
            received++;
        }

        Assert.InRange(received, 40, 90);
    }

    [Fact]
    public void A_pipe_is_bounded_whole_up_to_its_atomic_size_and_ends()
    {
        (SimulatedProgram program, _) = Start(SimulationProfile.Calm with { PipeBytes = 8_192 });
        PinnedBytes ends = new(8);
        Assert.Equal(0, program.Call(293, ends.Address));
        (int read, int write) = (BitConverter.ToInt32(ends.Span), BitConverter.ToInt32(ends.Span[4..]));
        PinnedBytes memory = new(8_000);
        Assert.Equal(8_000, program.Call(SyscallNumber.Write, write, memory.Address, 8_000));
        Assert.Equal(-Errno.Again, program.Call(SyscallNumber.Write, write, memory.Address, 1_000));
        Assert.Equal(192, program.Call(SyscallNumber.Write, write, memory.Address, 5_000));
        Assert.Equal(8_000, program.Call(SyscallNumber.Read, read, memory.Address, 8_000));
        program.Close(write);
        Assert.Equal(192, program.Call(SyscallNumber.Read, read, memory.Address, 8_000));
        Assert.Equal(0, program.Call(SyscallNumber.Read, read, memory.Address, 8_000));
    }

    [Fact]
    public void A_reader_that_is_gone_breaks_a_pipe()
    {
        (SimulatedProgram program, _) = Start(SimulationProfile.Calm);
        PinnedBytes ends = new(8);
        program.Call(293, ends.Address);
        program.Close(BitConverter.ToInt32(ends.Span));
        Assert.Equal(-RareErrno.BrokenPipe, program.Call(SyscallNumber.Write, BitConverter.ToInt32(ends.Span[4..]), ends.Address, 1));
    }

    [Fact]
    public void A_counter_adds_up_and_is_taken_at_once()
    {
        (SimulatedProgram program, _) = Start(SimulationProfile.Calm);
        long counter = program.Call(290, 2);
        PinnedBytes value = new(BitConverter.GetBytes(3L));
        Assert.Equal(8, program.Call(SyscallNumber.Write, counter, value.Address, 8));
        Assert.Equal(8, program.Call(SyscallNumber.Read, counter, value.Address, 8));
        Assert.Equal(5, BitConverter.ToInt64(value.Span));
        Assert.Equal(-Errno.Again, program.Call(SyscallNumber.Read, counter, value.Address, 8));
    }

    [Fact]
    public void Files_hold_bytes_under_names_that_can_be_listed_renamed_and_removed()
    {
        (SimulatedProgram program, _) = Start(SimulationProfile.Calm);
        PinnedBytes folder = SimulatedProgram.Path("/folder");
        Assert.Equal(0, program.Call(SyscallNumber.MkDirAt, WorkingDirectory, folder.Address, 0b111_000_000));
        foreach (string name in new[] { "b", "a", "c" })
        {
            long made = program.Call(SyscallNumber.OpenAt, WorkingDirectory, SimulatedProgram.Path($"/folder/{name}").Address, CreateReadWrite, 0b110_000_000);
            PinnedBytes content = new(Encoding.ASCII.GetBytes(name));
            Assert.Equal(1, program.Call(SyscallNumber.PWrite64, made, content.Address, 1, 9));
            program.Close(made);
        }

        Assert.Equal(-RareErrno.NotEmpty, program.Call(SyscallNumber.UnlinkAt, WorkingDirectory, folder.Address, 0x200));
        Assert.Equal(0, program.Call(SyscallNumber.RenameAt2, WorkingDirectory, SimulatedProgram.Path("folder/a").Address,
            WorkingDirectory, SimulatedProgram.Path("folder/../folder/c").Address));
        long directory = program.Call(SyscallNumber.OpenAt, WorkingDirectory, folder.Address, 0x10000);
        Assert.Equal([".", "..", "b", "c"], NamesIn(program, directory));

        long file = program.Call(SyscallNumber.OpenAt, directory, SimulatedProgram.Path("c").Address);
        PinnedBytes memory = new(20);
        Assert.Equal(10, program.Call(SyscallNumber.Read, file, memory.Address, 20));
        Assert.Equal((byte)'a', memory.Span[9]);
        Assert.Equal(-Errno.BadDescriptor, program.Call(SyscallNumber.Write, file, memory.Address, 1));
    }

    [Fact]
    public void A_path_that_must_stay_beneath_a_directory_does()
    {
        (SimulatedProgram program, _) = Start(SimulationProfile.Calm);
        program.Call(SyscallNumber.MkDirAt, WorkingDirectory, SimulatedProgram.Path("/in").Address, 0b111_000_000);
        program.Call(SyscallNumber.OpenAt, WorkingDirectory, SimulatedProgram.Path("/out").Address, CreateReadWrite);
        long directory = program.Call(SyscallNumber.OpenAt, WorkingDirectory, SimulatedProgram.Path("/in").Address);
        PinnedBytes how = new(24);
        how.Span[16] = 0x08;
        Assert.Equal(-RareErrno.CrossDevice, program.Call(SyscallNumber.OpenAt2, directory, SimulatedProgram.Path("../out").Address, how.Address, 24));
        Assert.Equal(-RareErrno.CrossDevice, program.Call(SyscallNumber.OpenAt2, directory, SimulatedProgram.Path("/out").Address, how.Address, 24));
        Assert.Equal(-Errno.NoEntry, program.Call(SyscallNumber.OpenAt2, directory, SimulatedProgram.Path("out").Address, how.Address, 24));
    }

    [Fact]
    public void Descriptors_and_space_are_bounded()
    {
        (SimulatedProgram program, _) = Start(SimulationProfile.Calm with { DescriptorLimit = 5, FileSystemBytes = 1_000 });
        long file = program.Call(SyscallNumber.OpenAt, WorkingDirectory, SimulatedProgram.Path("/f").Address, CreateReadWrite);
        Assert.Equal(3, file);
        Assert.Equal(4, program.NewSocket());
        Assert.Equal(-Errno.TooManyFiles, program.NewSocket());
        program.Close(3);
        file = program.Call(SyscallNumber.OpenAt, WorkingDirectory, SimulatedProgram.Path("/f").Address, CreateReadWrite);
        Assert.Equal(3, file);
        PinnedBytes memory = new(2_000);
        Assert.Equal(900, program.Call(SyscallNumber.Write, file, memory.Address, 900));
        Assert.Equal(-RareErrno.NoSpace, program.Call(SyscallNumber.Write, file, memory.Address, 200));
        Assert.Equal(0, program.Call(SyscallNumber.FTruncate, file, 0));
        Assert.Equal(-RareErrno.NoSpace, program.Call(SyscallNumber.FTruncate, file, 2_000));
    }

    [Fact]
    public void What_a_profile_lets_go_wrong_does_and_nothing_else()
    {
        Dictionary<long, int> calm = ResultsOf(SimulationProfile.Calm);
        Assert.Equal([0L], calm.Keys);
        Dictionary<long, int> hostile = ResultsOf(SimulationProfile.Calm with
        {
            TooManyFilesPerMillion = 100_000,
            NoMemoryPerMillion = 100_000,
            NoSpacePerMillion = 100_000,
            DeviceErrorPerMillion = 100_000,
            InterruptedPerMillion = 100_000,
        });
        foreach (long error in new[] { Errno.TooManyFiles, Errno.NoMemory, RareErrno.NoSpace, RareErrno.IoError, Errno.Interrupted })
        {
            Assert.InRange(hostile[-error], 20, 300);
        }
    }

    private static Dictionary<long, int> ResultsOf(SimulationProfile profile)
    {
        (SimulatedProgram program, _) = Start(profile);
        PinnedBytes memory = new(8);
        PinnedBytes path = SimulatedProgram.Path("/f");
        Dictionary<long, int> results = [];
        for (int i = 0; i < 1_000; i++)
        {
            long file = program.Call(SyscallNumber.OpenAt, WorkingDirectory, path.Address, CreateReadWrite);
            Count(file);
            if (file >= 0)
            {
                Count(program.Call(SyscallNumber.Write, file, memory.Address, 8));
                program.Close(file);
            }
        }

        return results;

        void Count(long result) => results[Math.Min(0, result)] = results.GetValueOrDefault(Math.Min(0, result)) + 1;
    }

    private static (SimulatedProgram, SimulatedKernel) Start(SimulationProfile profile)
    {
        SimulatedKernel kernel = new(3, profile);
        return (new SimulatedProgram(kernel.StartProcess("program")), kernel);
    }

    private static List<string> NamesIn(SimulatedProgram program, long directory)
    {
        PinnedBytes memory = new(60);
        List<string> names = [];
        while (program.Call(SyscallNumber.GetDents64, directory, memory.Address, memory.Length) is > 0 and var filled)
        {
            for (int at = 0; at < filled;)
            {
                int length = BinaryPrimitives.ReadUInt16LittleEndian(memory.Span[(at + 16)..]);
                names.Add(Encoding.UTF8.GetString(memory.Span[(at + 19)..(at + length)]).TrimEnd('\0'));
                at += length;
            }
        }

        return names;
    }

    /// <summary>What a few calls look like in a rough world.</summary>
    private static string TraceOf(ulong seed)
    {
        StringBuilder trace = new();
        SimulatedKernel kernel = new(seed, SimulationProfile.Rough, line => trace.Append(line).Append('\n'));
        SimulatedProgram server = new(kernel.StartProcess("server"));
        SimulatedProgram client = new(kernel.StartProcess("client"));
        (long here, long there) = SimulatedProgram.Join(server, client, SimulatedAddress.Loopback(SimulatedProgram.FamilyInternet, 80));
        for (int i = 0; i < 20; i++)
        {
            client.Send(there, new byte[1_000]);
            server.Receive(here, 1_000, out _);
        }

        return trace.ToString();
    }
}
