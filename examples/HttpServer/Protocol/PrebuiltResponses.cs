using System.Buffers;
using System.Text;

namespace FlexSc.Examples.HttpServer.Protocol;

/// <summary>One response that does not change. Whoever sends it may keep beside it what it is sent as.</summary>
internal sealed class PrebuiltResponse(byte[] bytes)
{
    private object? _message;

    public ReadOnlySpan<byte> Span => bytes;

    /// <summary>The message that carries it, made once. From any thread; two may make it at the same time, and one stays.</summary>
    public T MessageOf<T>(Func<byte[], T> make)
        where T : class => (T)(_message ??= make(bytes));
}

/// <summary>Output that can take a response that does not change by reference.</summary>
internal interface IPrebuiltOutput : IBufferWriter<byte>
{
    void Write(PrebuiltResponse response);
}

/// <summary>The bytes of the frequent responses for one second of the Date field.</summary>
internal sealed class PrebuiltResponses
{
    private const int ModeCount = 3;
    private const int MsPerSecond = 1000;

    private static readonly byte[] PlaintextBody = "Hello, World!"u8.ToArray();

    private static volatile PrebuiltResponses _current = new();

    private readonly long _validUntilMs;
    private readonly byte[] _commonHead;
    private readonly PrebuiltResponse[] _plaintext = new PrebuiltResponse[ModeCount];
    private readonly PrebuiltResponse[] _plaintextHead = new PrebuiltResponse[ModeCount];
    private readonly byte[][] _jsonHead = new byte[ModeCount][];

    private PrebuiltResponses()
    {
        DateTime now = DateTime.UtcNow;
        _validUntilMs = Environment.TickCount64 + MsPerSecond - now.Millisecond;
        byte[] date = new byte[HttpDate.Length];
        HttpDate.Write(now, date);
        _commonHead = [.. "\r\nServer: FlexSc\r\nDate: "u8, .. date, .. "\r\n"u8];
        for (int mode = 0; mode < ModeCount; mode++)
        {
            byte[] start = [.. "HTTP/1.1 200 OK"u8, .. _commonHead, .. ConnectionField((ConnectionMode)mode)];
            byte[] length = Encoding.ASCII.GetBytes($"{PlaintextBody.Length}");
            byte[] head = [.. start, .. "Content-Type: text/plain\r\nContent-Length: "u8, .. length, .. "\r\n\r\n"u8];
            _plaintextHead[mode] = new PrebuiltResponse(head);
            _plaintext[mode] = new PrebuiltResponse([.. head, .. PlaintextBody]);
            _jsonHead[mode] = [.. start, .. "Content-Type: application/json\r\nContent-Length: "u8];
        }
    }

    /// <summary>The responses whose Date is the current second; any thread may ask.</summary>
    public static PrebuiltResponses Current
    {
        get
        {
            PrebuiltResponses current = _current;
            return Environment.TickCount64 < current._validUntilMs ? current : _current = new PrebuiltResponses();
        }
    }

    /// <summary>End of the status line, Server and Date fields.</summary>
    public ReadOnlySpan<byte> CommonHead => _commonHead;

    public PrebuiltResponse Plaintext(ConnectionMode mode, bool headOnly) =>
        headOnly ? _plaintextHead[(int)mode] : _plaintext[(int)mode];

    /// <summary>The head of a JSON response up to the digits of its length.</summary>
    public ReadOnlySpan<byte> JsonHead(ConnectionMode mode) => _jsonHead[(int)mode];

    public static ReadOnlySpan<byte> ConnectionField(ConnectionMode mode) => mode switch
    {
        ConnectionMode.KeepAliveHttp10 => "Connection: keep-alive\r\n"u8,
        ConnectionMode.Close => "Connection: close\r\n"u8,
        _ => [],
    };
}
