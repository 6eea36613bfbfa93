namespace FlexSc.Benchmarks.Run;

/// <summary>One request and what the answer ends with.</summary>
internal sealed record IdleProtocol(byte[] Request, byte[] AnswerEnd)
{
    public static IdleProtocol Http { get; } =
        new("GET /plaintext HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), "Hello, World!"u8.ToArray());

    /// <summary>The server is fresh and holds no key.</summary>
    public static IdleProtocol KeyValue { get; } = new("get idle\r\n"u8.ToArray(), "END\r\n"u8.ToArray());
}
