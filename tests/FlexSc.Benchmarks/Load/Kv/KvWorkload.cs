using System.Globalization;
using System.Text;

namespace FlexSc.Benchmarks.Load.Kv;

/// <summary>
/// The commands and the exact bytes that must answer them. A key always holds the same value, so that every reply can be
/// checked whatever order the connections ran in.
/// </summary>
internal sealed class KvWorkload
{
    private readonly byte[][] _gets;
    private readonly byte[][] _getReplies;
    private readonly byte[][] _sets;
    private readonly byte[] _setReply;

    /// <param name="keys">Number of keys; they take about 200 bytes each here, and more for longer values.</param>
    /// <param name="valueBytes">Length of each value.</param>
    /// <param name="protocol">How they are written.</param>
    public KvWorkload(int keys, int valueBytes, KvProtocol protocol = KvProtocol.Memcached)
    {
        bool resp = protocol == KvProtocol.Resp;
        _setReply = resp ? "+OK\r\n"u8.ToArray() : "STORED\r\n"u8.ToArray();
        _gets = new byte[keys][];
        _getReplies = new byte[keys][];
        _sets = new byte[keys][];
        for (int index = 0; index < keys; index++)
        {
            string key = string.Create(CultureInfo.InvariantCulture, $"key:{index:D8}");
            string value = ValueOf(key, valueBytes);
            _gets[index] = Ascii(resp ? (FormattableString)$"*2\r\n$3\r\nGET\r\n${key.Length}\r\n{key}\r\n" : $"get {key}\r\n");
            _getReplies[index] = Ascii(resp ? (FormattableString)$"${valueBytes}\r\n{value}\r\n" : $"VALUE {key} 0 {valueBytes}\r\n{value}\r\nEND\r\n");
            _sets[index] = Ascii(resp
                ? (FormattableString)$"*3\r\n$3\r\nSET\r\n${key.Length}\r\n{key}\r\n${valueBytes}\r\n{value}\r\n"
                : $"set {key} 0 0 {valueBytes}\r\n{value}\r\n");
        }

        MaxRequestBytes = _sets.Concat(_gets).Max(request => request.Length);
        MaxReplyBytes = Math.Max(_setReply.Length, _getReplies.Max(reply => reply.Length));
    }

    public int Keys => _gets.Length;

    public int MaxRequestBytes { get; }

    public int MaxReplyBytes { get; }

    public byte[] Request(KvCommand command) => command.IsSet ? _sets[command.Key] : _gets[command.Key];

    public byte[] Reply(KvCommand command) => command.IsSet ? _setReply : _getReplies[command.Key];

    private static byte[] Ascii(FormattableString text) => Encoding.ASCII.GetBytes(text.ToString(CultureInfo.InvariantCulture));

    private static string ValueOf(string key, int valueBytes)
    {
        StringBuilder value = new(valueBytes + key.Length);
        while (value.Length < valueBytes)
        {
            value.Append(key);
        }

        return value.ToString(0, valueBytes);
    }
}

/// <summary>A set or a get of one key.</summary>
internal readonly record struct KvCommand(int Key, bool IsSet);
