using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Interop.Calls;
using Xunit;

namespace FlexSc.Akka.Tests.Files;

/// <summary>The order of a handle's commands, and the bounds of how many there may be.</summary>
public abstract class FileOrderSpec(string backend) : FileFixture(backend, "flexsc.file { max-in-flight = 4, max-queued = 8, write-piece-bytes = 4096 }")
{
    private const int Rounds = 200;

    [SkippableFact]
    public async Task Of_writes_that_overlap_the_last_one_stays_and_reads_find_what_was_written_before_them()
    {
        IActorRef handle = await OpenAsync(PathOf("data"), OpenFlags.ReadWrite | OpenFlags.Create);
        for (int round = 0; round < Rounds; round++)
        {
            // Larger than a piece, so that writes which pass each other would mix.
            (byte first, byte second) = ((byte)round, (byte)(round + 1));
            handle.Tell(new FlexFile.Write(0, Filled(first, 10_000), FlexFile.NoAck), Asker);
            handle.Tell(new FlexFile.Write(1000, Filled(second, 8000), FlexFile.NoAck), Asker);
            FlexFile.Content content = await AskAsync<FlexFile.Content>(handle, new FlexFile.Read(0, 10_000));
            byte[] bytes = content.Data.ToArray();
            Assert.Equal(10_000, bytes.Length);
            Assert.All(bytes[..1000], value => Assert.Equal(first, value));
            Assert.All(bytes[1000..9000], value => Assert.Equal(second, value));
            Assert.All(bytes[9000..], value => Assert.Equal(first, value));
        }

        await CloseAsync(handle);
        await AssertNothingIsLeftAsync();
    }

    [SkippableFact]
    public async Task Changes_of_the_length_have_their_turn_between_what_is_before_and_after_them()
    {
        IActorRef handle = await OpenAsync(PathOf("data"), OpenFlags.ReadWrite | OpenFlags.Create);
        for (int round = 0; round < Rounds; round++)
        {
            handle.Tell(new FlexFile.Write(0, Filled(1, 9000), FlexFile.NoAck), Asker);
            handle.Tell(new FlexFile.Truncate(10, FlexFile.NoAck), Asker);
            FlexFile.Status cut = await AskAsync<FlexFile.Status>(handle, new FlexFile.Stat());
            Assert.Equal(10, cut.File.Length);
            handle.Tell(new FlexFile.Write(10, Filled(2, 5), FlexFile.NoAck), Asker);
            Assert.Equal(15, (await AskAsync<FlexFile.Status>(handle, new FlexFile.Stat())).File.Length);
        }

        await CloseAsync(handle);
    }

    [SkippableFact]
    public async Task Appends_come_in_the_order_they_were_told_also_beside_another_appender()
    {
        string path = PathOf("log");
        IActorRef handle = await OpenAsync(path, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Append);
        IActorRef other = await OpenAsync(path, OpenFlags.WriteOnly | OpenFlags.Append);
        for (int round = 0; round < Rounds; round++)
        {
            handle.Tell(new FlexFile.Append(Bytes($"a{round};"), FlexFile.NoAck), Asker);
            handle.Tell(new FlexFile.Append(Bytes($"b{round};"), FlexFile.NoAck), Asker);
            other.Tell(new FlexFile.Append(Bytes("other;"), FlexFile.NoAck), Asker);
            await AskAsync<FlexFile.Completed>(handle, new FlexFile.Append(Bytes($"c{round};")));
            await AskAsync<FlexFile.Completed>(other, new FlexFile.Append(Bytes("other;")));
        }

        FlexFile.CommandFailed refused = await AskAsync<FlexFile.CommandFailed>(handle, new FlexFile.Write(0, Bytes("x")));
        Assert.Equal(FileFailure.Invalid, refused.Reason);
        await CloseAsync(handle);
        await CloseAsync(other);
        string[] lines = (await System.IO.File.ReadAllTextAsync(path)).Split(';', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2 * Rounds, lines.Count(line => line == "other"));
        Assert.Equal(Enumerable.Range(0, Rounds).SelectMany(round => new[] { $"a{round}", $"b{round}", $"c{round}" }), lines.Where(line => line != "other"));
    }

    [SkippableFact]
    public async Task A_sync_follows_the_changes_before_it()
    {
        IActorRef handle = await OpenAsync(PathOf("data"), OpenFlags.ReadWrite | OpenFlags.Create);
        for (int round = 0; round < 20; round++)
        {
            handle.Tell(new FlexFile.Write(0, Filled((byte)round, 12_000), Ack: "first"), Asker);
            handle.Tell(new FlexFile.Write(12_000, Filled((byte)round, 12_000), Ack: "second"), Asker);
            handle.Tell(new FlexFile.Sync(DataOnly: true, Ack: "synced"), Asker);
            List<string> told = [];
            for (int i = 0; i < 3; i++)
            {
                told.Add(await Asker.ExpectMsgAsync<string>(Deadline));
            }

            Assert.Equal("synced", told[^1]);
        }

        await CloseAsync(handle);
    }

    [SkippableFact]
    public async Task Beyond_the_bounds_a_command_fails_as_busy_and_none_is_lost()
    {
        const int Commands = 40;
        IActorRef handle = await OpenAsync(MakeFile("data", Pattern(4096 * Commands)));
        using (await HoldLoopAsync())
        {
            for (int i = 0; i < Commands; i++)
            {
                handle.Tell(new FlexFile.Read(i * 4096, 4096), Asker);
            }
        }

        int done = 0;
        int busy = 0;
        for (int i = 0; i < Commands; i++)
        {
            switch (await Asker.ExpectMsgAsync<FlexFile.Event>(Deadline))
            {
                case FlexFile.Content content:
                    Assert.Equal(Pattern(4096 * Commands).AsSpan((int)content.Command.Position, 4096).ToArray(), content.Data.ToArray());
                    done++;
                    break;
                case FlexFile.CommandFailed { Reason: FileFailure.Busy }:
                    busy++;
                    break;
            }
        }

        // 4 under way and 8 that wait; calls that ended within the turn may have let in more.
        Assert.True(done >= 12 && busy > 0, $"{done} were done, {busy} refused");
        Assert.Equal(Commands, done + busy);
        await CloseAsync(handle);
        await AssertNothingIsLeftAsync();
    }

    private static ByteString Filled(byte value, int bytes)
    {
        byte[] array = new byte[bytes];
        Array.Fill(array, value);
        return ByteString.FromBytes(array);
    }

    private async Task<IDisposable> HoldLoopAsync()
    {
        IO.LoopHold hold = new();
        Assert.True(Loop.TrySchedule(hold));
        await hold.Reached.WaitAsync(Deadline);
        return hold;
    }
}

public sealed class FileOrderOnIoUringSpec() : FileOrderSpec("io-uring");

public sealed class FileOrderOnSyscallThreadsSpec() : FileOrderSpec("syscall-threads");
