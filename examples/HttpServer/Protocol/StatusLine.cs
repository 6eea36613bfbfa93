namespace FlexSc.Examples.HttpServer.Protocol;

internal static class StatusLine
{
    /// <summary>Code and reason, as they stand in a status line.</summary>
    public static ReadOnlySpan<byte> Text(int status) => status switch
    {
        200 => "200 OK"u8,
        204 => "204 No Content"u8,
        206 => "206 Partial Content"u8,
        301 => "301 Moved Permanently"u8,
        303 => "303 See Other"u8,
        304 => "304 Not Modified"u8,
        400 => "400 Bad Request"u8,
        401 => "401 Unauthorized"u8,
        403 => "403 Forbidden"u8,
        404 => "404 Not Found"u8,
        405 => "405 Method Not Allowed"u8,
        408 => "408 Request Timeout"u8,
        412 => "412 Precondition Failed"u8,
        413 => "413 Content Too Large"u8,
        414 => "414 URI Too Long"u8,
        416 => "416 Range Not Satisfiable"u8,
        417 => "417 Expectation Failed"u8,
        431 => "431 Request Header Fields Too Large"u8,
        500 => "500 Internal Server Error"u8,
        501 => "501 Not Implemented"u8,
        503 => "503 Service Unavailable"u8,
        505 => "505 HTTP Version Not Supported"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "no reason phrase is known for this status"),
    };
}
