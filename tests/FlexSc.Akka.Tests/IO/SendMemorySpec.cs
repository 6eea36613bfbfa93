using System.Net;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Akka.TestKit;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>The memory of output that waited.</summary>
public sealed class SendMemorySpec() : TcpFixture("flexsc.loops.send-pool-bytes = 1048576")
{
    private const int BurstBytes = 200_000_000;

    [Theory]
    [InlineData(64_000)]
    [InlineData(4000)]
    public async Task Memory_of_a_burst_goes_back_to_the_system(int blockBytes)
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        TcpOutput output = FlexTcp.OutputOf(pair.Connection);
        ActorLoop loop = Extension.Group.StartedLoops[0];
        long before = ResidentBytes();
        await loop.RunAsync(() =>
        {
            for (int written = 0; written < BurstBytes; written += blockBytes)
            {
                output.GetSpan(blockBytes)[..blockBytes].Fill((byte)'x');
                output.Advance(blockBytes);
            }

            output.Flush();
            return Task.FromResult(0);
        });

        // What the rest of the process gives back meanwhile counts as well.
        Assert.InRange(ResidentBytes() - before, BurstBytes * 0.6, BurstBytes * 2.0);

        // As many as were written: the last send may not have been completed to the loop when the peer has taken everything.
        byte[] taken = new byte[1 << 20];
        for (long left = (BurstBytes + blockBytes - 1) / blockBytes * blockBytes; left > 0;)
        {
            left -= await pair.Peer.ReceiveAsync(taken);
        }

        await AwaitAssertAsync(() => Assert.Equal(0, output.UnsentBytes), Deadline);
        await AwaitAssertAsync(() => Assert.InRange(ResidentBytes() - before, long.MinValue, BurstBytes * 0.2), Deadline);
        pair.Peer.Close();
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public void What_is_kept_is_bounded_and_used_again()
    {
        SendBlockPool pool = new(largeBytes: 65_536, keptBytes: 1_048_576);
        for (int round = 0; round < 3; round++)
        {
            List<SendBlock> blocks = [.. Enumerable.Range(0, 500).Select(i => pool.Rent(i % 3 == 0 ? 100 : 65_536))];
            blocks.Add(pool.Rent(1_000_000));
            Assert.Equal(501, pool.Outstanding);
            blocks.ForEach(pool.Return);
            Assert.Equal(0, pool.Outstanding);
            while (pool.Trim())
            {
            }

            Assert.InRange(pool.FreeBytes, 1, 1_048_576);
        }

        pool.Free();
        Assert.Equal(0, pool.FreeBytes);
    }

    private static long ResidentBytes()
    {
        const int PagesColumn = 1;
        return long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[PagesColumn], System.Globalization.CultureInfo.InvariantCulture)
            * Environment.SystemPageSize;
    }
}
