using System.Text;
using Xunit;

namespace FlexSc.Examples.Tests.Kv;

/// <summary>Damaged conversations: no input may throw, leak memory, or answer outside the protocol.</summary>
public sealed class FuzzTests
{
    private const int Rounds = 3000;

    private static readonly string[] Beginnings =
    [
        "STORED", "NOT_STORED", "EXISTS", "NOT_FOUND", "DELETED", "TOUCHED", "END", "OK", "ERROR", "CLIENT_ERROR ", "SERVER_ERROR ", "VALUE ",
        "VERSION ", "HD", "VA ", "EN", "NF", "NS", "EX", "ME ", "MN",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(20261124)]
    public void Damaged_conversations_are_answered_in_protocol_and_leak_nothing(int seed)
    {
        Random random = new(seed);
        for (int round = 0; round < Rounds; round++)
        {
            using SessionFixture fixture = new(new KvServer.Service.KvServerOptions { MemoryLimitMb = 1, MaxItemBytes = 5000 });
            byte[] input = Encoding.Latin1.GetBytes(new MetaCommandGenerator(random.Next()).Next(10).Text);
            Damage(input, random);
            string replies = Feed(fixture, input, random);

            Assert.True(IsInProtocol(replies), $"seed {seed}, round {round}: {replies}");
            Assert.InRange(fixture.Store.Figures().UsedBytes, 0, fixture.Store.LimitBytes);
            fixture.Session.Release();
            fixture.Store.Dispose();
            Assert.Equal(0, fixture.Store.Figures().UsedBytes);
        }
    }

    private static void Damage(byte[] input, Random random)
    {
        for (int count = random.Next(8); count > 0; count--)
        {
            input[random.Next(input.Length)] = (byte)random.Next(256);
        }
    }

    private static string Feed(SessionFixture fixture, byte[] input, Random random)
    {
        StringBuilder replies = new();
        int start = 0;
        while (start < input.Length)
        {
            int length = Math.Min(random.Next(1, 200), input.Length - start);
            replies.Append(fixture.Send(input.AsSpan(start, length), allowanceBytes: random.Next(1, 100)));
            while (fixture.State == KvServer.Protocol.SessionState.Paused && random.Next(3) > 0)
            {
                replies.Append(fixture.Resume(allowanceBytes: random.Next(1, 100)));
            }

            start += length;
        }

        return replies.ToString();
    }

    private static bool IsInProtocol(string replies)
    {
        int position = 0;
        while (position < replies.Length)
        {
            int end = replies.IndexOf("\r\n", position, StringComparison.Ordinal);
            if (end < 0)
            {
                return false;
            }

            string line = replies[position..end];
            position = end + 2;
            if (line.StartsWith("VALUE ", StringComparison.Ordinal))
            {
                position += int.Parse(line.Split(' ')[3], System.Globalization.CultureInfo.InvariantCulture) + 2;
            }
            else if (line.StartsWith("VA ", StringComparison.Ordinal))
            {
                position += int.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture) + 2;
            }
            else if (!Beginnings.Any(beginning => line.StartsWith(beginning, StringComparison.Ordinal)) && !ulong.TryParse(line, out _))
            {
                return false;
            }
        }

        return position == replies.Length;
    }
}
