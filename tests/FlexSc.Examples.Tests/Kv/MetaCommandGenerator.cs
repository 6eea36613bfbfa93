using System.Text;

namespace FlexSc.Examples.Tests.Kv;

/// <summary>
/// Random meta commands among those of <see cref="CommandGenerator"/>, over the same keys. Left out is what memcached 1.6.18 does not
/// know yet: the flags E and x, s with ms, and N with append and prepend.
/// </summary>
internal sealed class MetaCommandGenerator(int seed) : CommandGenerator(seed)
{
    // Hours, so that a second more or less between the two clocks decides nothing.
    private static readonly string[] Expiries = ["0", "3600", "36000", "-1", "2592000", "2592001", "2000000000", "x", ""];
    private static readonly string[] Uniques = ["#0", "#0", "#1", "#2", "0", "5", "x"];
    private static readonly string[] Numbers = ["0", "1", "7", "+3", "18446744073709551615", "18446744073709551616", "-1", "x", ""];

    private static readonly string[] Malformed =
    [
        "mn\r\n", "mn x\r\n", "mg\r\n", "ms\r\n", "ms a\r\n", "ms a x\r\n", "ms a -1\r\n", "md\r\n", "ma\r\n", "me\r\n", "mx a\r\n", "m\r\n", "mgx a\r\n",
    ];

    private static readonly string[] BadFlags =
        ["v v", "z", "k q k", "M", "MAB", "D1 J2", "F-1", "Fx", "O" + new string('o', 31), "O" + new string('o', 32), "1"];

    protected override string Command() => Random.Next(14) switch
    {
        0 or 1 or 2 => Get(),
        3 or 4 or 5 => Store(),
        6 or 7 => Line("md", AnyKey(), Some("I", "I", "k", "q", $"C{Pick(Uniques)}", $"T{Pick(Expiries)}", Opaque())),
        8 or 9 => Arithmetic(),
        10 => Pick(Malformed)
            + Pick("", Line("me", ReadKey(), "")),
        11 => TooManyFlags(),
        _ => base.Command(),
    };

    private string Get()
    {
        // What is left of an item that expires at once memcached prints as a number below zero.
        string expiry = Pick("0", "3600", "2592000", "2000000000");
        string recache = $"R{Pick("0", "100", "36000", "-1", "x")}";
        string flags = Some(
            "c", "f", "h", "k", "l", "s", "t", "u", "v", "v", "q", "P1", "Lpath", "I", $"C{Pick(Uniques)}", $"T{expiry}", recache, Opaque());
        string creation = $" N{Pick("0", "3600", "x")}";
        return Random.Next(10) switch
        {
            0 => Line("mg", ReadKey(), $"T{Pick(Expiries)} k"),

            // For memcached an item was read even by a command that it then refuses for its opaque token.
            1 => Line("mg", "never-stored", Pick(BadFlags)),
            2 => Line("mg", Base64Key(), "b " + flags),
            3 => Line("mg", ReadKey(), "b"),
            4 or 5 or 6 => Line("mg", ReadKey(), flags + creation),
            _ => Line("mg", ReadKey(), flags),
        };
    }

    private string Store()
    {
        (string key, string binary) = Random.Next(6) == 0 ? (Base64Key(), "b ") : (Key(), "");
        string value = Value(key);
        string mode = Pick("", "", "MS", "ME", "MR", "Mx", "MSS") is { Length: > 0 } chosen ? chosen
            : binary.Length > 0 ? ""
            : Pick("", "MA", "MP");
        string clientFlags = $"F{Pick("0", "5", "4294967295", "x", "-1")}";
        string flags = Some(mode, "c", "k", "q", "I", $"C{Pick(Uniques)}", $"T{Pick(Expiries)}", clientFlags, Opaque());
        string length = Random.Next(20) == 0 ? $"{value.Length + 1}" : $"{value.Length}";
        return Line("ms", $"{key} {length}", binary + flags) + value + "\r\n" + (length == $"{value.Length}" ? "" : "\r\n");
    }

    private string Arithmetic()
    {
        string flags = Some(
            "c", "k", "q", "t", "v", "v", $"N{Pick("0", "3600", "x")}", $"J{Pick(Numbers)}", $"D{Pick(Numbers)}", $"C{Pick(Uniques)}", Opaque());

        // memcached forgets the T of a number that becomes longer.
        flags += Random.Next(3) == 0 ? $" T{Pick("0", "3600")} M{Pick("D", "-")}"
            : Random.Next(2) == 0 ? $" M{Pick("I", "D", "+", "-", "x", "")}"
            : "";
        return Line("ma", KeyNotRead(), flags);
    }

    private string TooManyFlags()
    {
        string command = Pick("mg", "md", "ma", "ms");
        string key = command == "ma" ? KeyNotRead() : ReadKey();
        string[] flags = ["c", "f", "h", "k", "q", "s", "t", "u", "v", "l", "O1", "P2", "L3", "N0", "R0", "D1", "J1", "F1"];
        int count = Random.Next(14, flags.Length + 1);
        string chosen = string.Join(' ', flags.Where(flag => command != "ms" || flag != "s").Take(count));
        string line = Line(command, command == "ms" ? $"{key} 2" : key, chosen);
        return command == "ms" ? line + "ab\r\n" : line;
    }

    private string Line(string command, string key, string flags)
    {
        StringBuilder line = new(command);
        line.Append(' ').Append(key);
        foreach (string flag in flags.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            line.Append(Pick(" ", " ", " ", "  ")).Append(flag);
        }

        return line.Append(Pick("\r\n", "\r\n", "\n")).ToString();
    }

    // Each letter once, in any order.
    private string Some(params string[] flags)
    {
        string[] chosen = [.. flags.Where(flag => flag.Length > 0 && Random.Next(3) == 0)];
        Random.Shuffle(chosen);
        return string.Join(' ', chosen.DistinctBy(flag => flag[0]));
    }

    private string Opaque() => $"O{Pick("", "1", "abc", "c7", "t5", "kb")}";

    private string AnyKey() => Random.Next(6) == 0 ? $"{Base64Key()} b" : ReadKey();

    private string ReadKey()
    {
        string key = Key();
        MarkAsRead(key);
        return key;
    }

    // Of keys that no other command has: of an item that an append or an N has made memcached does not know that its key came in base64.
    private string Base64Key() => Pick("YmluMQ==", "YmluMg==", "AAECAyAK", "Ymluw6k=", "YmluMQ", "====");
}
