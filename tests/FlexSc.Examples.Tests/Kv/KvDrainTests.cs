using FlexSc.Measuring.Machine;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;
using Xunit;

namespace FlexSc.Examples.Tests.Kv;

/// <summary>The program at SIGTERM, with clients that are at different points of a request.</summary>
public sealed class KvDrainTests
{
    [SkippableTheory]
    [MemberData(nameof(OnFlexSc))]
    public async Task A_request_under_way_is_answered_and_nobody_new_is_let_in(string variant)
    {
        await IoVariants.SkipUnlessAvailableAsync(variant);
        using ServerProcess server = ExampleProgram.Kv.Start([.. IoVariants.Arguments(variant), "--port", "0", "--drain-ms", "60000"]);
        using KvClient idle = new(server.EndPoint);
        using KvClient underWay = new(server.EndPoint);
        Assert.Equal("STORED", idle.Ask("set a 0 0 1\r\nx\r\n"));

        // The answer to the first says that the part of the second has come.
        Assert.Equal("STORED", underWay.Ask("set b 0 0 1\r\ny\r\nset c 0 0 8\r\nhalf"));
        server.Signal(NativeCalls.SignalTerminate);
        await ExampleProgram.WaitUntilRefusedAsync(server.EndPoint);

        Assert.True(idle.HasEndedInOrder());
        Assert.Equal("STORED", underWay.Ask("done\r\n"));
        Assert.True(underWay.HasEndedInOrder());
        ProgramResult end = server.WaitForEnd(ExampleProgram.Deadline);
        Assert.Equal((0, ""), (end.ExitCode, end.Error));
    }

    /// <summary>Those whose sockets can be drained.</summary>
    public static TheoryData<string> OnFlexSc => [.. IoVariants.FlexSc];
}
