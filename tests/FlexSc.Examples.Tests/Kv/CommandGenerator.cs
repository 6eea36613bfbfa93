using System.Globalization;
using System.Text;

namespace FlexSc.Examples.Tests.Kv;

/// <summary>Random command sequences, right and wrong ones, over few keys so that they meet.</summary>
internal class CommandGenerator(int seed)
{
    /// <summary>Key that marks the end of a batch; no generated command touches it.</summary>
    public const string EndMark = "end-mark";

    private static readonly string[] Numbers = ["0", "1", "7", "+3", "007", "18446744073709551615", "18446744073709551616", "-1", "x", "1x", "4 ", "noreply"];
    private static readonly string[] Values =
        ["", "0", "9", "99", "10", "18446744073709551615", "18446744073709551616", " 12", "12 ", "+5", "-5", "1a", "text\r\nwith line", "\0\u00ff"];

    // An hour or more either way: whatever the seconds between the two servers' clocks, both agree.
    private static readonly string[] Expiries = ["0", "0", "0", "3600", "-1", "-3600", "2592000", "2592001", "2000000000", "x", ""];

    private readonly Random _random = new(seed);

    // memcached holds an item whose value it has not sent yet, and what an increment then stores has another shape.
    private readonly HashSet<string> _keysRead = [];

    /// <summary>What every choice is taken from.</summary>
    protected Random Random => _random;

    public (string Text, int Commands) Next(int maxCommands)
    {
        StringBuilder text = new($"set {EndMark} 0 0 1\r\nx\r\n");
        int commands = _random.Next(1, maxCommands + 1);
        _keysRead.Clear();
        for (int index = 0; index < commands; index++)
        {
            text.Append(Command());
        }

        // The empty line is what a value announced too long may take as its end.
        return (text.Append($"\r\nset {EndMark} 0 0 1\r\nx\r\n").ToString(), commands);
    }

    protected virtual string Command() => _random.Next(23) switch
    {
        0 or 1 or 2 or 3 => Store(Pick("set", "add", "replace", "append", "prepend")),
        4 => Store("set"),
        5 or 6 => Cas(),
        7 or 8 or 9 => $"{Pick("get", "gets", "gets")} {Keys()}\r\n",
        10 => $"{Pick("gat", "gats")} {Pick(Expiries)} {Keys()}\r\n",
        11 or 12 or 13 => $"{Pick("incr", "decr")} {KeyNotRead()} {Pick(Numbers)}{NoReply()}\r\n",
        14 or 15 => $"delete {Key()}{Pick("", "", " 0", " 1", " x")}{NoReply()}\r\n",
        16 or 17 => $"touch {Key()} {Pick(Expiries)}{NoReply()}\r\n",
        18 => Pick("flush_all\r\n", "flush_all 0\r\n", "flush_all 0 noreply\r\n", "verbosity 1\r\n", "flush_all -1\r\n"),
        19 => Pick("\r\n", "foo\r\n", "get\r\n", "set a\r\n", "incr a\r\n", "delete\r\n", "touch a\r\n", "cas a 0 0 1\r\n", "gats\r\n", "  \r\n", "SET a 0 0 1\r\n"),
        20 => BadStore(),
        21 => $"{Pick("get", "gets")} {Keys()}{Misses(_random.Next(8000))} {Keys()}\r\n",
        _ => $"set {Key()} {Flags()} 0 {Pick("3", "5")}{NoReply()}\r\nfour\r\n\r\n",
    };

    private string Store(string command)
    {
        string key = Key();
        string value = Value(key);
        return Line($"{command} {key} {Flags()} {Pick(Expiries[..9])} {value.Length}{NoReply()}") + value + "\r\n";
    }

    private string Cas()
    {
        string key = Key();
        string value = Value(key);
        return Line($"cas {key} {Flags()} 0 {value.Length} {Pick("#0", "#0", "#1", "#2", "0")}{NoReply()}") + value + "\r\n";
    }

    private string BadStore() => $"set {Key()} {Pick("x", "-1", "0")} {Pick(Expiries)} {Pick("x", "-1", "1x", "2147483647")}{NoReply()}\r\n";

    private string Line(string line) => line.Replace(" ", Pick(" ", " ", " ", "  "), StringComparison.Ordinal) + Pick("\r\n", "\r\n", "\n");

    // The value of a refused key is read as a line, and on long lines the two servers differ on purpose.
    protected string Value(string key) => _random.Next(10) switch
    {
        _ when key.Length > 250 => Pick(Values),
        0 => new string('v', _random.Next(300)),
        1 => new string('w', _random.Next(20_000)),
        _ => Pick(Values),
    };

    // No key too long: memcached 1.6.18 then drops the replies to the commands before the get, too.
    private string Keys()
    {
        string[] keys = [.. Enumerable.Range(0, _random.Next(1, 5)).Select(_ => Key()).Where(key => key.Length <= 250).DefaultIfEmpty("a")];
        Array.ForEach(keys, MarkAsRead);
        return string.Join(' ', keys);
    }

    protected void MarkAsRead(string key) => _keysRead.Add(key);

    protected string KeyNotRead() => Enumerable.Range(0, 10).Select(_ => Key()).FirstOrDefault(key => !_keysRead.Contains(key), "unread");

    protected string Key() => _random.Next(40) switch
    {
        0 => new string('k', 250),
        1 => new string('k', 251),
        _ => Pick("a", "b", "c", "d", "n", "longer-key", "\u00e9", "noreply", "0"),
    };

    // Beyond the length that other lines may have; a gat so long memcached obeys or not by how its bytes arrive.
    private static string Misses(int count) => string.Concat(Enumerable.Range(0, count).Select(index => $" missing{index}"));

    private string Flags() => Pick("0", "5", "4294967295", _random.Next().ToString(CultureInfo.InvariantCulture));

    private string NoReply() => Pick("", "", "", " noreply");

    protected string Pick(params string[] choices) => choices[_random.Next(choices.Length)];
}
