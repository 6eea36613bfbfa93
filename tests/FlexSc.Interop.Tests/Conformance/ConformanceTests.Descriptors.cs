using System.Globalization;
using System.Net.Sockets;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Conformance;

/// <content>Descriptors whose number is used again, too few of them, and very many.</content>
public abstract partial class ConformanceTests
{
    [SkippableFact]
    public async Task A_call_that_waits_never_reaches_the_next_owner_of_its_descriptor()
    {
        const int Rounds = 50;
        LoopUnderTest loop = Start();
        for (int i = 0; i < Rounds; i++)
        {
            (long here, Peer there) = await AcceptAsync(loop);
            PinnedBytes memory = new(8);
            RecordingOperation multishot = await loop.SubmitAsync(SyscallNumber.RecvFrom, MultishotReceive, here);
            RecordingOperation single = await loop.SubmitAsync(
                SyscallNumber.RecvFrom, argument0: here, argument1: memory.Address, argument2: memory.Length);
            RecordingOperation poll = await loop.SubmitAsync(FlexScAbi.NumberPoll, argument0: here, argument1: PollIn);
            await CloseAsync(loop, here);

            // The lowest free number is given out first, so the next owner is this one, unless the runtime opened something.
            (long next, Peer toNext) = await AcceptAsync(loop);
            PinnedBytes nextMemory = new(8);
            RecordingOperation receive = await loop.SubmitAsync(
                SyscallNumber.RecvFrom, argument0: next, argument1: nextMemory.Address, argument2: nextMemory.Length);
            toNext.Send("for next"u8);
            Assert.Equal(8, await receive.Result);

            // A backend may end them at the close, or when they are cancelled.
            foreach (RecordingOperation old in new[] { multishot, single, poll })
            {
                Assert.Contains(await loop.CancelAsync(old), new[] { 0, -ErrnoNoEntry });
                Assert.Equal(-ErrnoCanceled, await old.Result);
                Assert.Single(old.Completions);
            }

            await CloseAsync(loop, next);
            there.Dispose();
            toNext.Dispose();
        }
    }

    [SkippableFact]
    public async Task A_descriptor_that_was_closed_and_opened_elsewhere_is_served()
    {
        const int Rounds = 50;
        LoopUnderTest loop = Start();
        PinnedBytes memory = new(8);
        HashSet<long> numbers = [];
        for (int i = 0; i < Rounds; i++)
        {
            // Neither the sockets nor their ends go through the page: the backend cannot know that a number has changed hands.
            using Peer listener = _host.Listen();
            using Peer there = _host.NewStream();
            there.Connect(listener);
            using Peer here = listener.Accept();
            numbers.Add(here.Handle);
            RecordingOperation receive = await loop.SubmitAsync(
                SyscallNumber.RecvFrom, argument0: here.Handle, argument1: memory.Address, argument2: memory.Length);
            await loop.Loop.RunAsync(_ => 0);
            there.Send("x"u8);
            Assert.Equal(1, await receive.Result);
            Assert.Equal(1, await loop.CallAsync(SyscallNumber.SendTo, here.Handle, memory.Address, 1));
        }

        Assert.True(numbers.Count < Rounds, "no number was used twice, so nothing was tested");
    }

    [SkippableFact]
    public async Task Too_few_descriptors_are_a_result_and_the_connection_is_kept()
    {
        LoopUnderTest loop = Start();
        Peer listener = Listen();
        Assert.Equal(-ErrnoBadDescriptor, await loop.CallAsync(SyscallNumber.Accept4, int.MaxValue));
        Connect(listener);
        using ManualResetEventSlim completed = new();
        RecordingOperation failing = new() { Then = (_, _) => completed.Set() };
        using (_host.LowerDescriptorLimit())
        {
            // Without a word to the thread pool: a thread that it starts now would find no descriptor and end the process.
            Assert.True(loop.Loop.TryPost(owner => owner.TrySubmit(
                failing, SyscallNumber.Accept4, EntryFlags.Multishot, (long)listener.Handle, argument3: CloseOnExec)));
            Assert.True(completed.Wait(LoopFixture.Deadline));
        }

        Assert.Equal(-ErrnoTooManyFiles, await failing.Result);
        Assert.Single(failing.Completions);
        long here = await loop.CallAsync(SyscallNumber.Accept4, listener.Handle, argument3: CloseOnExec);
        Assert.True(here >= 0, $"accept4 answered {here}");
        await CloseAsync(loop, here);
    }

    [SkippableFact]
    public async Task Two_thousand_idle_connections_hold_no_thread_each_and_all_answer()
    {
        const int Connections = 2_000;
        const int ThreadAllowance = 16;
        Skip.If(Variant.Changes, "each change issues all of two thousand calls again");
        Skip.If(SoftDescriptorLimit() < (2 * Connections) + 500, $"needs {(2 * Connections) + 500} file descriptors: raise ulimit -n");
        LoopUnderTest loop = Start(new SyscallLoopOptions { Pages = 128 });
        Peer listener = Listen(backlog: Connections);
        int threadsBefore = ThreadCount();
        PinnedBytes memory = new(Connections);
        List<Peer> clients = [];
        List<RecordingOperation> receives = [];
        List<long> connections = [];
        for (int i = 0; i < Connections; i++)
        {
            RecordingOperation accept = await loop.SubmitAsync(SyscallNumber.Accept4, argument0: (long)listener.Handle, argument3: CloseOnExec);
            clients.Add(Connect(listener));
            connections.Add(await accept.Result);
            Assert.True(connections[i] >= 0, $"accept4 answered {connections[i]}");
            receives.Add(i % 2 == 0
                ? await loop.SubmitAsync(SyscallNumber.RecvFrom, MultishotReceive, connections[i])
                : await loop.SubmitAsync(SyscallNumber.RecvFrom, argument0: connections[i], argument1: memory.Address + i, argument2: 1));
        }

        Assert.InRange(ThreadCount(), 1, threadsBefore + ThreadAllowance);
        for (int i = 0; i < Connections; i++)
        {
            clients[i].Send(new byte[] { (byte)i });
            clients[i].Shutdown(SocketShutdown.Send);
        }

        byte[] echoed = new byte[1];
        for (int i = 0; i < Connections; i++)
        {
            Assert.Equal(i % 2, await receives[i].Result);
            Assert.Equal(1, receives[i].Completions.Sum(completion => completion.Result));
            Completion first = receives[i].Completions[0];
            byte received = i % 2 == 0 ? await loop.Loop.RunAsync(owner => FirstByteOf(owner, first.BufferId)) : memory.Span[i];
            Assert.Equal((byte)i, received);
            ReturnBuffers(loop, receives[i]);
            memory.Span[i] = received;
            Assert.Equal(1, await loop.CallAsync(SyscallNumber.SendTo, connections[i], memory.Address + i, 1));
            await ReceiveExactlyAsync(clients[i], echoed);
            Assert.Equal((byte)i, echoed[0]);
            await CloseAsync(loop, connections[i]);
        }
    }

    private static int ThreadCount() => Directory.GetDirectories("/proc/self/task").Length;

    private static long SoftDescriptorLimit()
    {
        string line = File.ReadLines("/proc/self/limits").First(text => text.StartsWith("Max open files", StringComparison.Ordinal));
        string soft = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
        return soft == "unlimited" ? long.MaxValue : long.Parse(soft, CultureInfo.InvariantCulture);
    }
}
