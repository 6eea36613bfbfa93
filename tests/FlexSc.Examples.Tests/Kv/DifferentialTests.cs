using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using FlexSc.Examples.KvServer.Service;
using FlexSc.Measuring.Servers;
using Xunit;

namespace FlexSc.Examples.Tests.Kv;

/// <summary>The same random commands to memcached and to this server: the replies must be equal.</summary>
public sealed partial class DifferentialTests
{
    private const int Rounds = 150;
    private const int MaxCommandsPerRound = 40;

    private static readonly int[] Seeds = [1, 2, 3, 20261124];

    /// <summary>Each variant with each seed.</summary>
    public static TheoryData<string, int> VariantsAndSeeds
    {
        get
        {
            TheoryData<string, int> cases = [];
            foreach (string variant in IoVariants.All)
            {
                foreach (int seed in Seeds)
                {
                    cases.Add(variant, seed);
                }
            }

            return cases;
        }
    }

    /// <summary>Seeds of meta commands: the protocol is the same code in every variant, so one with few and one with many a loop's turn.</summary>
    public static TheoryData<string, int> Meta => new()
    {
        { IoVariants.FlexScPooled, 1 }, { IoVariants.FlexScPooled, 2 }, { IoVariants.FlexScPooled, 20261126 }, { IoVariants.AkkaIo, 3 },
    };

    [SkippableTheory]
    [MemberData(nameof(VariantsAndSeeds))]
    public async Task Replies_equal_those_of_memcached(string variant, int seed)
    {
        using ServerProcess memcached = PeerPrograms.StartMemcached();
        // One loop, one shard: cas uniques count in one sequence, as memcached's.
        await using KvService service = await IoVariants.StartAsync(IoVariants.Options(variant) with { Loops = 1 });
        using KvClient theirs = new(memcached.EndPoint);
        using KvClient ours = new(service.LocalEndPoint);
        Compare(new CommandGenerator(seed), theirs, ours);
    }

    [SkippableTheory]
    [MemberData(nameof(Meta))]
    public async Task Replies_to_meta_commands_equal_those_of_memcached(string variant, int seed)
    {
        using ServerProcess memcached = PeerPrograms.StartMemcached();
        await using KvService service = await IoVariants.StartAsync(IoVariants.Options(variant) with { Loops = 1 });
        using KvClient theirs = new(memcached.EndPoint);
        using KvClient ours = new(service.LocalEndPoint);
        Compare(new MetaCommandGenerator(seed), theirs, ours);
        Assert.True(service.Counters.MetaCommands > Rounds, $"{service.Counters.MetaCommands} meta commands");
    }

    [SkippableFact]
    public async Task A_word_noreply_means_what_it_means_to_memcached_wherever_it_stands()
    {
        using ServerProcess memcached = PeerPrograms.StartMemcached();
        await using KvService service = await IoVariants.StartAsync(IoVariants.Options(IoVariants.FlexScPooled) with { Loops = 1 });
        using KvClient theirs = new(memcached.EndPoint);
        using KvClient ours = new(service.LocalEndPoint);
        string before = string.Concat(CommandsWithNoReply.Keys.Select(key => $"set {key} 0 0 1\r\n5\r\n"));
        string after = $"get {string.Join(' ', CommandsWithNoReply.Keys)}\r\nset {CommandGenerator.EndMark} 0 0 1\r\nx\r\nget {CommandGenerator.EndMark}\r\n";
        foreach (string command in CommandsWithNoReply.All())
        {
            UniqueNames theirUniques = new();
            UniqueNames ourUniques = new();
            theirs.Send(before + command + after);
            ours.Send(before + command + after);
            string expected = ReadToEndMark(theirs, theirUniques);
            string actual = ReadToEndMark(ours, ourUniques);
            Assert.True(expected == actual, $"{command}\nexpected:\n{expected}\nactual:\n{actual}");
        }
    }

