using System.Globalization;
using System.Text;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Kv;

/// <summary>Reads the answers of a connection, in the order of its commands.</summary>
internal sealed class KvReplies(KvHistory history, string who)
{
    private readonly StringBuilder _input = new();
    private readonly Queue<(IReadOnlyList<KvOperation> Operations, bool IsAnswered)> _awaited = new();

    /// <summary>Commands whose answer has not come.</summary>
    public int Count => _awaited.Count(static command => command.IsAnswered);

    /// <param name="operations">One; a get has one for each key.</param>
    /// <param name="isAnswered">False for a command that asks for no reply.</param>
    public void Await(IReadOnlyList<KvOperation> operations, bool isAnswered) => _awaited.Enqueue((operations, isAnswered));

    public void Take(byte[] bytes)
    {
        _input.Append(Encoding.Latin1.GetString(bytes));
        string input = _input.ToString();
        int position = 0;
        while (TryTake(input, ref position))
        {
        }

        _input.Remove(0, position);
        if (_awaited.Count == 0 && _input.Length > 0)
        {
            throw new SimulationFailure($"{who}: '{_input}' answers nothing");
        }
    }

    private bool TryTake(string input, ref int position)
    {
        if (!_awaited.Any(static command => command.IsAnswered))
        {
            return false;
        }

        int skipped = _awaited.TakeWhile(static command => !command.IsAnswered).Count();
        IReadOnlyList<KvOperation> operations = _awaited.ElementAt(skipped).Operations;
        int at = position;
        if (!TryReadLine(input, ref at, out string line))
        {
            return false;
        }

        if (operations[0].Kind is KvKind.Get or KvKind.Gets)
        {
            if (!TryReadValues(input, line, ref at, operations))
            {
                return false;
            }
        }
        else
        {
            operations[0].Answer = line;
        }

        // What asked for no reply was done before it.
        for (; skipped >= 0; skipped--)
        {
            foreach (KvOperation done in _awaited.Dequeue().Operations)
            {
                done.DoneAt = history.Next();
            }
        }

        position = at;
        return true;
    }

    private bool TryReadValues(string input, string line, ref int at, IReadOnlyList<KvOperation> operations)
    {
        Dictionary<string, KvState> found = [];
        while (line != "END")
        {
            string[] words = line.Split(' ');
            bool hasUnique = operations[0].Kind == KvKind.Gets;
            if (words.Length != (hasUnique ? 5 : 4) || words[0] != "VALUE" || !int.TryParse(words[3], out int length))
            {
                throw new SimulationFailure($"{who}: a get is answered '{line}'");
            }

            if (input.Length < at + length + 2)
            {
                return false;
            }

            string value = input.Substring(at, length);
            at += length + 2;
            found[words[1]] = new KvState(value, Parse(words[2]), hasUnique ? ulong.Parse(words[4], CultureInfo.InvariantCulture) : 0);
            if (input[(at - 2)..at] != "\r\n" || operations.All(operation => operation.Key != words[1]))
            {
                throw new SimulationFailure($"{who}: a get is answered '{line}'");
            }

            if (!TryReadLine(input, ref at, out line))
            {
                return false;
            }
        }

        foreach (KvOperation operation in operations)
        {
            operation.Found = found.TryGetValue(operation.Key, out KvState state) ? state : null;
        }

        return true;
    }

    private static uint Parse(string number) => uint.Parse(number, CultureInfo.InvariantCulture);

    private static bool TryReadLine(string input, ref int at, out string line)
    {
        int end = input.IndexOf("\r\n", at, StringComparison.Ordinal);
        line = end < 0 ? "" : input[at..end];
        at = end < 0 ? at : end + 2;
        return end >= 0;
    }
}
