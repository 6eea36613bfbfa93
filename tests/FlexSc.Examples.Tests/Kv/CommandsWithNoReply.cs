namespace FlexSc.Examples.Tests.Kv;

/// <summary>Every command with the word <c>noreply</c> in every place: as the key, as an argument, as the optional last word.</summary>
internal static class CommandsWithNoReply
{
    private const string NoReply = "noreply";

    private static readonly string[] LineCommands = ["delete", "touch", "incr", "decr", "flush_all", "verbosity", "get", "gets", "gat", "gats"];
    private static readonly string[] StoreCommands = ["set", "add", "replace", "append", "prepend", "cas"];

    public static IReadOnlyList<string> Keys { get; } = ["a", NoReply, "0"];

    public static IEnumerable<string> All() => LineCommands.SelectMany(Lines).Concat(StoreCommands.SelectMany(Stores));

    // A flush in one second is left out: memcached, whose clock ticks coarsely, does it at once.
    private static IEnumerable<string> Lines(string command) =>
        Arguments(3).Where(arguments => command != "flush_all" || arguments is [] or [NoReply, ..] or ["0", ..])
            .Select(arguments => string.Join(' ', [command, .. arguments]) + "\r\n");

    private static IEnumerable<string[]> Arguments(int maxCount) => maxCount == 0
        ? [[]]
        : Arguments(maxCount - 1).SelectMany(arguments => arguments.Length < maxCount - 1
            ? (IEnumerable<string[]>)[arguments]
            : [arguments, .. new[] { "a", NoReply, "0", "1" }.Select(word => (string[])[.. arguments, word])]);

    private static IEnumerable<string> Stores(string command)
    {
        string[] words = command == "cas" ? ["a", "0", "0", "1", "1"] : ["a", "0", "0", "1"];
        for (int place = 0; place < words.Length; place++)
        {
            string[] changed = [.. words];
            changed[place] = NoReply;
            string[][] lines = [changed, [.. changed, NoReply], [.. changed, "x"], [.. changed, NoReply, NoReply], changed[..^1], [.. changed[..^1], NoReply]];
            foreach (string[] line in lines)
            {
                yield return string.Join(' ', [command, .. line]) + "\r\n7\r\n";
            }
        }
    }
}