    private static void Compare(CommandGenerator generator, KvClient theirs, KvClient ours)
    {
        // Both number their items in the order of storing, but not from the same number on.
        UniqueNames theirUniques = new();
        UniqueNames ourUniques = new();
        for (int round = 0; round < Rounds; round++)
        {
            (string common, int commands) = generator.Next(MaxCommandsPerRound);
            string batch = common + $"get {CommandGenerator.EndMark}\r\n";
            theirs.Send(theirUniques.Fill(batch));
            ours.Send(ourUniques.Fill(batch));
            string expected = ReadToEndMark(theirs, theirUniques);
            string actual = ReadToEndMark(ours, ourUniques);
            Assert.True(
                expected == actual,
                $"{FirstDifference(expected, actual)}\nround {round}, {commands} commands\n{Shortened(common)}\nexpected:\n{expected}\nactual:\n{actual}");
        }
    }

    private static string Shortened(string commands) => MissingKeys().Replace(commands, " missing...");

    private static string FirstDifference(string expected, string actual)
    {
        (string Expected, string Actual) difference = expected.Split('\n').Zip(actual.Split('\n')).FirstOrDefault(pair => pair.First != pair.Second);
        return $"expected {difference.Expected}, got {difference.Actual}";
    }

    private static string ReadToEndMark(KvClient client, UniqueNames uniques)
    {
        StringBuilder replies = new();
        string reply;
        do
        {
            reply = client.ReadReply();
            replies.AppendLine(uniques.Name(reply));
        }
        while (!reply.StartsWith($"VALUE {CommandGenerator.EndMark} ", StringComparison.Ordinal));
        return replies.ToString();
    }

    [GeneratedRegex(@"( missing\d+)+")]
    private static partial Regex MissingKeys();

    /// <summary>Replaces cas uniques by the order in which they were first seen, and back.</summary>
    private sealed partial class UniqueNames
    {
        private readonly Dictionary<string, int> _order = [];
        private readonly List<string> _uniques = [];

        public string Name(string reply) => WithoutClocks(CasLine().Replace(reply, match => match.Groups["head"].Value + NameOf(match.Groups["cas"].Value)));

        private string NameOf(string unique)
        {
            // What a meta command answers where nothing was stored.
            if (unique == "0")
            {
                return unique;
            }

            if (_order.TryAdd(unique, _order.Count))
            {
                _uniques.Add(unique);
            }

            return $"#{_order[unique]}";
        }

        // Seconds left and gone, each by the server's own clock, and what an item takes in its own memory.
        private static string WithoutClocks(string reply)
        {
            if (!MetaReply().IsMatch(reply))
            {
                return reply;
            }

            string line = Seconds().Replace(reply.Split('|')[0], match => $" t{(long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) + 50) / 100}00");
            return Own().Replace(line, " ${name}~") + reply[reply.Split('|')[0].Length..];
        }

        // "#n": the unique n back from the newest that was seen.
        public string Fill(string commands) => Placeholder().Replace(commands, match =>
        {
            int back = match.Groups[1].Value[0] - '0';
            return back < _uniques.Count ? _uniques[^(back + 1)] : "1";
        });

        [GeneratedRegex(@"(?<head>(?:^|\|)VALUE \S+ \d+ \d+ |^(?:HD|VA|EX|NS|NF|EN)[^|]* c|^ME [^|]*cas=)(?<cas>\d+)(?=$|[ |])")]
        private static partial Regex CasLine();

        [GeneratedRegex("^(?:HD|VA|EX|NS|NF|EN|ME)(?: |$)")]
        private static partial Regex MetaReply();

        [GeneratedRegex(@" t(\d{1,6})(?= |$)")]
        private static partial Regex Seconds();

        [GeneratedRegex(@" (?<name>l|t(?=\d{7})|exp=(?=-?\d{2})|la=|cls=|size=)-?\d+")]
        private static partial Regex Own();

        [GeneratedRegex("#(\\d)")]
        private static partial Regex Placeholder();
    }
}
