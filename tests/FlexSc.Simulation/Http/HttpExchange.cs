namespace FlexSc.Simulation.Http;

/// <summary>A request as it is sent, and what it is to be answered.</summary>
/// <param name="Text">The request.</param>
/// <param name="Status">The status of its response.</param>
/// <param name="Body">The body of its response; null where only its length is known by the response itself.</param>
/// <param name="HasBody">Whether a body follows the head.</param>
/// <param name="EndsConnection">Whether the server closes behind it.</param>
internal sealed record HttpExchange(string Text, int Status, string? Body, bool HasBody = true, bool EndsConnection = false)
{
    private const string Hello = "Hello, World!";
    private const string HelloJson = """{"message":"Hello, World!"}""";

    /// <summary>Requests after which the connection goes on.</summary>
    public static IReadOnlyList<Func<int, HttpExchange>> Kept { get; } =
    [
        static _ => new("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n", 200, Hello),
        static _ => new("GET /json HTTP/1.1\r\nHost: a\r\n\r\n", 200, HelloJson),
        static number => new($"GET /plaintext?{number} HTTP/1.1\r\nHost: a\r\nX-Long: {new string('x', number)}\r\n\r\n", 200, Hello),
        static _ => new("HEAD /plaintext HTTP/1.1\r\nHost: a\r\n\r\n", 200, null, HasBody: false),
        static number => new($"GET /missing{number} HTTP/1.1\r\nHost: a\r\n\r\n", 404, null),
        static number => new($"POST /plaintext HTTP/1.1\r\nHost: a\r\nContent-Length: {number}\r\n\r\n{new string('b', number)}", 405, null),
        static number => new(
            $"POST /json HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{number + 1:x}\r\n{new string('c', number + 1)}\r\n1\r\nd\r\n0\r\n\r\n", 405, null),
        static _ => new("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 204, "", HasBody: false),
        static _ => new("GET /plaintext HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200, Hello),
    ];

    /// <summary>Requests behind which the server closes.</summary>
    public static IReadOnlyList<HttpExchange> Last { get; } =
    [
        new("GET /plaintext HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 200, Hello, EndsConnection: true),
        new("GET /json HTTP/1.0\r\n\r\n", 200, HelloJson, EndsConnection: true),
        new("GET /plaintext HTTP/1.1\r\n\r\n", 400, null, EndsConnection: true),
        new("NOT A REQUEST\r\n\r\n", 400, null, EndsConnection: true),
    ];
}
